"""Customers who together write so many messages a second, whatever becomes of the answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.bench.load_figures import Step
from bot.bench.load_people import Customer, Orders, PhoneCustomer, WebCustomer, agent
from bot.bench.load_site import ORDERS, Site

SHARES = {"web": 0.6, "telegram": 0.2, "messenger": 0.2}
PAUSE = 4.0
"""Seconds between an answer and the customer's next words, at least: Telegram sends one message a second to a chat."""
MOST = 5000
SETTLE_SECONDS = 90.0
OPENED_AT_ONCE = 20


class Crowd:
    """Use `async with crowd(site)`. A customer writes again only after the answer; more of them come when all wait."""

    def __init__(self, site: Site, http: aiohttp.ClientSession, orders: Orders) -> None:
        self._site, self._http, self._orders = site, http, orders
        self._rng = random.Random(7)
        self._idle: deque[tuple[float, Customer]] = deque()
        self._busy: set[asyncio.Task[None]] = set()
        self._count = 0
        self.step = Step(0, 1)
        site.telegram.on_accepted = site.messenger.on_accepted = lambda seconds: self.step.accepted.append(seconds)

    async def invite(self, count: int) -> None:
        """Make that many customers ready to write."""
        slots = asyncio.Semaphore(OPENED_AT_ONCE)

        async def come(customer: Customer) -> None:
            async with slots:
                await customer.open()
            self._idle.append((0.0, customer))

        await asyncio.gather(*(come(self._new()) for _ in range(count - self._count)))

    def _new(self) -> Customer:
        self._count += 1
        rng = random.Random(self._rng.random())
        channel = rng.choices(list(SHARES), list(SHARES.values()))[0]
        if channel == "web":
            url = self._site.units[self._count % len(self._site.units)].url
            return WebCustomer(self._http, url, rng, self._orders)
        standin = self._site.telegram if channel == "telegram" else self._site.messenger
        return PhoneCustomer(channel, standin, rng, self._orders)

    async def write(self, rate: float, seconds: float) -> Step:
        """Offer that many messages a second; the step's figures, once everybody has their answer."""
        step = self.step = Step(rate, seconds)
        began = time.monotonic()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            if time.monotonic() - began > seconds:
                break
            self._let_write(step)
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        step.over = True
        return step

    def _let_write(self, step: Step) -> None:
        if self._idle and (self._idle[0][0] < time.monotonic() - PAUSE or self._count >= MOST):
            customer = self._idle.popleft()[1]
        elif self._count < MOST:
            customer = self._new()
        else:
            step.problems["no customer left to write"] += 1
            return
        task = asyncio.create_task(self._turn(customer, step))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _turn(self, customer: Customer, step: Step) -> None:
        try:
            await customer.turn(step)
        except (aiohttp.ClientError, OSError, TimeoutError, RuntimeError, KeyError) as error:
            step.problems[f"{customer.channel}: {type(error).__name__} {error}"[:120]] += 1
            self._count -= 1  # who had trouble is gone
            return
        self._idle.append((time.monotonic(), customer))

    async def settled(self) -> float:
        """Wait until everybody has their answer; the seconds it took."""
        began = time.monotonic()
        if self._busy:
            await asyncio.wait(self._busy, timeout=SETTLE_SECONDS)
        return time.monotonic() - began

    async def leave(self) -> None:
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)


@asynccontextmanager
async def crowd(site: Site) -> AsyncIterator[Crowd]:
    """Customers of that site, and its agents at work."""
    orders = [(str(number), str(email)) for number, email in await site.rows(ORDERS)]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        people = Crowd(site, http, orders)
        agents = [
            asyncio.create_task(agent(site.units[number % len(site.units)].url, *login, lambda: people.step))
            for number, login in enumerate(site.agents)
        ]
        try:
            yield people
        finally:
            await people.leave()
            for task in agents:
                task.cancel()
            for error in await asyncio.gather(*agents, return_exceptions=True):
                if isinstance(error, Exception):
                    print(f"an agent gave up: {type(error).__name__} {error}")
