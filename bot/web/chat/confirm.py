"""The page of the link that goes to an account's address: its owner says that the chat is theirs.

The code stands behind the `#` of the page's address, so that no server, proxy or log ever sees it but here.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.web.assets import assets, page
from bot.web.body import json_object, string
from bot.web.keys import LINKING

HERE = Path(__file__).parent / "confirm"


async def confirm(request: web.Request) -> web.Response:
    body = await json_object(request)
    await request.config_dict[LINKING].confirm(string(body, "code", most=200), string(body, "number", most=20))
    return web.json_response({"confirmed": True})


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/confirm", page(HERE / "confirm.html", "no-referrer"))
    app.router.add_get("/confirm/static/{name:.+}", assets(HERE))
    app.router.add_post("/api/chat/confirm", confirm)
