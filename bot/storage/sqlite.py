"""SQLite inside the event loop: statements run where they are called, only what waits for the disk goes to a thread.

The usual asynchronous driver hands every single call to a thread of its own; a turn makes about 140 such calls, and the
handing over cost several times what SQLite itself did (docs/decisions/0006). A statement here takes tens of microseconds.
What can take long does go to a thread: waiting for the write lock (BEGIN IMMEDIATE), the flush to disk (COMMIT), large
batches.

The two classes are what SQLAlchemy's aiosqlite dialect uses of that driver.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

BATCH = 200
"""Rows of one `executemany` from which it is worth a thread."""
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-4000",
)


async def connect(file: str) -> Connection:
    """A connection that begins nothing by itself: reads stay in autocommit, BEGIN IMMEDIATE is the caller's."""
    raw = await asyncio.to_thread(_open, file)
    return Connection(raw)


def _open(file: str) -> sqlite3.Connection:
    raw = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        raw.execute(pragma)
    return raw


class Connection:
    """Stands where an aiosqlite.Connection would."""

    isolation_level = None

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._connection = raw

    def cursor(self) -> Cursor:
        return Cursor(self._connection.cursor())

    async def commit(self) -> None:
        if self._connection.in_transaction:
            await asyncio.to_thread(self._connection.commit)

    async def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.rollback()

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        self._connection.create_function(*arguments, **options)

    async def close(self) -> None:
        self._connection.close()

    def stop(self) -> None:
        self._connection.close()


class Cursor:
    """Stands where an aiosqlite.Cursor would."""

    def __init__(self, raw: sqlite3.Cursor) -> None:
        self._raw = raw

    async def __aenter__(self) -> Cursor:
        return self

    @property
    def description(self) -> Any:
        return self._raw.description

    @property
    def rowcount(self) -> int:
        return self._raw.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._raw.lastrowid

    @property
    def arraysize(self) -> int:
        return self._raw.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._raw.arraysize = value

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        if statement == "BEGIN IMMEDIATE":
            await asyncio.to_thread(self._raw.execute, statement, parameters)
        else:
            self._raw.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> Cursor:
        if len(parameters) >= BATCH:
            await asyncio.to_thread(self._raw.executemany, statement, parameters)
        else:
            self._raw.executemany(statement, parameters)
        return self

    async def fetchone(self) -> Any:
        return self._raw.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._raw.fetchmany(size or self.arraysize)

    async def fetchall(self) -> list[Any]:
        return self._raw.fetchall()

    async def close(self) -> None:
        self._raw.close()
