"""`tellonce bench search`: what is found over held-out queries, and how quickly in a large catalogue."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bench import percentiles
from bot.bench.search_catalogue import add_products, edit_one, queries_for
from bot.bench.search_scores import HELD_OUT, Query, read_queries, scores
from bot.domain.errors import StartupError
from bot.settings import PROJECT, Settings
from bot.shop import catalogue, knowledge
from bot.shop.browsing import Wish, browse
from bot.shop.importer import import_shop
from bot.shop.search import Search, search_of
from bot.shop.search_phrases import read_prices
from bot.storage import migrations
from bot.storage.database import Database
from bot.storage.shop import Product

WAYS = ("lexical", "semantic", "merged")
FOUND = 10
SEARCHES = 400
FLOORS = {"lexical": 0.5, "semantic": 0.42}
"""Of one half alone: the lexical one's is what it was before there were two."""
FILTERS: dict[str, Any] = {"category": "jackets", "max_price": Decimal(900), "in_stock": True}


def main(settings: Settings, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tellonce bench search", description=__doc__)
    parser.add_argument("--products", type=int, default=0, help="also measure speed in a generated catalogue")
    parser.add_argument(
        "--database-url", default="", help="of an empty PostgreSQL database; default: a new SQLite file"
    )
    parser.add_argument("--queries", type=Path, default=HELD_OUT)
    options = parser.parse_args(arguments)
    asyncio.run(_measure(settings, options.products, options.database_url, read_queries(options.queries)))
    return 0


async def _measure(settings: Settings, products: int, url: str, queries: list[Query]) -> None:
    async with empty_database(url) as database:
        await import_shop(database, PROJECT / "data" / "shop", now=dt.datetime.now(dt.UTC))
        search = await Search.open(database, settings.embedding_model)
        try:
            await search.refresh()
            async with database.read() as session:
                print(f"Embedding model: {settings.embedding_model or 'the shipped one'}. Means over the queries with")
                print("an answer (how many); false finds: share of those that should find nothing (how many).")
                for line in await quality(session, queries):
                    print(line, flush=True)
            if products:
                await _speed(database, search, products)
        finally:
            await search.close()


@asynccontextmanager
async def empty_database(url: str) -> AsyncIterator[Database]:
    """A migrated database without rows. Raises StartupError rather than write into one that has products."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite:///{folder}/bench.db")
        migrations.upgrade(url or f"sqlite:///{folder}/bench.db")
        try:
            async with database.read() as session:
                if await session.scalar(select(func.count()).select_from(Product)):
                    raise StartupError("the database has products: the bench needs an empty one")
            yield database
        finally:
            await database.close()


async def quality(session: AsyncSession, queries: Sequence[Query]) -> list[str]:
    """A line for each way of searching, half, kind and language."""
    lines = []
    rankings = {way: [await ranked(session, query, way) for query in queries] for way in WAYS}
    for kind in ("product", "article"):
        for half in ("tuned", "unread"):
            for language in ("pl", "en"):
                lines.append(f"\n{kind}s, {language}, the {half} half")
                chosen = [
                    number
                    for number, one in enumerate(queries)
                    if (one.kind, one.language, one.tuned) == (kind, language, half == "tuned")
                ]
                for way in WAYS:
                    result = scores([queries[n] for n in chosen], [rankings[way][n] for n in chosen])
                    lines.append(f"  {way:<9} {result}")
    return lines


async def ranked(session: AsyncSession, query: Query, way: str) -> list[str]:
    """The ids found. Merged is what customers get; one half alone has no floor of its own, and finds whatever it has."""
    asked = read_prices(query.text)
    if way == "merged":
        return await _found(session, query)
    search = search_of(session)
    keeper, mixture = (
        (search.products, catalogue.MIXTURE) if query.kind == "product" else (search.articles, knowledge.MIXTURE)
    )
    index = await keeper.index(session)
    covered, alike = index.halves(asked.text, await search.questions.of(asked.text), mixture.chatter)
    hits = index.best(covered if way == "lexical" else alike, FLOORS[way])
    return [key for key, _score in hits[:FOUND]]


async def _found(session: AsyncSession, query: Query) -> list[str]:
    if query.kind == "article":
        articles = await knowledge.search_articles(session, query.text, query.language, FOUND)
        return [hit.article.slug for hit in articles]
    asked = read_prices(query.text)
    products = await catalogue.search_products(
        session, asked.text, query.language, FOUND, min_price=asked.least, max_price=asked.most
    )
    return [hit.product.id for hit in products]


async def _speed(database: Database, search: Search, products: int) -> None:
    where = "SQLite" if database.is_sqlite else "PostgreSQL"
    process = psutil.Process(os.getpid())
    print(f"\n{products:,} generated products on {where}, {os.cpu_count()} cores", flush=True)
    await add_products(database, products)
    before = process.memory_info().rss / 1e6
    started = time.perf_counter(), time.process_time()
    waited = await _longest_wait(search.refresh)
    took, used = time.perf_counter() - started[0], time.process_time() - started[1]
    after = process.memory_info().rss / 1e6
    print(
        f"  index built in {took:.1f} s, of a processor {used:.1f} s; the event loop held up {1000 * waited:.0f} ms at most"
    )
    print(f"  memory {after:.0f} MB, {after - before:.0f} MB more than before", flush=True)
    async with database.read() as session:
        asked = queries_for(SEARCHES)
        now = dt.datetime.now(dt.UTC)

        async def plain(text: str) -> object:
            return await catalogue.search_products(session, text, "pl")

        async def filtered(text: str) -> object:
            return await catalogue.search_products(session, text, "pl", **FILTERS)

        async def box(text: str) -> object:
            return await browse(session, Wish(text=text), "pl", [], now, page=1, per_page=12)

        for name, work in (("search", plain), ("search in stock, category, price", filtered), ("the shop's box", box)):
            print(f"  {name:<34}{await _timed(work, asked)}", flush=True)
        name = await edit_one(database)
        at = time.perf_counter()
        await plain("namiot")
        first = time.perf_counter() - at
        while not any(hit.product.name_pl == name for hit in await catalogue.search_products(session, name, "pl")):
            await asyncio.sleep(0.005)
        found = time.perf_counter() - at
        print(f"  one edit is found after {1000 * found:.0f} ms; a search meanwhile took {1000 * first:.0f} ms")


async def _timed(work: Callable[[str], Awaitable[object]], asked: Sequence[str]) -> str:
    wall, cpu = [], []
    for text in asked:
        began, used = time.perf_counter(), time.process_time()
        await work(text)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return f"{percentiles(wall)}; of a processor {percentiles(cpu)}"


async def _longest_wait(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds for which nothing else could run in the event loop, at worst, while `work` was done."""
    longest = 0.0
    task = asyncio.ensure_future(work())
    while not task.done():
        at = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - at - 0.001)
    await task
    return longest
