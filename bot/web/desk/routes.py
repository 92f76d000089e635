"""The desk's API of the contract and its page: thin handlers over `bot.services.desk`."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.domain.errors import BadRequest, InvalidText, InvalidValue, NotFound
from bot.services.desk import Desk
from bot.services.waiting import AGENT_PRESENT
from bot.web.auth import COOKIE, LOGIN, USER, check_origin, drop_cookie, require, set_cookie
from bot.web.body import json_object, optional_string, string
from bot.web.chat.routes import file_response
from bot.web.desk.live import socket
from bot.web.keys import ACCOUNTS, ATTACHMENTS, CLOCK, DESK

HERE = Path(__file__).parent
ASSETS = HERE / "static"
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
ONE = "/api/desk/conversations/{id}"
LANGUAGES = ("pl", "en")


# Logging in


async def log_in(request: web.Request) -> web.Response:
    check_origin(request)
    body = await json_object(request)
    email, password = string(body, "email", most=254), string(body, "password")
    token, csrf, user = await request.config_dict[ACCOUNTS].log_in(email, password, request.remote or "")
    response = web.json_response({"csrf": csrf, "name": user.name, "role": user.role})
    set_cookie(request, response, token)
    return response


@require()
async def log_out(request: web.Request) -> web.Response:
    await request.config_dict[ACCOUNTS].log_out(request.cookies[COOKIE])
    response = web.json_response({})
    drop_cookie(request, response)
    return response


@require()
async def me(request: web.Request) -> web.Response:
    user, login = request[USER], request[LOGIN]
    known = {"id": user.id, "email": user.email, "name": user.name, "role": user.role, "language": user.language}
    return web.json_response({"csrf": login.csrf, **known})


@require()
async def agents(request: web.Request) -> web.Response:
    since = request.config_dict[CLOCK].now() - AGENT_PRESENT
    found = [
        {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "present": user.last_seen_at is not None and user.last_seen_at > since,
        }
        for user in await request.config_dict[ACCOUNTS].colleagues()
    ]
    return web.json_response({"agents": found})


# Looking


@require()
async def conversations(request: web.Request) -> web.Response:
    number = request.query.get("page", "0")
    if not (number.isascii() and number.isdecimal() and len(number) < 6):
        raise BadRequest(details={"field": "page"})
    page = await desk(request).list(request.query.get("view", "waiting"), request[USER], int(number))
    return web.json_response({"conversations": page.conversations, "cursor": page.cursor, "next": page.next})


@require()
async def conversation(request: web.Request) -> web.Response:
    language = request.query.get("language")
    if language is not None and language not in LANGUAGES:
        raise InvalidValue(details={"field": "language", "allowed": LANGUAGES})
    return web.json_response(await desk(request).open(request[USER], request.match_info["id"], language))


@require()
async def attachment(request: web.Request) -> web.StreamResponse:
    found, path = await request.config_dict[ATTACHMENTS].find(request.match_info["id"], request.match_info["file"])
    return file_response(found.type, path)


# Owning and saying


@require()
async def claim(request: web.Request) -> web.Response:
    await desk(request).claim(request[USER], request.match_info["id"])
    return await changed(request)


@require()
async def say(request: web.Request) -> web.Response:
    body = await json_object(request)
    text, kind = body.get("text"), body.get("kind") or "reply"
    if not isinstance(text, str):
        raise InvalidText(details={"field": "text"})
    client_id = optional_string(body, "client_id", most=200) or secrets.token_urlsafe(12)
    number, new = await desk(request).reply(request[USER], request.match_info["id"], text, client_id, str(kind))
    return web.json_response({"message_id": number}, status=201 if new else 200)


@require()
async def transfer(request: web.Request) -> web.Response:
    to = (await json_object(request)).get("to")
    if isinstance(to, bool) or not isinstance(to, int | str):
        raise InvalidValue(details={"field": "to"})
    await desk(request).transfer(request[USER], request.match_info["id"], to)
    return await changed(request)


@require()
async def return_(request: web.Request) -> web.Response:
    body = await json_object(request)
    outcome, note = string(body, "outcome"), optional_string(body, "note", most=4000)
    await desk(request).return_(request[USER], request.match_info["id"], outcome, note)
    return await changed(request)


@require()
async def resolve(request: web.Request) -> web.Response:
    body = await json_object(request)
    outcome, note = string(body, "outcome", most=100), optional_string(body, "note", most=4000)
    await desk(request).resolve(request[USER], request.match_info["id"], outcome, note)
    return await changed(request)


@require()
async def snooze(request: web.Request) -> web.Response:
    until = string(await json_object(request), "until", most=40)
    try:
        moment = dt.datetime.fromisoformat(until)
    except ValueError as error:
        raise InvalidValue(details={"field": "until"}) from error
    await desk(request).snooze(request[USER], request.match_info["id"], moment)
    return await changed(request)


@require()
async def put_fact(request: web.Request) -> web.Response:
    value = string(await json_object(request), "value", most=500)
    key = request.match_info["key"]
    kept = await desk(request).put_fact(request[USER], request.match_info["id"], key, value)
    return web.json_response({"key": key, "value": kept})


async def changed(request: web.Request) -> web.Response:
    """The conversation as it is now, for whoever changed it."""
    return web.json_response({"conversation": await desk(request).summary(request.match_info["id"])})


def desk(request: web.Request) -> Desk:
    return request.config_dict[DESK]


# The page


async def page(_: web.Request) -> web.FileResponse:
    headers = {"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-cache"}
    return web.FileResponse(HERE / "desk.html", headers=headers)


async def asset(request: web.Request) -> web.FileResponse:
    """A file of the page. Only names that are there are served: nothing a request says becomes a path."""
    path = _assets().get(request.match_info["name"])
    if path is None:
        raise NotFound()
    # Checked again each time (and answered 304): after an upgrade nobody works with yesterday's script.
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


def _assets() -> dict[str, Path]:
    return {path.relative_to(ASSETS).as_posix(): path for path in ASSETS.rglob("*") if path.is_file()}


API: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/desk/logout", log_out),
    ("GET", "/api/desk/me", me),
    ("GET", "/api/desk/agents", agents),
    ("GET", "/api/desk/conversations", conversations),
    ("GET", ONE, conversation),
    ("GET", ONE + "/attachments/{file}", attachment),
    ("POST", ONE + "/claim", claim),
    ("POST", ONE + "/messages", say),
    ("POST", ONE + "/transfer", transfer),
    ("POST", ONE + "/return", return_),
    ("POST", ONE + "/resolve", resolve),
    ("POST", ONE + "/snooze", snooze),
    ("PUT", ONE + "/facts/{key}", put_fact),
    ("GET", "/api/desk/ws", socket),
)
"""Everything that takes a log-in; a test walks it without one."""


def setup_routes(app: web.Application) -> None:
    app.router.add_post("/api/desk/login", log_in)
    for method, path, handler in API:
        app.router.add_route(method, path, handler)
    app.router.add_get("/desk", page)
    app.router.add_get("/desk/static/{name:.+}", asset)
