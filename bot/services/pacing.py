"""Keeping to a channel's pace: so many messages a second in each chat, and so many overall.

Several gateways share the overall pace evenly; a chat is one gateway's at a time (see `Outbox`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MANY = 10_000


class Pace:
    """`await turn(chat)` returns when that chat may be sent to. A chat that waits delays no other.

    `units` says how many gateways send.
    """

    def __init__(
        self,
        chat_seconds: float,
        overall_seconds: float,
        *,
        units: Callable[[], int] = lambda: 1,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._chat_seconds = chat_seconds
        self._overall_seconds = overall_seconds
        self._units = units
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._sleep = sleep
        self._chats: dict[str, float] = {}
        self._next = 0.0

    async def turn(self, chat: str, quiet: float | None = None) -> None:
        """`quiet` is for how many seconds nobody has sent to that chat, another gateway included, where known."""
        now = self._now()
        if len(self._chats) > MANY:
            self._chats = {key: at for key, at in self._chats.items() if at > now}
        at = max(now, self._chats.get(chat, 0.0), now if quiet is None else now + self._chat_seconds - quiet)
        self._chats[chat] = at + self._chat_seconds
        await self._until(at)
        # Only now a place overall is taken: a chat that had to wait for its own has not kept one from the others.
        at = max(self._now(), self._next)
        self._next = at + self._overall_seconds * self._units()
        await self._until(at)

    async def _until(self, at: float) -> None:
        wait = at - self._now()
        if wait > 0:
            await self._sleep(wait)
