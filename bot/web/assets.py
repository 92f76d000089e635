"""The pages and their files: scripts, styles, catalogues. Those every page shares are in `bot/web/static`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.domain.errors import NotFound

SHARED = Path(__file__).parent / "static"
SERVED = (".js", ".css", ".json", ".svg")
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""A page of ours runs nothing that is not a file of ours; `blob:` is a picture somebody is about to send."""


def page(file: Path, referrer: str = "same-origin") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that serves an HTML file; `referrer` is whom its address is told to: nobody where it holds a code."""
    headers = {"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-cache", "Referrer-Policy": referrer}

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(file, headers=headers)

    return handler


def assets(folder: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler for `…/{name:.+}` that serves the files of `folder`. Raises NotFound for any other name.

    Only names that are there are served: nothing a request says becomes a path.
    """

    # Looked for once: walking the folder at every request would hold up the event loop.
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.suffix in SERVED and p.is_file()}

    async def handler(request: web.Request) -> web.StreamResponse:
        path = files.get(request.match_info["name"])
        if path is None:
            raise NotFound()
        # Asked for again each time (and answered 304): after an upgrade nobody works with yesterday's script.
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    return handler


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/static/{name:.+}", assets(SHARED))
