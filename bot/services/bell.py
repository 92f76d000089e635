"""The bell: a ring while nobody waits is kept, so that no news falls between a read and a wait.

On SQLite it rings in this process; on PostgreSQL also in every other gateway of the database.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog

from bot.storage.line import CHANNEL, Line, connect

log = structlog.get_logger(__name__)

DEAF_SECONDS = 1.0
EVERYTHING = "*"


class Listener:
    """`await wait(seconds)` returns True when the bell rang since the last wait, False after the time is over."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class LocalBell:
    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)

    def ring(self, *topics: str) -> None:
        self.ring_here(*topics)

    def ring_here(self, *topics: str) -> None:
        """For whoever listens in this process; `*` is for all of them."""
        for topic in list(self._listeners) if EVERYTHING in topics else topics:
            for listener in self._listeners.get(topic, ()):
                listener.wake()

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Listener]:
        listener = Listener()
        self._listeners[topic].add(listener)
        try:
            yield listener
        finally:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]


class PostgresBell(LocalBell):
    """Rings here at once and elsewhere by NOTIFY. What may have been missed makes everybody look."""

    def __init__(self, url: str, line: Line) -> None:
        super().__init__()
        self._url = url
        self._line = line
        self._me = secrets.token_hex(4)
        self._ear: asyncio.Task[None] | None = None
        self._hears = asyncio.Event()
        line.on_change.append(self._missed)

    async def start(self, seconds: float = 5.0) -> None:
        """Begin, and wait a moment until it hears."""
        self._ear = asyncio.create_task(self._hear())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hears.wait()

    async def stop(self) -> None:
        if self._ear:
            self._ear.cancel()
            await asyncio.gather(self._ear, return_exceptions=True)

    def ring(self, *topics: str) -> None:
        self.ring_here(*topics)
        for topic in topics:
            self._line.post("ring", f"{self._me} {topic}")

    def _missed(self) -> None:
        """A gateway that is gone may not have come to ring; while the line was down, neither did this one."""
        self.ring_here(EVERYTHING)
        self._line.post("ring", f"{self._me} {EVERYTHING}")

    async def _hear(self) -> None:
        while True:
            try:
                async with await connect(self._url) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.ring_here(EVERYTHING)
                    self._hears.set()
                    async for notice in connection.notifies():
                        self._heard(notice.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("bell_deaf", error=type(error).__name__)
            await asyncio.sleep(DEAF_SECONDS)

    def _heard(self, payload: str) -> None:
        who, _, topic = payload.partition(" ")
        if who != self._me:
            self.ring_here(topic)
