"""Products: finding them as customers name them, saying what is in stock and what it costs now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.domain.text import fold, words
from bot.shop.lexical import similarity, stem
from bot.shop.search import found, search_of
from bot.shop.search_index import FAR_ENOUGH, Mixture
from bot.storage.shop import Category, Product, Promotion, Variant

_CHATTER = """
    rozmiar rozmiarze rozmiaru kolor kolorze koloru dostepny dostepna dostepne sklep sklepie kosztuje kosztuja
    cena cene size colour color available price cost costs shop order zamowienie zamowienia paczka xs s m l xl
    xxl
"""
MIXTURE = Mixture(meaning=0.7, alone=0.8, floor=0.43, chatter=frozenset(_CHATTER.split()))
"""Under its floor a product is not an answer."""
UNASKED = 0.03
"""What a word of the name that was not asked for takes off, between products that are found."""
SEEN = 20
LOOKED_AT = 1000
"""Products found that filters are tried on at a time, at most."""


@dataclass(frozen=True, slots=True)
class ProductHit:
    """A product found (with its variants) and how well it answers, 0…1: words covered and likeness of meaning in one."""

    product: Product
    score: float


@dataclass(frozen=True, slots=True)
class Availability:
    """Of the variants asked for: those matching, pieces free to sell, sizes and colours in stock, the next delivery."""

    variants: tuple[Variant, ...]
    free: int
    sizes: tuple[str, ...]
    colours_pl: tuple[str, ...]
    colours_en: tuple[str, ...]
    restock_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Price:
    """What is paid now, the regular price, and why they differ. `lowest_30_days` must be shown with a price cut."""

    amount: Decimal
    regular: Decimal
    promotion: Promotion | None
    lowest_30_days: Decimal | None


async def search_products(
    session: AsyncSession,
    text: str,
    language: str,
    limit: int = 5,
    *,
    category: str | None = None,
    size: str | None = None,
    colour: str | None = None,
    gender: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool = False,
) -> list[ProductHit]:
    """Products that answer `text`, best first, with variants loaded; empty when nothing is near enough.

    `gender` lets what is for everybody through; with `in_stock` a piece of that size and colour must be free."""
    wanted = await matching(session, text, language, FAR_ENOUGH, category)
    query = select(Product.id, Product.name_pl, Product.name_en, Product.price).where(Product.active)
    if category is not None:
        query = query.where(Product.category == category)
    if gender is not None:
        query = query.where(Product.gender.in_((gender, "unisex")))
    if min_price is not None:
        query = query.where(Product.price >= min_price)
    if max_price is not None:
        query = query.where(Product.price <= max_price)
    if in_stock:
        free = select(Variant.sku).where(Variant.product_id == Product.id, Variant.stock > Variant.reserved)
        query = query.where(free.exists())
    places, ids, at, step = list(wanted), list[str](), 0, SEEN
    while at < len(places) and len(ids) < limit:
        rows = (await session.execute(query.where(Product.id.in_(places[at : at + step])))).all()
        if rows and (size or colour):
            having = await _having(session, [row.id for row in rows], size, colour, in_stock)
            rows = [row for row in rows if row.id in having]
        ids += [row.id for row in in_order(rows, wanted, text, language)]
        # Few are looked at first: mostly they are enough.
        at, step = at + step, min(4 * step, LOOKED_AT)
    loaded = select(Product).where(Product.id.in_(ids[:limit])).options(selectinload(Product.variants))
    by_id = {item.id: item for item in await session.scalars(loaded)} if ids else {}
    return [ProductHit(by_id[one], round(wanted[one], 3)) for one in ids[:limit] if one in by_id]


async def matching(
    session: AsyncSession, text: str, language: str, limit: int, category: str | None = None
) -> dict[str, float]:
    """The ids of products (of a category) that answer `text`, best first, with how well each does."""
    search = search_of(session)
    index = await search.products.index(session)
    hits = await found(index, text, await search.questions.of(text), MIXTURE, category)
    return dict(hits[:limit])


def in_order(rows: Sequence[Any], scores: Mapping[str, float], text: str, language: str) -> list[Any]:
    """Best first. Of two nearly equals the plainer name: "buty Granit" are not in the first place the women's ones."""
    asked = {stem(word) for word in words(text)}

    def place(row: Any) -> tuple[float, Decimal, str]:
        name = row.name_pl if language == "pl" else row.name_en
        more = sum(stem(word) not in asked for word in words(name))
        return UNASKED * more - scores[row.id], row.price, row.id

    ranked = sorted(rows, key=lambda row: -scores[row.id])
    return sorted(ranked[:SEEN], key=place) + ranked[SEEN:]


async def _having(
    session: AsyncSession, ids: list[str], size: str | None, colour: str | None, in_stock: bool
) -> set[str]:
    """Those of the products that have a variant of the size and colour, free to sell if it must be."""
    columns = (Variant.product_id, Variant.size, Variant.colour_pl, Variant.colour_en, Variant.stock, Variant.reserved)
    query = select(*columns).where(Variant.product_id.in_(ids))
    return {
        row.product_id
        for row in (await session.execute(query)).all()
        if (not in_stock or row.stock > row.reserved)
        and (size is None or _same_size(row.size, size))
        and (colour is None or _same_colour(row, colour))
    }


async def find_product(session: AsyncSession, product_id: str) -> Product | None:
    """The product of that id with its variants."""
    query = select(Product).where(Product.id == product_id).options(selectinload(Product.variants))
    return (await session.scalars(query)).one_or_none()


async def products_in(session: AsyncSession, category: str, *, max_price: Decimal | None = None) -> list[Product]:
    """The active products of a category with their variants, cheapest first."""
    query = select(Product).where(Product.category == category, Product.active).order_by(Product.price, Product.id)
    if max_price is not None:
        query = query.where(Product.price <= max_price)
    return list(await session.scalars(query.options(selectinload(Product.variants))))


async def categories(session: AsyncSession) -> list[Category]:
    """The shop's categories."""
    return list(await session.scalars(select(Category).order_by(Category.id)))


def availability(product: Product, size: str | None = None, colour: str | None = None) -> Availability:
    """What of a product (its variants loaded) is free to sell, in a size and colour if given, in either language."""
    matching = [
        item
        for item in product.variants
        if (size is None or _same_size(item.size, size)) and (colour is None or _same_colour(item, colour))
    ]
    free = [item for item in matching if free_pieces(item) > 0]
    in_stock = {item.size for item in free}
    days = [item.restock_on for item in matching if item.restock_on]
    return Availability(
        variants=tuple(matching),
        free=sum(free_pieces(item) for item in free),
        sizes=tuple(size for size in _distinct(item.size for item in product.variants) if size in in_stock),
        colours_pl=_distinct(item.colour_pl for item in free),
        colours_en=_distinct(item.colour_en for item in free),
        restock_on=min(days, default=None),
    )


def free_pieces(variant: Variant) -> int:
    """Pieces in stock that are promised to nobody."""
    return max(0, variant.stock - variant.reserved)


def price_of(item: Product | Variant, promotions: Sequence[Promotion], now: dt.datetime) -> Price:
    """The best price at `now` under `promotions` that need no coupon. A variant must have its product loaded."""
    product = item if isinstance(item, Product) else item.product
    regular = product.price if isinstance(item, Product) else item.price or product.price
    amount, promotion = best_price(product.id, product.category, regular, promotions, now)
    return Price(amount, regular, promotion, product.lowest_price_30_days if promotion else None)


def best_price(
    product_id: str, category: str | None, regular: Decimal, promotions: Sequence[Promotion], now: dt.datetime
) -> tuple[Decimal, Promotion | None]:
    """What is paid for a product of that regular price, and under which promotion, if any."""
    amount, best = regular, None
    for promotion in promotions:
        if promotion.coupon or not runs(promotion, now) or not covers(promotion, product_id, category):
            continue
        if discounted(regular, promotion) < amount:
            amount, best = discounted(regular, promotion), promotion
    return amount, best


def discounted(price: Decimal, promotion: Promotion) -> Decimal:
    """The price under a promotion: percent first, then amount, never below zero."""
    after = price * (100 - (promotion.percent or 0)) / 100 - (promotion.amount or 0)
    return max(Decimal(0), after.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _same_size(known: str | None, asked: str) -> bool:
    return known is not None and fold(known).replace(",", ".") == fold(asked).replace(",", ".")


def _same_colour(variant: Any, asked: str) -> bool:
    known = words(f"{variant.colour_pl or ''} {variant.colour_en or ''}")
    return any(similarity(word, other) >= 0.8 for word in words(asked) for other in known)


def runs(promotion: Promotion, now: dt.datetime) -> bool:
    """True while the promotion lasts."""
    started = promotion.starts_at is None or promotion.starts_at <= now
    return started and (promotion.ends_at is None or promotion.ends_at > now)


def covers(promotion: Promotion, product_id: str, category: str | None) -> bool:
    """True if a promotion is for that product."""
    if promotion.scope == "category":
        return promotion.target == category
    return promotion.scope == "all" or promotion.target == product_id
