"""The database: engine, sessions, and how a transaction begins and ends.

Four ways in, and no other:

* `read()`   a session that only reads, in autocommit: nothing it does opens a transaction.
* `snapshot()` a `read()` whose queries all see the same moment.
* `write()`  one short transaction; on SQLite it takes the write lock at once (BEGIN IMMEDIATE), never by upgrade.
* `collect()` a session that reads as `read()` does and gathers writes in memory, for as long as a turn lasts;
             `Collected.commit()` writes them all in one short transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bot.storage import sqlite

GUARDS = "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000"
"""PostgreSQL ends a transaction that got stuck: what it numbered is then decided soon (see `desk_follow`)."""


def async_url(url: str) -> str:
    """`sqlite:///x` and `postgresql://…` with the asynchronous driver each of them is used with."""
    parsed = make_url(url)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}.get(parsed.get_backend_name())
    if driver is None:
        raise ValueError(f"unsupported database {parsed.get_backend_name()!r}: use sqlite:/// or postgresql://")
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


class Database:
    """Owns the engine. `url` is a SQLAlchemy URL of SQLite or PostgreSQL; close it with `await close()`."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size}
        if self.is_sqlite:
            file = make_url(self.url).database
            if file:
                Path(file).parent.mkdir(parents=True, exist_ok=True)
            options["async_creator"] = lambda: sqlite.connect(file or ":memory:")
        else:
            options |= {"isolation_level": "AUTOCOMMIT", "connect_args": {"options": GUARDS}}
        self.engine = create_async_engine(self.url, **options)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)
        # SQLite has one writer. Queueing for it here is fair and costs nothing; its own lock is polled with sleeps.
        self._writer: asyncio.Lock | None = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """Like `read`, for several queries that must see the same moment. Keep it short."""
        async with self._sessions() as session:
            begin = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            await (await session.connection()).exec_driver_sql(begin)
            yield session

    @asynccontextmanager
    async def write(self, *, alone: str | None = None) -> AsyncIterator[AsyncSession]:
        """Transactions with the same `alone` come one after the other, whichever process they are in."""
        async with self._exclusive(), self._sessions() as session:
            await self._begin(session)
            if alone is not None and not self.is_sqlite:
                await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(alone, 1))))
            yield session
            await session.commit()

    @asynccontextmanager
    async def collect(self) -> AsyncIterator[Collected]:
        async with self._sessions() as session:
            yield Collected(self, session)

    async def close(self) -> None:
        await self.engine.dispose()

    def _exclusive(self) -> Any:
        return self._writer or nullcontext()

    async def _begin(self, session: AsyncSession) -> None:
        connection = await session.connection()
        await connection.exec_driver_sql("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")


class Collected:
    """A session whose writes stay in memory until `commit()`; leaving without it writes nothing."""

    def __init__(self, database: Database, session: AsyncSession) -> None:
        self._database = database
        self.session = session

    @asynccontextmanager
    async def commit(self) -> AsyncIterator[AsyncSession]:
        """Open the one transaction: check first inside the block (raise to write nothing), it commits at its end."""
        async with self._database._exclusive():
            try:
                await self._database._begin(self.session)
                yield self.session
                await self.session.commit()
            except BaseException:
                await self.session.rollback()
                raise
