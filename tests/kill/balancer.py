"""What nginx is in front of several gateways: each call goes to one of them at random, a socket or poll included."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.bench.unit import Unit

DROPPED = ("transfer-encoding", "content-length", "content-encoding", "date", "server")


@asynccontextmanager
async def balanced(units: Sequence[Unit], rng: random.Random) -> AsyncIterator[str]:
    """The one address of all of them; 502 when the chosen one is not there, as callers must be ready for."""
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as http:

        async def passed_on(request: web.Request) -> web.Response:
            url = rng.choice(units).url + request.raw_path
            try:
                async with http.request(
                    request.method, url, data=await request.read(), headers=request.headers, allow_redirects=False
                ) as answer:
                    kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in DROPPED]
                    return web.Response(status=answer.status, headers=kept, body=await answer.read())
            except (aiohttp.ClientError, TimeoutError):
                return web.Response(status=502)

        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", passed_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def all_up(units: Sequence[Unit], path: str = "/readyz") -> None:
    await asyncio.gather(*(unit.until(path, 120) for unit in units))
