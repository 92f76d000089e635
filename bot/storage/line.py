"""A connection of its own to PostgreSQL, for what the gateways of one database say to each other.

It claims and releases by session advisory locks, which the server lets go the moment a process or its machine is gone;
it rings for the others by NOTIFY; and it knows how many gateways there are. Small requests that come together travel
together.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import psycopg
import structlog
from sqlalchemy.engine import make_url

log = structlog.get_logger(__name__)

CHANNEL = "tellonce"
PRESENT = 0x7E110
"""The first half of the lock that each gateway holds for as long as it is there."""
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 1.0
MOST = 200
# A machine that is switched off says nothing: the server finds out within four seconds.
SERVER = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 -c tcp_user_timeout=4000"
CLIENT = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 2, "connect_timeout": 5}
ASK = """
SELECT CASE asked.what
    WHEN 'claim' THEN pg_try_advisory_lock(hashtextextended(asked.about, 0))
    WHEN 'release' THEN pg_advisory_unlock(hashtextextended(asked.about, 0))
    ELSE pg_notify(%s, asked.about) IS NOT NULL
END FROM unnest(%s::text[], %s::text[]) AS asked(what, about)
"""
WHO = """
SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def connect(url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    """A connection in autocommit to the database of that SQLAlchemy URL, watched from both ends."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await psycopg.AsyncConnection.connect(plain, autocommit=True, options=SERVER, **CLIENT)  # type: ignore[arg-type]


class Line:
    """`number` changes with every new connection: what was claimed on an earlier one is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked: asyncio.Queue[tuple[str, str, asyncio.Future[bool]]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._me = random.getrandbits(31)
        self._present: set[int] = set()
        self.number = 0
        self.on_change: list[Callable[[], None]] = []
        """Called when this gateway is connected again, and when another one is gone."""

    @property
    def up(self) -> bool:
        return self._up.is_set()

    @property
    def units(self) -> int:
        """How many gateways work on this database, this one included."""
        return max(1, len(self._present))

    async def start(self, seconds: float = 5.0) -> None:
        """Begin, and wait a moment for the connection: one that does not come is tried for again and again."""
        self._task = asyncio.create_task(self._run())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._up.wait()

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ask(self, what: str, about: str) -> bool:
        """`claim` or `release`: whether it was done. False while there is no connection."""
        answer = self.post(what, about)
        return await asyncio.shield(answer)

    def post(self, what: str, about: str) -> asyncio.Future[bool]:
        """As `ask`, without waiting; also `ring`."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.up:
            self._asked.put_nowait((what, about, answer))
        else:
            answer.set_result(False)
        return answer

    async def _run(self) -> None:
        while True:
            try:
                async with await connect(self._url) as connection:
                    await connection.execute("SELECT pg_advisory_lock(%s, %s)", (PRESENT, self._me))
                    await self._look(connection)
                    self.number += 1
                    self._up.set()
                    self._changed()
                    await self._serve(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("database_line_lost", error=type(error).__name__)
            finally:
                self._up.clear()
                while not self._asked.empty():
                    _answer(self._asked.get_nowait()[2], False)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _serve(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            waited = looked + LOOK_SECONDS - loop.time()
            if waited <= 0:
                before = self._present
                await self._look(connection)
                if before - self._present:
                    self._changed()
                looked = loop.time()
                continue
            try:
                async with asyncio.timeout(waited):  # wait_for would lose a stop that comes with a question
                    first = await self._asked.get()
            except TimeoutError:
                continue
            asked = [first]
            while not self._asked.empty() and len(asked) < MOST:
                asked.append(self._asked.get_nowait())
            try:
                cursor = await connection.execute(ASK, (CHANNEL, [a[0] for a in asked], [a[1] for a in asked]))
                answers = [bool(row[0]) for row in await cursor.fetchall()]
            except BaseException:
                for _, _, answer in asked:
                    _answer(answer, False)
                raise
            for (_, _, answer), done in zip(asked, answers, strict=True):
                _answer(answer, done)

    async def _look(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        cursor = await connection.execute(WHO, (PRESENT,))
        self._present = {int(str(row[0])) for row in await cursor.fetchall()}

    def _changed(self) -> None:
        for tell in self.on_change:
            tell()


def _answer(future: asyncio.Future[bool], value: bool) -> None:
    if not future.done():
        future.set_result(value)
