"""The catalogue as a visitor walks through it: search, filters, order, pages. A handful of queries, however large."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.shop.catalogue import in_order, matching, runs
from bot.shop.search_phrases import read_prices
from bot.storage.shop import Category, Product, Promotion, Variant

FOUND = 400
"""Products a search may find: far more than anybody looks through."""
NEAR = 0.7
"""Of the best one's score: with tents found, a lamp "for the tent" is no answer, least of all as the cheapest one."""
SORTS = ("best", "price_up", "price_down")
LETTER_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor looks for. A `size` must be free to sell; prices are what is paid now; `sort` is one of SORTS."""

    text: str = ""
    category: str | None = None
    size: str | None = None
    in_stock: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    sort: str = "best"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of what was found, with variants loaded, and how many there are in all."""

    products: list[Product]
    total: int


async def browse(
    session: AsyncSession,
    wish: Wish,
    language: str,
    promotions: Sequence[Promotion],
    now: dt.datetime,
    *,
    page: int,
    per_page: int,
) -> Shelf:
    """The `page`th page (from 1) of the products that fit the wish; an empty one past the end."""
    asked = read_prices(wish.text)
    wish = replace(wish, least=wish.least or asked.least, most=wish.most or asked.most)
    scores = await matching(session, asked.text, language, FOUND) if asked.text else {}
    if asked.text and not scores:
        return Shelf([], 0)
    near = max(scores.values(), default=0) * NEAR
    scores = {one: score for one, score in scores.items() if score >= near}
    paid = _paid(session, [one for one in promotions if not one.coupon and runs(one, now)])
    fitting = _fitting(wish, scores, paid)
    first = (page - 1) * per_page
    if scores and wish.sort == "best":
        # The index knows how well each of the few fits, the database does not.
        rows = (await session.execute(fitting)).all()
        ranked = in_order(rows, scores, asked.text, language)
        return Shelf(await _loaded(session, [row.id for row in ranked[first : first + per_page]]), len(rows))
    total = await session.scalar(select(func.count()).select_from(fitting.subquery())) or 0
    rows = (await session.execute(fitting.order_by(*_order(wish, paid)).limit(per_page).offset(first))).all()
    return Shelf(await _loaded(session, [row.id for row in rows]), total)


async def sizes_in(session: AsyncSession, category: str) -> list[str]:
    """The sizes a category's products come in, smallest first."""
    query = select(Variant.size).join(Product, Product.id == Variant.product_id).distinct()
    query = query.where(Product.category == category, Product.active, Variant.size.is_not(None))
    return sorted((size for size in await session.scalars(query) if size), key=size_order)


async def similar_products(session: AsyncSession, product: Product, limit: int = 4) -> list[Product]:
    """Others of the same category, those of the nearest price first, with variants loaded."""
    query = select(Product).where(Product.category == product.category, Product.id != product.id, Product.active)
    nearest = query.order_by(func.abs(Product.price - product.price), Product.id).limit(limit)
    return list(await session.scalars(nearest.options(selectinload(Product.variants))))


@dataclass(frozen=True, slots=True)
class Department:
    """A category that has something to sell, and the picture of one of its products."""

    category: Category
    image: str | None


async def departments(session: AsyncSession) -> list[Department]:
    """The categories with products in them, those with most of them in front."""
    query = select(Category, func.min(Product.image)).join(Product, Product.category == Category.id)
    query = query.where(Product.active).group_by(Category.id).order_by(func.count().desc(), Category.id)
    return [Department(category, image) for category, image in await session.execute(query)]


def size_order(size: str) -> tuple[int, float, str]:
    """A key that puts XS before S and 38 before 42."""
    upper = size.upper()
    if upper in LETTER_SIZES:
        return 1, LETTER_SIZES.index(upper), size
    digits = "".join(letter if letter.isdigit() or letter in ".," else " " for letter in size).replace(",", ".").split()
    try:
        return 0, float(digits[0]), size
    except (IndexError, ValueError):
        return 2, 0, size


def _paid(session: AsyncSession, promotions: Sequence[Promotion]) -> ColumnElement[int]:
    """What is paid for a product, in grosze: `catalogue.best_price` as the database reckons it."""
    regular = type_coerce(Product.price, Integer)
    prices: list[ColumnElement[int]] = [regular]
    for one in promotions:
        cut = (regular * (100 - (one.percent or 0)) + 50) // 100 - int((one.amount or 0) * 100)
        covered = {"category": Product.category == one.target, "product": Product.id == one.target}.get(one.scope)
        prices.append(cut if covered is None else case((covered, cut), else_=regular))
    if len(prices) == 1:
        return regular
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    least, most = (func.least, func.greatest) if is_postgresql else (func.min, func.max)
    return type_coerce(most(0, least(*prices)), Integer)


def _fitting(wish: Wish, scores: Mapping[str, float], paid: ColumnElement[int]) -> Select[str, str, str, Decimal, int]:
    query = select(Product.id, Product.name_pl, Product.name_en, Product.price, paid.label("paid")).where(
        Product.active
    )
    if scores:
        query = query.where(Product.id.in_(scores))
    if wish.category:
        query = query.where(Product.category == wish.category)
    if wish.size or wish.in_stock:
        free = select(Variant.sku).where(Variant.product_id == Product.id, Variant.stock > Variant.reserved)
        query = query.where((free.where(Variant.size == wish.size) if wish.size else free).exists())
    if wish.least is not None:
        query = query.where(paid >= int(wish.least * 100))
    if wish.most is not None:
        query = query.where(paid <= int(wish.most * 100))
    return query


def _order(wish: Wish, paid: ColumnElement[int]) -> list[Any]:
    """By price, or one of each category in turn, so that the first page shows what the shop sells."""
    if wish.sort == "price_up":
        return [paid, Product.id]
    if wish.sort == "price_down":
        return [paid.desc(), Product.id]
    turn = func.row_number().over(partition_by=Product.category, order_by=Product.id)
    size = func.count().over(partition_by=Product.category)
    return [turn, size.desc(), Product.category, Product.id]


async def _loaded(session: AsyncSession, ids: list[str]) -> list[Product]:
    query = select(Product).where(Product.id.in_(ids)).options(selectinload(Product.variants))
    by_id = {item.id: item for item in await session.scalars(query)}
    return [by_id[one] for one in ids if one in by_id]
