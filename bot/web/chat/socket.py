"""The chat's WebSocket: messages and state go down as they are committed, the POST bodies come up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from bot.domain.errors import BadRequest, TellOnceError, Unauthorized
from bot.services.ports import Listening
from bot.services.reading import PAGE, QUEUE_SECONDS, Reading
from bot.services.telemetry import STAGE_SECONDS
from bot.storage.tables import ChannelLink
from bot.web.chat.incoming import incoming
from bot.web.errors import error_body, language_of
from bot.web.keys import BELL, INBOX, READING, RESPONSES, SOCKETS

FIRST_FRAME_SECONDS = 10.0
HEARTBEAT_SECONDS = 25.0
"""Frames are small, and a compressor of its own would take a quarter of a megabyte for every open chat: none is used."""
PRESENCE_SECONDS = 30.0
LOOKS_AGAIN = 10
"""After that many of them an open chat is looked at although nothing rang, in case a ring was missed."""
LARGEST_FRAME = 65536


async def socket(request: web.Request) -> web.WebSocketResponse:
    """First frame `{"token", "after"}`; without a valid one in ten seconds the socket is closed (4401)."""
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_FRAME, compress=False)
    await ws.prepare(request)
    sockets = request.config_dict[SOCKETS]
    sockets.add(ws)
    try:
        try:
            async with asyncio.timeout(FIRST_FRAME_SECONDS):
                first = frame_of(await ws.receive())
            link = await request.config_dict[INBOX].authenticate(str(first.get("token", "")))
            after = int(first.get("after") or 0)
        except (TellOnceError, TimeoutError, ValueError, TypeError):
            await ws.send_json(error_body(Unauthorized(), request.config_dict[RESPONSES], language_of(request)))
            await ws.close(code=4401, message=b"unauthorized")
            return ws
        await serve(request, ws, link, after)
    except ConnectionResetError:
        pass
    finally:
        sockets.discard(ws)
    return ws


async def serve(request: web.Request, ws: web.WebSocketResponse, link: ChannelLink, after: int) -> None:
    async with request.config_dict[BELL].listen(f"conversation:{link.conversation_id}") as bell:
        down = asyncio.create_task(push(request, ws, link, after, bell))
        try:
            async for message in ws:
                await ws.send_json(await answer(request, link, message))
        finally:
            down.cancel()
            await asyncio.gather(down, return_exceptions=True)


async def push(
    request: web.Request, ws: web.WebSocketResponse, link: ChannelLink, cursor: int, bell: Listening
) -> None:
    """Send what is new after `cursor`, then whenever the bell rings."""
    reading = request.config_dict[READING]
    shown: dict[str, Any] | None = None
    while not ws.closed:
        view = await reading.view(link.conversation_id, cursor)
        for message in view.messages:
            await ws.send_json({"type": "message", "message": message})
        cursor = view.cursor
        if view.state() != shown:
            shown = view.state()
            await ws.send_json({"type": "state", **shown})
        if len(view.messages) < PAGE:
            await _news(bell, reading, link, QUEUE_SECONDS if view.place is not None else None)


async def _news(bell: Listening, reading: Reading, link: ChannelLink, seconds: float | None) -> None:
    """Wait until the bell rings, or for that many seconds; the page that waits is there, which is noted."""
    for _ in range(LOOKS_AGAIN if seconds is None else 1):
        if await bell.wait(seconds or PRESENCE_SECONDS):
            return
        reading.present(link)


async def answer(request: web.Request, link: ChannelLink, message: WSMessage) -> dict[str, Any]:
    body: dict[str, Any] = {}
    try:
        body = frame_of(message)
        with STAGE_SECONDS.labels("accept").time():
            accepted = await request.config_dict[INBOX].accept(link, incoming(body))
    except TellOnceError as error:
        told = error_body(error, request.config_dict[RESPONSES], language_of(request))["error"]
        if "retry_after" in error.values:
            told["retry_after"] = error.values["retry_after"]
        return {"type": "error", "client_id": body.get("client_id"), "error": told}
    return {"type": "accepted", "client_id": body["client_id"], "message_id": accepted.message_id}


def frame_of(message: WSMessage) -> dict[str, Any]:
    """The JSON object in a text frame. Raises BadRequest."""
    if message.type is not WSMsgType.TEXT:
        raise BadRequest(details={"frame": message.type.name})
    try:
        value = json.loads(message.data)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadRequest(details={"frame": "not JSON"}) from error
    if not isinstance(value, dict):
        raise BadRequest(details={"frame": "not an object"})
    return value


async def close_all(app: web.Application) -> None:
    """At shutdown every socket is closed in order, so that pages reconnect at once instead of timing out."""
    sockets: set[web.WebSocketResponse] = app[SOCKETS]
    await asyncio.gather(*(ws.close(code=WSCloseCode.GOING_AWAY) for ws in list(sockets)), return_exceptions=True)
