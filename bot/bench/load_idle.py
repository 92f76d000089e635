"""`tellonce bench load --idle N`: what so many open web chats cost a gateway while nobody writes."""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from bot.bench.load_figures import Step, percentile, row
from bot.bench.load_people import WebCustomer
from bot.bench.load_site import Site, processor_words, running_site

AT_ONCE = 50
PORTS = 20_000
"""Sockets from one loopback address: there are some 28,000 ports to choose from."""
SPARE_FILES = 500
WATCHED_SECONDS = 60.0
"""Long enough for two pings of every socket, and for its presence to be noted."""
STEPS = 5


async def measure(options: argparse.Namespace, model: Path) -> int:
    soft, hard = raise_limit()
    needed = options.idle + SPARE_FILES
    print(f"ulimit -n: {soft} was raised to {hard} (the hard limit); {needed} are needed, here and in the gateway")
    if hard < needed:
        print(f"too few: run `ulimit -n {needed}` as root first, or set LimitNOFILE={needed} in the systemd unit")
        return 2
    async with running_site(options.database, options.units, model, 0) as site, AsyncExitStack() as stack:
        print(f"{options.database}, {options.units} unit(s); no chat open: {site.memory()}", flush=True)
        https = [await stack.enter_async_context(_session(number)) for number in range(options.idle // PORTS + 1)]
        idle = Idle(site, https)
        try:
            for step in range(1, STEPS + 1):
                began = time.monotonic()
                opened = await idle.open_until(options.idle * step // STEPS)
                rate = opened / (time.monotonic() - began)
                print(f"{idle.count:>6} open ({rate:.0f}/s opened): {site.memory()}", flush=True)
            return await _watched(site, idle)
        finally:
            await idle.close()


def raise_limit() -> tuple[int, int]:
    """The soft limit of open files there was, and the hard one that holds from now on, for child processes too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return soft, hard


def _session(number: int) -> aiohttp.ClientSession:
    """Customers of an own source address: each has ports of its own."""
    connector = aiohttp.TCPConnector(limit=0, local_addr=(f"127.0.0.{2 + number}", 0))
    return aiohttp.ClientSession(connector=connector)


async def _watched(site: Site, idle: Idle) -> int:
    used, began = site.processor(), time.monotonic()
    await asyncio.sleep(WATCHED_SECONDS)
    print(f"idle for {WATCHED_SECONDS:.0f} s: {processor_words(used, site.processor(), time.monotonic() - began)}")
    print(f"       {site.memory()}")
    step = Step(1, 20)
    async with aiohttp.ClientSession() as http:
        customer = WebCustomer(http, site.units[0].url, idle.rng, [("100610", "anna.kowalska@example.pl")])
        await customer.open()
        for _ in range(15):
            await customer.turn(step)
            await asyncio.sleep(1)
        await customer.close()
    for what, values in (("accepted", step.accepted), ("answered", step.all_answers)):
        print(f"one customer who writes meanwhile is {what} in {row([percentile(values, s) for s in (0.5, 0.95)])} ms")
    print(f"lost: {idle.lost} of {idle.count}", flush=True)
    return 1 if idle.lost else 0


class Idle:
    """Open chats that only answer pings, spread over the units."""

    def __init__(self, site: Site, https: list[aiohttp.ClientSession]) -> None:
        self.rng = random.Random(7)
        self._site, self._https = site, https
        self._listening: list[asyncio.Task[None]] = []
        self.lost = 0

    @property
    def count(self) -> int:
        return len(self._listening)

    async def open_until(self, count: int) -> int:
        """Open more until there are that many; how many were opened."""
        slots, before = asyncio.Semaphore(AT_ONCE), self.count

        async def one(number: int) -> None:
            async with slots:
                http, url = self._https[number // PORTS], self._site.units[number % len(self._site.units)].url
                async with http.post(f"{url}/api/chat/sessions", json={}) as response:
                    opened = await response.json()
                ws = await http.ws_connect(f"{url}/api/chat/ws", compress=15)
                await ws.send_json({"token": opened["token"], "after": opened["cursor"]})
                self._listening.append(asyncio.create_task(self._listen(ws)))

        await asyncio.gather(*(one(number) for number in range(before, count)))
        return self.count - before

    async def _listen(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for _ in ws:
            pass
        self.lost += 1

    async def close(self) -> None:
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
