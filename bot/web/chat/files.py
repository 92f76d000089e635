"""The widget's files, for any site: `widget.js`, filled in with the shop's settings, and what it loads."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from aiohttp import ETag, hdrs, web

from bot.domain.errors import NotFound
from bot.settings import Settings
from bot.web.keys import CONTINUING, SETTINGS

STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
FILES = {file.relative_to(STATIC).as_posix(): file for file in STATIC.rglob("*") if file.suffix in TYPES}
"""What may be asked for, by name: no path of a request ever reaches the disk."""
ENTRY = "widget.js"
MODULES = ("chat", "api", "composer", "connection", "dom", "messages", "outbox")
"""All that a conversation needs, asked for at once; the first one is the one that begins."""
BLANK = "const SETTINGS = {};"
VERSIONED = re.compile(r"v-([0-9a-f]+)-\d+/")
A_YEAR = "public, max-age=31536000, immutable"


async def widget(request: web.Request) -> web.Response:
    """The script of the page, asked for again by every page: it names the version of all the rest."""
    channels = [name.capitalize() for name in request.config_dict[CONTINUING].channels()]
    known = settings_of(request.config_dict[SETTINGS]) | {"channels": channels}
    settings = f"const SETTINGS = {json.dumps(known, ensure_ascii=False)};"
    return answer(request, FILES[ENTRY].read_text("utf-8").replace(BLANK, settings, 1), ".js", "no-cache")


def settings_of(settings: Settings) -> dict[str, Any]:
    """What the widget has to know before it draws its button."""
    words = {language: json.loads(text(f"texts/{language}.json")) for language in settings.language_list}
    return {
        "languages": settings.language_list,
        "position": settings.chat_position,
        "colour": settings.chat_colour,
        "name": settings.chat_name,
        "version": version(),
        "modules": MODULES,
        "words": {name: {key: known[key] for key in ("open", "unread")} for name, known in words.items()},
        "css": text("launcher.css"),
    }


def version() -> str:
    """Another one whenever any of the files is: under it they may be kept for ever."""
    content = b"".join(FILES[name].read_bytes() for name in sorted(FILES))
    return hashlib.sha256(content).hexdigest()[:12]


def text(name: str) -> str:
    return FILES[name].read_text("utf-8")


async def static(request: web.Request) -> web.Response:
    """A part of the widget, under its plain name or after `v-<version>-<try>/`. Raises NotFound."""
    name = request.match_info["name"]
    wanted = VERSIONED.match(name)
    file = FILES.get(VERSIONED.sub("", name, count=1))
    if file is None:
        raise NotFound()
    is_current = wanted is not None and wanted[1] == version()
    return answer(request, file.read_text("utf-8"), file.suffix, A_YEAR if is_current else "no-cache")


def answer(request: web.Request, content: str, suffix: str, caching: str) -> web.Response:
    """`content` for a page of any site, or 304 when it has it."""
    body = content.encode()
    etag = hashlib.sha256(body).hexdigest()[:32]
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        hdrs.CACHE_CONTROL: caching,
        hdrs.VARY: "Accept-Encoding",
    }
    if any(known.value in (etag, "*") for known in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=body, content_type=TYPES[suffix], charset="utf-8", headers=headers)
        response.enable_compression()
    # Weak, because the compressed and the plain answer share it.
    response.etag = ETag(etag, is_weak=True)
    return response


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/widget.js", widget)
    app.router.add_get("/chat/static/{name:.+}", static)
