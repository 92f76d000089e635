"""Search on both databases: as good as it was measured, filtered, and up to date after an import and an edit."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import delete, update

from bot.bench.search import ranked
from bot.bench.search_scores import read_queries, scores
from bot.shop import search_keeper
from bot.shop.browsing import Wish, browse
from bot.shop.catalogue import availability, search_products
from bot.shop.importer import import_shop
from bot.shop.knowledge import search_articles
from bot.shop.search import Search, search_of
from bot.storage.database import Database
from bot.storage.shop import Product, Variant
from tests.databases import prepared_database
from tests.fakes import FakeClock

DATABASES = ("sqlite", "postgresql")


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(await prepared_database(tmp_path, FakeClock()))
    yield opened
    await opened.close()


async def ids(database: Database, text: str, **filters: object) -> list[str]:
    async with database.read() as session:
        hits = await search_products(session, text, "pl", 10, **filters)  # type: ignore[arg-type]
    return [hit.product.id for hit in hits]


@pytest.mark.parametrize(("kind", "floor"), [("product", 0.82), ("article", 0.84)])
async def test_search_is_no_worse_than_it_was(database: Database, kind: str, floor: float) -> None:
    asked = [query for query in read_queries() if query.tuned and query.kind == kind]
    async with database.read() as session:
        merged = scores(asked, [await ranked(session, query, "merged") for query in asked])
        alone = [
            scores(asked, [await ranked(session, query, way) for query in asked]) for way in ("lexical", "semantic")
        ]
    assert merged.ndcg >= floor and merged.false_finds <= 0.22
    assert merged.ndcg > max(one.ndcg for one in alone)


async def test_filters(database: Database) -> None:
    cheap = await ids(database, "buty", max_price=Decimal(300))
    assert "buty-skrzat" in cheap and not {"buty-granit", "buty-zima", "buty-polonina"}.intersection(cheap)
    assert "buty-granit" in await ids(database, "buty", category="boots", min_price=Decimal(600))
    assert "buty-granit-lady" not in await ids(database, "buty granit", gender="men")
    assert await ids(database, "kurtka", category="tents") == []
    async with database.read() as session:
        for hit in await search_products(session, "kurtka", "pl", 10, size="XXL", colour="czarną", in_stock=True):
            assert availability(hit.product, "XXL", "czarny").free > 0
        box = await browse(session, Wish("kurtka do 400 zł"), "pl", [], dt.datetime.now(dt.UTC), page=1, per_page=9)
    assert box.products and all(item.price <= 400 for item in box.products)
    async with database.write() as session:
        await session.execute(update(Variant).where(Variant.product_id == "kurtka-mzawka").values(stock=0))
    assert "kurtka-mzawka" in await ids(database, "kurtka mżawka")
    assert "kurtka-mzawka" not in await ids(database, "kurtka mżawka", in_stock=True)


async def test_an_edit_a_new_product_and_a_lost_one_are_noticed(database: Database) -> None:
    assert await ids(database, "hulajnoga elektryczna") == []
    later = FakeClock().now() + dt.timedelta(days=900)
    async with database.write() as session:
        renamed = {"name_pl": "Hulajnoga elektryczna", "updated_at": later}
        await session.execute(update(Product).where(Product.id == "mapa-tatry").values(renamed))
    assert (await ids(database, "hulajnoga elektryczna"))[0] == "mapa-tatry"
    async with database.write() as session:
        off = {"active": False, "updated_at": later + dt.timedelta(seconds=1)}
        await session.execute(update(Product).where(Product.id == "mapa-tatry").values(off))
        await session.execute(delete(Variant).where(Variant.product_id == "karta-podarunkowa-300"))
        await session.execute(delete(Product).where(Product.id == "karta-podarunkowa-300"))
    assert await ids(database, "hulajnoga elektryczna") == []
    assert "karta-podarunkowa-300" not in await ids(database, "karta podarunkowa")


async def test_an_import_at_a_time_already_past_is_noticed_and_reads_only_what_changed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    row = "id,name_pl,name_en,price,category\nhamak,Hamak Bujak,Bujak hammock,99.00,tents\n"
    (folder / "products.csv").write_text(row, encoding="utf-8")
    assert "hamak" not in await ids(database, "hamak")
    async with database.read() as session:
        source = search_of(session).products._source
    read = source.changes
    seen: list[int] = []

    async def counted(*arguments: object) -> object:
        changes = await read(*arguments)  # type: ignore[arg-type]
        seen.append(len(changes.keys))
        return changes

    monkeypatch.setattr(source, "changes", counted)
    await import_shop(database, folder, now=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert (await ids(database, "hamak"))[0] == "hamak" and (await ids(database, "hamak"))[0] == "hamak"
    assert seen == [1]


async def test_a_large_catalogue_is_searched_as_it_was_while_the_new_index_is_made(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_keeper, "SMALL", 10)
    monkeypatch.setattr(search_keeper, "LOOK_SECONDS", 0.0)
    assert (await ids(database, "mapa tatr"))[0] == "mapa-tatry"
    async with database.read() as session:
        keeper = search_of(session).products
    going, made = asyncio.Event(), keeper._made

    async def slowly(*arguments: object) -> object:
        await going.wait()
        return await made(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(keeper, "_made", slowly)
    async with database.write() as session:
        later = {"name_pl": "Hulajnoga", "updated_at": FakeClock().now() + dt.timedelta(days=900)}
        await session.execute(update(Product).where(Product.id == "mapa-tatry").values(later))
    assert await ids(database, "hulajnoga") == []
    assert (await ids(database, "mapa tatr"))[0] == "mapa-tatry"
    going.set()
    await keeper.refresh()
    assert (await ids(database, "hulajnoga"))[0] == "mapa-tatry"


async def test_an_index_that_cannot_be_made_leaves_the_old_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ids(database, "mapa tatr"))[0] == "mapa-tatry"
    async with database.read() as session:
        keeper = search_of(session).products

    async def broken(*_: object) -> object:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "_made", broken)
        async with database.write() as session:
            later = {"name_pl": "Hulajnoga", "updated_at": FakeClock().now() + dt.timedelta(days=900)}
            await session.execute(update(Product).where(Product.id == "mapa-tatry").values(later))
        assert (await ids(database, "mapa tatr"))[0] == "mapa-tatry"
    assert (await ids(database, "hulajnoga"))[0] == "mapa-tatry"


async def test_a_gateway_makes_its_indexes_before_the_first_customer(database: Database) -> None:
    search = await Search.open(database)
    try:
        async with asyncio.timeout(30):
            while search.products._index is None or search.articles._index is None:
                await asyncio.sleep(0.01)
        async with database.read() as session:
            assert search_of(session) is search
    finally:
        await search.close()


async def test_articles_are_found_in_the_customers_language(database: Database) -> None:
    async with database.read() as session:
        found = await search_articles(session, "ile mam czasu na zwrot", "en")
    assert (found[0].article.slug, found[0].article.language) == ("returns", "en")
