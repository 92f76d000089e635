"""Who works on what: each conversation, chat or queue is one gateway's at a time, and free again when that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from bot.storage.line import Line

AGAIN_SECONDS = 0.05
ASKED, REFUSED = 0, -1


class Claims(Protocol):
    shared: bool
    """True where other processes may work on the same database."""

    @property
    def units(self) -> int:
        """How many gateways there are, this one included."""
        ...

    def hold(self, key: str) -> AbstractAsyncContextManager[bool]:
        """`async with claims.hold(key) as mine`: True while nobody else has it; False, at once, when somebody has."""
        ...

    def alone(self, key: str) -> AbstractAsyncContextManager[None]:
        """As `hold`, but waits until it is free."""
        ...

    def holds(self, key: str) -> bool:
        """False once the claim is lost with the connection to the database: another gateway may have it by now."""
        ...


class LocalClaims:
    """The claims of a process that is alone on its database."""

    shared = False
    units = 1

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[bool]:
        yield True

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        async with self._locks.setdefault(key, asyncio.Lock()):
            yield

    def holds(self, key: str) -> bool:
        return True


class PostgresClaims:
    """Advisory locks on the gateway's own line. Whoever is refused need not come back: see `Workers`."""

    shared = True

    def __init__(self, line: Line) -> None:
        self._line = line
        self._held: dict[str, int] = {}
        """The number of the connection that each claim is on; ASKED until there is an answer, REFUSED after a no."""

    @property
    def units(self) -> int:
        return self._line.units

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[bool]:
        if key in self._held:  # the server would grant it: it is the same session
            yield False
            return
        self._held[key] = ASKED
        try:
            number = self._line.number
            mine = await self._line.ask("claim", key)
            self._held[key] = number if mine else REFUSED
            yield mine
        finally:
            # Who was cancelled while asking may have been granted it meanwhile.
            if self._held.pop(key) in (ASKED, self._line.number):
                await self._line.ask("release", key)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        while True:
            async with self.hold(key) as mine:
                if mine:
                    yield
                    return
            await asyncio.sleep(AGAIN_SECONDS)

    def holds(self, key: str) -> bool:
        return self._line.up and self._held.get(key) == self._line.number
