"""The stand-ins of Telegram and Messenger as busy as the real ones, and customers on them who notice an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bot.simulator.messenger import MessengerStandIn
from bot.simulator.telegram import TelegramStandIn

CALLS_AT_ONCE = 40
"""What the gateway asks Telegram for as `max_connections`."""


class BusyTelegram(TelegramStandIn):
    """Calls the webhook for many chats at once, as Telegram does; `on_accepted` hears the seconds of each call."""

    on_accepted: Callable[[float], None] = staticmethod(lambda seconds: None)

    async def __aenter__(self) -> BusyTelegram:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
        self._slots = asyncio.Semaphore(CALLS_AT_ONCE)
        self._calls_under_way: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._calls_under_way:
            task.cancel()
        await asyncio.gather(*self._calls_under_way, return_exceptions=True)
        await self._http.close()

    def push(self, **update: Any) -> dict[str, Any]:
        made = super().push(**update)
        self.updates.clear()  # it is brought at once, not one after the other
        task = asyncio.create_task(self._bring(made))
        self._calls_under_way.add(task)
        task.add_done_callback(self._calls_under_way.discard)
        return made

    async def _bring(self, update: dict[str, Any]) -> None:
        while True:
            async with self._slots:
                began = time.perf_counter()
                if await self.call_webhook(self._http, update):
                    return self.on_accepted(time.perf_counter() - began)
            await asyncio.sleep(self.webhook_seconds)


class BusyMessenger(MessengerStandIn):
    """`on_accepted` hears the seconds of each call of the webhook, which brings up to fifty events."""

    on_accepted: Callable[[float], None] = staticmethod(lambda seconds: None)

    async def _delivered(self, http: aiohttp.ClientSession, events: list[dict[str, Any]]) -> bool:
        began = time.perf_counter()
        good = await super()._delivered(http, events)
        if good:
            self.on_accepted(time.perf_counter() - began)
        return good


class Heard(list[dict[str, Any]]):
    """The messages on a phone; whoever waits is woken by a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def append(self, message: dict[str, Any]) -> None:
        super().append(message)
        self._news.set()

    async def until(self, wanted: Callable[[dict[str, Any]], bool], since: int) -> dict[str, Any]:
        """The first message from number `since` on that is wanted."""
        while True:
            for message in self[since:]:
                if wanted(message):
                    return message
            since = len(self)
            self._news.clear()
            await self._news.wait()
