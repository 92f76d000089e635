"""What one gateway needs to work beside others on the same database: a bell, claims, and to know of changes."""

from __future__ import annotations

from typing import Protocol

from bot.services.bell import LocalBell, PostgresBell
from bot.services.claims import Claims, LocalClaims, PostgresClaims
from bot.storage.line import Line


class Unit(Protocol):
    bell: LocalBell
    claims: Claims

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class LoneUnit:
    """On SQLite: nobody else is there."""

    def __init__(self) -> None:
        self.bell = LocalBell()
        self.claims: Claims = LocalClaims()

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class PostgresUnit:
    """One of any number. Two connections of its own beside the pool: one to ask and ring, one to hear."""

    def __init__(self, url: str) -> None:
        self._line = Line(url)
        self._bell = PostgresBell(url, self._line)
        self.bell: LocalBell = self._bell
        self.claims: Claims = PostgresClaims(self._line)

    async def start(self) -> None:
        await self._line.start()
        await self._bell.start()

    async def stop(self) -> None:
        await self._bell.stop()
        await self._line.stop()


def unit_for(url: str) -> Unit:
    """By the database of that SQLAlchemy URL."""
    return PostgresUnit(url) if url.startswith("postgresql") else LoneUnit()
