"""Where outside channels call: proven to be theirs, stored once, acknowledged; everything else happens afterwards."""

from __future__ import annotations

from aiohttp import web

from bot.domain.errors import ChannelNotConfigured
from bot.services.arrivals import Channel
from bot.services.telemetry import STAGE_SECONDS
from bot.web.body import raw_body
from bot.web.keys import INTAKE

CHANNELS = ("telegram", "messenger", "shop")
LARGEST = 5 * 2**20


def channel_of(request: web.Request) -> Channel:
    """Raises ChannelNotConfigured."""
    name = request.path.rsplit("/", 1)[-1]
    channel = request.config_dict[INTAKE].channels.get(name)
    if channel is None:
        raise ChannelNotConfigured(details={"channel": name})
    return channel


async def challenge(request: web.Request) -> web.Response:
    """The channel checks that the address is ours."""
    return web.Response(text=channel_of(request).challenge(request.query))


async def receive(request: web.Request) -> web.Response:
    """200 once every event of the call is stored; what fails before that is sent again by the channel."""
    channel = channel_of(request)
    with STAGE_SECONDS.labels("accept").time():
        events = channel.events(request.headers, await raw_body(request, LARGEST))
        await request.config_dict[INTAKE].accept(channel.name, events)
    return web.Response()


def setup_routes(app: web.Application) -> None:
    for name in CHANNELS:
        app.router.add_post(f"/webhooks/{name}", receive)
    app.router.add_get("/webhooks/messenger", challenge)
