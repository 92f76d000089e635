"""Files of the pages: scripts, styles, catalogues. Those every page shares are in `bot/web/static`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.domain.errors import NotFound

SHARED = Path(__file__).parent / "static"
SERVED = (".js", ".css", ".json", ".svg")


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
