"""Products: finding them as customers name them, saying what is in stock and what it costs now."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.domain.text import fold, words
from bot.shop.index_cache import IndexCache
from bot.shop.lexical import NAME, LexicalIndex, similarity
from bot.storage.shop import Category, Product, Promotion, Variant

FLOOR = 0.5
"""Below this share of the question covered, a product is not an answer."""

_CHATTER = """
    rozmiar rozmiarze rozmiaru kolor kolorze koloru dostepny dostepna dostepne sklep sklepie kosztuje kosztuja
    cena cene size colour color available price cost costs shop order zamowienie zamowienia paczka xs s m l xl
    xxl
"""
_indexes: IndexCache[str] = IndexCache()


@dataclass(frozen=True, slots=True)
class ProductHit:
    """A product found (with its variants) and how much of the question it covers, 0…1."""

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
    max_price: Decimal | None = None,
    in_stock: bool = False,
) -> list[ProductHit]:
    """Products that answer `text`, best first, with variants loaded; empty when nothing is near enough."""
    wanted = await matching(session, text, language, 50)
    if not wanted:
        return []
    query = select(Product).where(Product.id.in_(wanted), Product.active).options(selectinload(Product.variants))
    if category is not None:
        query = query.where(Product.category == category)
    if max_price is not None:
        query = query.where(Product.price <= max_price)
    found = [item for item in await session.scalars(query) if not in_stock or availability(item).free > 0]
    # Between equals the plainer name: "buty Granit" are not in the first place the women's ones.
    found.sort(key=lambda item: (-round(wanted[item.id], 1), len(item.name_pl), item.price))
    return [ProductHit(item, round(wanted[item.id], 3)) for item in found[:limit]]


async def matching(session: AsyncSession, text: str, language: str, limit: int) -> dict[str, float]:
    """The ids of products that answer `text`, best first, with how much of it each covers."""
    index = await _indexes.get(session, Product.updated_at, language, _build)
    return dict(index.search(text, limit, FLOOR))


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
    days = [item.restock_on for item in matching if item.restock_on]
    return Availability(
        variants=tuple(matching),
        free=sum(free_pieces(item) for item in free),
        sizes=_distinct(item.size for item in free),
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
        if promotion.coupon or not runs(promotion, now) or not _covers(promotion, product_id, category):
            continue
        if discounted(regular, promotion) < amount:
            amount, best = discounted(regular, promotion), promotion
    return amount, best


def discounted(price: Decimal, promotion: Promotion) -> Decimal:
    """The price under a promotion: percent first, then amount, never below zero."""
    after = price * (100 - (promotion.percent or 0)) / 100 - (promotion.amount or 0)
    return max(Decimal(0), after.quantize(Decimal("0.01"), ROUND_HALF_UP))


async def _build(session: AsyncSession, language: str) -> LexicalIndex[str]:
    shelves = {row.id: f"{row.name_pl} {row.name_en} {row.keywords or ''}" for row in await categories(session)}
    query = select(Product).where(Product.active).options(selectinload(Product.variants))
    documents = [(item.id, _texts(item, shelves, language)) for item in await session.scalars(query)]
    return await asyncio.to_thread(LexicalIndex, documents, _CHATTER.split())


def _texts(item: Product, shelves: dict[str, str], language: str) -> list[tuple[str, float]]:
    own = "pl" if language == "pl" else "en"
    attributes = " ".join(str(value) for value in item.attributes.get(own, {}).values())
    colours = " ".join(f"{variant.colour_pl or ''} {variant.colour_en or ''}" for variant in item.variants)
    return [
        (f"{item.name_pl} {item.name_en}", NAME),
        (f"{shelves.get(item.category or '', item.category or '')} {item.keywords or ''}", 0.9),
        (f"{item.brand or ''} {colours}", 0.8),
        (f"{getattr(item, f'use_{own}') or ''} {attributes}", 0.6),
        (getattr(item, f"description_{own}") or "", 0.4),
    ]


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _same_size(known: str | None, asked: str) -> bool:
    return known is not None and fold(known).replace(",", ".") == fold(asked).replace(",", ".")


def _same_colour(variant: Variant, asked: str) -> bool:
    known = words(f"{variant.colour_pl or ''} {variant.colour_en or ''}")
    return any(similarity(word, other) >= 0.8 for word in words(asked) for other in known)


def runs(promotion: Promotion, now: dt.datetime) -> bool:
    """True while the promotion lasts."""
    started = promotion.starts_at is None or promotion.starts_at <= now
    return started and (promotion.ends_at is None or promotion.ends_at > now)


def _covers(promotion: Promotion, product_id: str, category: str | None) -> bool:
    if promotion.scope == "category":
        return promotion.target == category
    return promotion.scope == "all" or promotion.target == product_id
