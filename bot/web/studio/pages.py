"""The studio's page and its files."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.domain.errors import NotFound

FOLDER = Path(__file__).parent
ASSETS = FOLDER / "static"
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


async def page(_: web.Request) -> web.FileResponse:
    headers = {"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-cache"}
    return web.FileResponse(FOLDER / "studio.html", headers=headers)


async def asset(request: web.Request) -> web.FileResponse:
    """A file of the page, asked for again each time: after an upgrade nobody works with yesterday's script."""
    files = {path.relative_to(ASSETS).as_posix(): path for path in ASSETS.rglob("*") if path.is_file()}
    path = files.get(request.match_info["name"])
    if path is None:
        raise NotFound()
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
