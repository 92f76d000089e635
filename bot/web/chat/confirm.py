"""The page of the link that goes to an account's address: its owner says that the chat is theirs.

The code stands behind the `#` of the page's address, so that no server, proxy or log ever sees it but here.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.web.assets import assets
from bot.web.body import json_object, string
from bot.web.keys import LINKING

HERE = Path(__file__).parent / "confirm"
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


async def page(_: web.Request) -> web.FileResponse:
    headers = {
        "Content-Security-Policy": CONTENT_POLICY,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
    }
    return web.FileResponse(HERE / "confirm.html", headers=headers)


async def confirm(request: web.Request) -> web.Response:
    body = await json_object(request)
    await request.config_dict[LINKING].confirm(string(body, "code", most=200), string(body, "number", most=20))
    return web.json_response({"confirmed": True})


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/confirm", page)
    app.router.add_get("/confirm/static/{name:.+}", assets(HERE))
    app.router.add_post("/api/chat/confirm", confirm)
