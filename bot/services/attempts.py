"""Counting failed tries in a window of time, in the database: the same at every gateway, and after a new start."""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import delete, select

from bot.domain.errors import TooManyRequests
from bot.services.ports import Clock
from bot.storage.database import Database
from bot.storage.tables import Attempt

MOST = 10
WINDOW = dt.timedelta(minutes=15)


class Attempts:
    """A try is counted under its keys (whose it is, where from) when it begins, and taken back when it succeeds.

    Keys are kept as hashes: enough to count.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def count(self, *keys: str) -> None:
        """Count a try under each key. Raises TooManyRequests with the seconds to wait when one of them is full."""
        now = self._clock.now()
        hashes = [_hash(key) for key in keys]
        # One after the other: tries sent all at once, to several gateways, are all counted.
        async with self._database.write(alone="attempts") as session:
            await session.execute(delete(Attempt).where(Attempt.at <= now - WINDOW))
            waits = []
            for key in hashes:
                newest = select(Attempt.at).where(Attempt.key == key).order_by(Attempt.at.desc())
                full = await session.scalar(newest.offset(MOST - 1).limit(1))
                if full is not None:
                    waits.append((full + WINDOW - now).total_seconds())
            if waits:
                raise TooManyRequests(retry_after=max(1, int(max(waits) + 0.999)))
            session.add_all(Attempt(key=key, at=now) for key in hashes)

    async def succeeded(self, *, forget: str | None = None, take_back: str | None = None) -> None:
        """Whoever tried has shown who they are: `forget` is a clean slate, `take_back` one try less.

        For an address a success is no more than that: others may be guessing from it.
        """
        async with self._database.write() as session:
            if forget is not None:
                await session.execute(delete(Attempt).where(Attempt.key == _hash(forget)))
            if take_back is not None:
                newest = select(Attempt.id).where(Attempt.key == _hash(take_back)).order_by(Attempt.id.desc())
                one = await session.scalar(newest.limit(1))
                await session.execute(delete(Attempt).where(Attempt.id == one))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
