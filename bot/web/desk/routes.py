"""The desk's API of the contract and its page: thin handlers over `bot.services.desk`."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.domain.errors import BadRequest, InvalidText, InvalidValue, NotFound
from bot.services.attachments import LARGEST
from bot.services.desk import Desk
from bot.services.waiting import AGENT_PRESENT
from bot.web.accounts.log_in import log_in, log_out, me
from bot.web.assets import assets, page
from bot.web.auth import USER, require
from bot.web.body import json_object, optional_string, string
from bot.web.chat.routes import file_response
from bot.web.desk.live import socket
from bot.web.keys import ACCOUNTS, ATTACHMENTS, CLOCK, CONTINUING, DESK, LINKING, METRICS
from bot.web.uploads import uploaded

HERE = Path(__file__).parent
ASSETS = HERE / "static"
ONE = "/api/desk/conversations/{id}"
LANGUAGES = ("pl", "en")
MOST_FILES = 10
"""In one message."""


# Looking


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


@require("manager")
async def metrics(request: web.Request) -> web.Response:
    """The studio's figures, for who leads the agents."""
    figures = await request.config_dict[METRICS].measure(request.query.get("from"), request.query.get("to"))
    return web.json_response(figures)


@require()
async def conversations(request: web.Request) -> web.Response:
    view, after = request.query.get("view", "waiting"), request.query.get("after")
    page = await desk(request).list(view, request[USER], after)
    return web.json_response(
        {"conversations": page.conversations, "cursor": page.cursor, "next": page.next, "counts": page.counts}
    )


@require()
async def search(request: web.Request) -> web.Response:
    found = await desk(request).search(request.query.get("q", ""), request.query.get("after"))
    return web.json_response({"results": found.results, "next": found.next})


@require()
async def conversation(request: web.Request) -> web.Response:
    language = request.query.get("language")
    if language is not None and language not in LANGUAGES:
        raise InvalidValue(details={"field": "language", "allowed": LANGUAGES})
    opened = await desk(request).open(request[USER], request.match_info["id"], language)
    return web.json_response(opened | {"channels": request.config_dict[CONTINUING].channels()})


@require()
async def messages(request: web.Request) -> web.Response:
    wanted = {name: _number(request, name) for name in ("before", "after", "around")}
    if sum(value is not None for value in wanted.values()) > 1:
        raise BadRequest(details={"field": "before"})
    page = await desk(request).messages(request[USER], request.match_info["id"], **wanted)
    return web.json_response({"messages": page.messages, "before": page.before, "after": page.after})


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise BadRequest(details={"field": name})
    return None if text is None else int(text)


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
    text, kind, files = body.get("text"), body.get("kind") or "reply", body.get("attachments") or []
    if not isinstance(text, str):
        raise InvalidText(details={"field": "text"})
    if not isinstance(files, list) or len(files) > MOST_FILES or not all(isinstance(name, str) for name in files):
        raise InvalidValue(details={"field": "attachments", "most": MOST_FILES})
    client_id = optional_string(body, "client_id", most=200) or secrets.token_urlsafe(12)
    where = request[USER], request.match_info["id"]
    number, new = await desk(request).reply(*where, text, client_id, str(kind), files)
    return web.json_response({"message_id": number}, status=201 if new else 200)


@require()
async def send_again(request: web.Request) -> web.Response:
    message = request.match_info["message"]
    if not (message.isascii() and message.isdecimal() and len(message) < 19):
        raise NotFound()
    await desk(request).redeliver(request[USER], request.match_info["id"], int(message))
    return await changed(request)


@require()
async def upload(request: web.Request) -> web.Response:
    conversation_id = (await desk(request).summary(request.match_info["id"]))["id"]
    name, content = await uploaded(request.clone(client_max_size=LARGEST + 2**16))
    stored = await request.config_dict[ATTACHMENTS].store(conversation_id, name, content)
    return web.json_response({"id": stored}, status=201)


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
async def offer_channel(request: web.Request) -> web.Response:
    channel = string(await json_object(request), "channel", most=40)
    await desk(request).offer_channel(request[USER], request.match_info["id"], channel)
    return await changed(request)


@require("admin")
async def unlink(request: web.Request) -> web.Response:
    await request.config_dict[LINKING].unlink(request[USER], request.match_info["id"])
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


API: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/desk/logout", log_out),
    ("GET", "/api/desk/me", me),
    ("GET", "/api/desk/agents", agents),
    ("GET", "/api/desk/metrics", metrics),
    ("GET", "/api/desk/conversations", conversations),
    ("GET", "/api/desk/search", search),
    ("GET", ONE, conversation),
    ("GET", ONE + "/messages", messages),
    ("POST", ONE + "/messages/{message}/send", send_again),
    ("POST", ONE + "/attachments", upload),
    ("GET", ONE + "/attachments/{file}", attachment),
    ("POST", ONE + "/claim", claim),
    ("POST", ONE + "/messages", say),
    ("POST", ONE + "/transfer", transfer),
    ("POST", ONE + "/return", return_),
    ("POST", ONE + "/resolve", resolve),
    ("POST", ONE + "/snooze", snooze),
    ("POST", ONE + "/continue", offer_channel),
    ("POST", ONE + "/unlink", unlink),
    ("PUT", ONE + "/facts/{key}", put_fact),
    ("GET", "/api/desk/ws", socket),
)
"""Everything that takes a log-in; a test walks it without one."""


def setup_routes(app: web.Application) -> None:
    app.router.add_post("/api/desk/login", log_in)
    for method, path, handler in API:
        app.router.add_route(method, path, handler)
    app.router.add_get("/desk", page(HERE / "desk.html"))
    app.router.add_get("/desk/static/{name:.+}", assets(ASSETS))
