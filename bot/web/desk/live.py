"""The desk's WebSocket: what happens is pushed to every open desk, from the event table, with a cursor."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from bot.domain.errors import Unauthorized
from bot.services.desk_follow import Follower
from bot.services.ports import Listening
from bot.web.auth import COOKIE, USER, check_origin, require
from bot.web.keys import ACCOUNTS, BELL, CLOCK, DATABASE, SOCKETS

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 25.0
LOOK_AGAIN_SECONDS = 15.0
"""The bell may miss what another process wrote: the table is looked at this often anyway."""
CHECK_SECONDS = 30.0
"""How often a log-in that only listens is looked at again."""
REST = 20.0
LONGEST_REST_SECONDS = 1.0
"""After news a desk rests this many times as long as they took to gather, at most so long: what happens meanwhile comes
together. The first word after a silence is shown at once, and open desks never take most of a busy gateway's time."""
FIRST_FRAME_SECONDS = 1.0
LARGEST_FRAME = 4096
LOGGED_OUT = 4401


@require()
async def socket(request: web.Request) -> web.StreamResponse:
    """Follow the events until the desk is closed or its log-in ends (close code 4401).

    A first frame `{"after": cursor}` begins after that event; without one the desk hears what happens from now on.
    Raises OriginNotAllowed for a page of another host.
    """
    check_origin(request)
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_FRAME, compress=False)
    await ws.prepare(request)
    sockets = request.config_dict[SOCKETS]
    sockets.add(ws)
    try:
        # Listening begins before the cursor is known, so that nothing falls between the two.
        async with request.config_dict[BELL].listen("desk") as bell:
            await _follow(request, ws, bell)
    except ConnectionResetError:
        pass
    except Unauthorized:
        await ws.close(code=LOGGED_OUT, message=b"unauthorized")
    except Exception:
        # Too late for an answer of the error middleware: the page connects again.
        log.exception("desk_socket_failed")
        await ws.close(code=WSCloseCode.INTERNAL_ERROR)
    finally:
        sockets.discard(ws)
    return ws


async def _follow(request: web.Request, ws: web.WebSocketResponse, bell: Listening) -> None:
    follower = Follower(request.config_dict[DATABASE], request.config_dict[CLOCK], request[USER].id)
    await follower.begin(lambda: _first_frame(ws))
    pusher = asyncio.create_task(_push(request, ws, bell, follower))
    reader = asyncio.create_task(_read(ws))
    try:
        done, _ = await asyncio.wait({pusher, reader}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (pusher, reader):
            task.cancel()
        await asyncio.gather(pusher, reader, return_exceptions=True)
    for task in done:
        task.result()


async def _first_frame(ws: web.WebSocketResponse) -> int | None:
    with suppress(TimeoutError):
        return _after(await ws.receive(timeout=FIRST_FRAME_SECONDS))
    return None


def _after(frame: WSMessage) -> int | None:
    if frame.type is not WSMsgType.TEXT:
        return None
    try:
        after = json.loads(frame.data).get("after")
    except (ValueError, AttributeError):
        return None
    return after if isinstance(after, int) and not isinstance(after, bool) and 0 <= after < 2**63 else None


async def _read(ws: web.WebSocketResponse) -> None:
    """Nothing more is expected from below; reading answers pings and notices the end."""
    async for _ in ws:
        pass


async def _push(request: web.Request, ws: web.WebSocketResponse, bell: Listening, follower: Follower) -> None:
    """Send what is new, then whenever the bell rings. Raises Unauthorized when the log-in is over."""
    accounts, token = request.config_dict[ACCOUNTS], request.cookies.get(COOKIE)
    loop = asyncio.get_running_loop()
    checked, ended = loop.time(), accounts.ended
    while True:
        began = loop.time()
        frames = await follower.news()
        for frame in frames:
            await ws.send_json(frame)
        if frames:
            await asyncio.sleep(min(REST * (loop.time() - began), LONGEST_REST_SECONDS))
        if not follower.behind:
            await bell.wait(LOOK_AGAIN_SECONDS)
        if loop.time() - checked >= CHECK_SECONDS or accounts.ended != ended:
            ended = accounts.ended
            # An open desk is a present agent, but no use of the log-in: that ends when nobody works with it.
            user, _ = await accounts.authenticate(token, seen=False)
            await accounts.present(user)
            checked = loop.time()
