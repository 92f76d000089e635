"""`tellonce import <folder>`: a shop's files into the database, in one transaction or not at all.

Rows are added or updated by their key and never deleted: conversations refer to customers and orders, and what the
assistant opened (returns, exchanges, complaints) is not in the shop's files yet.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, inspect, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.errors import ImportRejected, Problem
from bot.shop.folder import Folder, Sheet, read_folder
from bot.shop.layout import FILES, Row
from bot.shop.taken_over import keep_changes, reserve_again
from bot.storage.base import Base
from bot.storage.database import Database
from bot.storage.shop import Article, Exchange, Picture, Product, Variant

CHUNK = 5000
"""Rows in one statement: large enough to be quick, small enough to report progress."""

PICTURES_AT_ONCE = 20
"""Held in memory at a time: each may be a megabyte."""

Progress = Callable[[str, int, int], None]
"""Called with the file, the rows of it written so far, and all its rows."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was imported: rows by file (`knowledge/` for articles, `images/` for pictures), and how long it took."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.rows.values())


async def import_shop(
    database: Database, folder: Path, *, now: dt.datetime, progress: Progress | None = None
) -> ImportReport:
    """Load the shop in `folder`; cells such as `-3d` count from `now`. Raises ImportRejected with every problem."""
    started = time.monotonic()
    read = await asyncio.to_thread(read_folder, folder, now)
    async with database.read() as session:
        problems = read.problems + await _missing_files(session, folder, read) + await _missing_keys(session, read)
    if problems:
        place = {name: at for at, name in enumerate(FILES)}
        raise ImportRejected(sorted(problems, key=lambda problem: (place.get(problem.file, len(place)), problem)))
    counts: dict[str, int] = {}
    async with database.write() as session:
        await keep_changes(session, read, now)
        await _stamp_after_all(session, read)
        for name, table, rows, kept in _writes(read):
            await _upsert(session, table, rows, kept, partial(progress or _silent, name))
            counts[name] = counts.get(name, 0) + len(rows)
        await _reserve_again(session, read)
    return ImportReport(counts, round(time.monotonic() - started, 2))


async def _missing_files(session: AsyncSession, path: Path, read: Folder) -> list[Problem]:
    """The files a shop cannot do without, unless the database has such rows: then this import is a partial update."""
    problems = []
    for name, file in FILES.items():
        if not file.required or name in read.sheets or not path.is_dir():
            continue
        if await session.scalar(select(func.count()).select_from(file.table)) == 0:
            problems.append(Problem(name, 0, "", "the file is missing"))
    return problems


async def _missing_keys(session: AsyncSession, read: Folder) -> list[Problem]:
    """Problems of the references that neither the folder nor the database knows."""
    problems: list[Problem] = []
    for name, wanted in read.missing.items():
        key = inspect(FILES[name].table).primary_key[0]
        for chunk in _chunks(sorted(wanted), 500):
            known = set(await session.scalars(select(key).where(key.in_(chunk))))
            problems += [problem for value in chunk if value not in known for problem in wanted[value]]
    return problems


def _writes(read: Folder) -> Iterator[tuple[str, type[Base], list[Row], frozenset[str]]]:
    """File, table, rows, and the columns of which existing rows keep theirs, in the order of writing."""
    for name, file in FILES.items():
        if name in read.sheets:
            guessed = frozenset(file.fills) - read.sheets[name].columns - {"updated_at"}
            yield name, file.table, read.sheets[name].rows, guessed
    for chunk in _chunks(read.pictures.items(), PICTURES_AT_ONCE):
        pictures = [{"name": name, "content": file.read_bytes()} for name, file in chunk]
        yield "images/", Picture, pictures, frozenset()
    if read.articles:
        yield "knowledge/", Article, read.articles, frozenset()


async def _stamp_after_all(session: AsyncSession, read: Folder) -> None:
    """Give products and articles a time of change after every earlier one: search reads only what is newer."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("LOCK TABLE products, articles IN SHARE ROW EXCLUSIVE MODE"))
    products = read.sheets.get("products.csv", Sheet()).rows
    for table, rows in ((Product, products), (Article, read.articles)):
        newest = await session.scalar(select(func.max(table.updated_at)))
        for row in rows:
            if newest is not None:
                row["updated_at"] = max(row["updated_at"], newest + dt.timedelta(microseconds=1))


async def _upsert(
    session: AsyncSession, model: type[Base], rows: list[Row], kept: frozenset[str], tell: Callable[[int, int], Any]
) -> None:
    if not rows:
        return
    table = model.__table__
    assert isinstance(table, Table)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in kept}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    connection = await session.connection()
    for done, chunk in enumerate(_chunks(rows, CHUNK)):
        await connection.execute(statement, chunk)
        tell(min((done + 1) * CHUNK, len(rows)), len(rows))


async def _reserve_again(session: AsyncSession, read: Folder) -> None:
    """The shop's files don't know what the assistant keeps aside for open exchanges and changes: count it in."""
    sheet = read.sheets.get("variants.csv", Sheet())
    if "reserved" not in sheet.columns:
        return
    taken = (Exchange.source == "chat") & (Exchange.status == "opened")
    query = select(Exchange.new_sku, func.sum(Exchange.quantity)).where(taken).group_by(Exchange.new_sku)
    imported = {row["sku"] for row in sheet.rows}
    await reserve_again(session, imported)
    for sku, quantity in (await session.execute(query)).all():
        if sku in imported:
            await session.execute(
                update(Variant).where(Variant.sku == sku).values(reserved=Variant.reserved + quantity),
                execution_options={"synchronize_session": False},
            )


def _silent(_file: str, _done: int, _all: int) -> None:
    pass


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    whole = list(items)
    for at in range(0, len(whole), size):
        yield whole[at : at + size]
