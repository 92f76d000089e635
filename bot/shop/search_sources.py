"""What search knows of products and articles: which rows changed since, and the texts each half looks at."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.search_index import Document
from bot.shop.search_words import NAME
from bot.storage.shop import Article, Category, Product, Variant

CHUNK = 200
"""Rows read at once: on SQLite the event loop waits for them."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """How many rows there are and when the newest changed: as long as both are the same nothing has changed.

    An import never writes a time that is not after every earlier one (`importer.import_shop`)."""

    rows: int = 0
    newest: dt.datetime | None = None


@dataclass(slots=True)
class Changes:
    """The rows changed since a stamp: those to be found now, and the keys of all of them, sold or not."""

    documents: list[Document[str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


class Source(Protocol):
    async def stamp(self, session: AsyncSession) -> Stamp: ...

    async def changes(self, session: AsyncSession, since: dt.datetime | None) -> Changes:
        """Rows changed after `since`; all of them for None."""
        ...


class ProductSource:
    """A product speaks both languages: customers mix them, and half of the catalogue may be translated."""

    async def stamp(self, session: AsyncSession) -> Stamp:
        return await _stamp(session, Product)

    async def changes(self, session: AsyncSession, since: dt.datetime | None) -> Changes:
        rows = (await session.execute(select(Category.id, Category.name_pl, Category.name_en, Category.keywords))).all()
        shelves = {row.id: (f"{row.name_pl} {row.name_en}", row.keywords or "") for row in rows}
        changes = Changes()
        async for products in self._chunks(session, since):
            colours = await _colours(session, [row.id for row in products])
            changes.keys += [row.id for row in products]
            sold = [row for row in products if row.active]
            changes.documents += [_product(row, shelves, colours.get(row.id, "")) for row in sold]
        return changes

    @staticmethod
    async def _chunks(session: AsyncSession, since: dt.datetime | None) -> AsyncIterator[list[Any]]:
        columns: tuple[Any, ...] = (Product.id, Product.name_pl, Product.name_en, Product.category, Product.brand)
        columns += (Product.keywords, Product.use_pl, Product.use_en, Product.description_pl, Product.description_en)
        query = select(*columns, Product.attributes, Product.active).order_by(Product.id)
        changed = select(Product.id).order_by(Product.id)
        if since is not None:
            changed = changed.where(Product.updated_at > since)
        ids = list(await session.scalars(changed))
        for at in range(0, len(ids), CHUNK):
            yield list((await session.execute(query.where(Product.id.in_(ids[at : at + CHUNK])))).all())


class ArticleSource:
    """An article is one document in all its languages, under its slug."""

    async def stamp(self, session: AsyncSession) -> Stamp:
        return await _stamp(session, Article)

    async def changes(self, session: AsyncSession, since: dt.datetime | None) -> Changes:
        query = select(Article).order_by(Article.slug, Article.language)
        if since is not None:
            query = query.where(Article.slug.in_(select(Article.slug).where(Article.updated_at > since)))
        rows: dict[str, list[Article]] = defaultdict(list)
        for row in await session.scalars(query):
            rows[row.slug].append(row)
        keys = [f"{row.slug} {row.language}" for translations in rows.values() for row in translations]
        return Changes([_article(slug, translations) for slug, translations in rows.items()], keys)


async def _stamp(session: AsyncSession, table: type[Product] | type[Article]) -> Stamp:
    # Two small queries, each answered by an index, are quicker than one that walks through it.
    rows = select(func.count()).select_from(table).scalar_subquery()
    newest = select(func.max(table.updated_at)).scalar_subquery()
    found = (await session.execute(select(rows, newest))).one()
    return Stamp(*found)


async def _colours(session: AsyncSession, ids: list[str]) -> dict[str, str]:
    query = select(Variant.product_id, Variant.colour_pl, Variant.colour_en).distinct()
    query = query.where(Variant.product_id.in_(ids))
    found: dict[str, str] = defaultdict(str)
    for row in (await session.execute(query)).all():
        found[row.product_id] += f" {row.colour_pl or ''} {row.colour_en or ''}"
    return found


def _product(row: Any, shelves: dict[str, tuple[str, str]], colours: str) -> Document[str]:
    shelf, other_names = shelves.get(row.category or "", (row.category or "", ""))
    facts = [str(value) for own in row.attributes.values() if isinstance(own, dict) for value in own.values()]
    uses = f"{row.use_pl or ''} {row.use_en or ''}"
    told = f"{row.description_pl or ''} {row.description_en or ''}"
    words = (
        (f"{row.name_pl} {row.name_en}", NAME),
        (f"{shelf} {other_names} {row.keywords or ''}", 0.9),
        (f"{row.brand or ''} {colours}", 0.8),
        (f"{uses} {' '.join(facts)}", 0.6),
        (told, 0.4),
    )
    head = f"{row.name_pl}, {row.name_en}. {row.keywords or ''}. {shelf}."
    return Document(row.id, words, ((head, 1.0), (f"{told} {uses}".strip(), 0.6)), row.category or "")


def _article(slug: str, rows: list[Article]) -> Document[str]:
    words: list[tuple[str, float]] = []
    meaning: list[tuple[str, float]] = []
    for row in rows:
        words += [(row.title, NAME), (row.keywords or "", NAME), (row.summary, 0.4), (row.body, 0.2)]
        meaning += [(row.title, 1.0), (row.keywords or row.title, 1.0), (row.body, 0.5)]
    return Document(slug, words, meaning)
