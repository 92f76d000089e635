"""The chat API of the contract: sessions, messages by POST, long poll or WebSocket, attachments."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.domain.errors import BadRequest, Unauthorized
from bot.services.attachments import LARGEST
from bot.services.inbox import Accepted
from bot.services.page import Page
from bot.services.telemetry import STAGE_SECONDS
from bot.storage.tables import ChannelLink
from bot.web.body import json_object, string
from bot.web.chat import confirm, files
from bot.web.chat.incoming import incoming
from bot.web.chat.socket import socket
from bot.web.keys import ATTACHMENTS, CONTINUING, IDENTITIES, INBOX, READING, RESUME_LINKS
from bot.web.uploads import uploaded

LONGEST_WAIT = 25.0


async def link_of(request: web.Request) -> ChannelLink:
    """The web link of the bearer token. Raises Unauthorized."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized()
    return await request.config_dict[INBOX].authenticate(token.strip())


async def open_session(request: web.Request) -> web.Response:
    body = await json_object(request) if request.can_read_body else {}
    identity = None
    if body.get("identity") is not None:
        identity = await request.config_dict[IDENTITIES].verify(body["identity"])
    resume = request.config_dict[RESUME_LINKS].read(body["resume"]) if body.get("resume") else None
    page = Page.read(body.get("context"))
    fresh = body.get("fresh") is True
    opened = await request.config_dict[INBOX].open_session(body.get("language"), identity, resume, page, fresh)
    view = await request.config_dict[READING].view(opened.conversation_id, 0)
    return web.json_response(
        {
            "conversation_id": opened.conversation_id,
            "token": opened.token,
            "messages": view.messages,
            "cursor": view.cursor,
            "owner": view.owner,
        },
        status=201,
    )


async def post_message(request: web.Request) -> web.Response:
    with STAGE_SECONDS.labels("accept").time():
        link = await link_of(request)
        accepted: Accepted = await request.config_dict[INBOX].accept(link, incoming(await json_object(request)))
    return web.json_response({"message_id": accepted.message_id}, status=202 if accepted.new else 200)


async def get_messages(request: web.Request) -> web.Response:
    link = await link_of(request)
    after, wait = number(request, "after", 0), min(number(request, "wait", 0), LONGEST_WAIT)
    reading = request.config_dict[READING]
    await reading.seen(link)
    view = await reading.wait(link.conversation_id, int(after), wait)
    return web.json_response({"messages": view.messages, "cursor": view.cursor, **view.state()})


async def go_on_elsewhere(request: web.Request) -> web.Response:
    """A link with which the customer takes the conversation along to another channel."""
    link = await link_of(request)
    channel = string(await json_object(request), "channel", most=40)
    offer = await request.config_dict[CONTINUING].offer(link.conversation_id, channel)
    return web.json_response(
        {"channel": offer.channel, "url": offer.url, "expires_at": offer.expires_at.isoformat()}, status=201
    )


async def post_attachment(request: web.Request) -> web.Response:
    link = await link_of(request)
    name, content = await uploaded(request)
    stored = await request.config_dict[ATTACHMENTS].store(link.conversation_id, name, content)
    return web.json_response({"id": stored}, status=201)


async def get_attachment(request: web.Request) -> web.StreamResponse:
    link = await link_of(request)
    attachment, path = await request.config_dict[ATTACHMENTS].find(link.conversation_id, request.match_info["id"])
    return file_response(attachment.type, path)


def file_response(media_type: str, path: Any) -> web.FileResponse:
    """A stored file, shown but never run: its type is what its bytes said, and it is sandboxed."""
    headers = {"Content-Type": media_type, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.FileResponse(path, headers=headers)


def number(request: web.Request, name: str, default: float) -> float:
    """A non-negative number of the query. Raises BadRequest."""
    try:
        value = float(request.query.get(name, default))
    except ValueError as error:
        raise BadRequest(details={"field": name}) from error
    if not 0 <= value < 2**53:
        raise BadRequest(details={"field": name})
    return value


def setup_routes(app: web.Application) -> None:
    files.setup_routes(app)
    confirm.setup_routes(app)
    app.router.add_post("/api/chat/sessions", open_session)
    app.router.add_post("/api/chat/messages", post_message)
    app.router.add_get("/api/chat/messages", get_messages)
    app.router.add_get("/api/chat/ws", socket)
    app.router.add_post("/api/chat/continue", go_on_elsewhere)
    app.router.add_get("/api/chat/attachments/{id}", get_attachment)
    # Uploads have a body limit of their own.
    uploads = web.Application(client_max_size=LARGEST + 2**16)
    uploads.router.add_post("", post_attachment)
    app.add_subapp("/api/chat/attachments", uploads)
