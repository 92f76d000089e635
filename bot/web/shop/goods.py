"""Products as a page shows them: what they cost, what is left, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from babel.dates import format_date

from bot.services.wording import money
from bot.shop.browsing import size_order
from bot.shop.catalogue import availability, best_price, free_pieces
from bot.shop.days import local_day
from bot.shop.pictures import picture_address
from bot.storage.shop import Product, Promotion, Variant
from bot.web.shop.pages import Visit

FEW = 3
"""That many pieces left are counted out."""


@dataclass(frozen=True)
class PriceTag:
    """What to pay. With a price cut also what the law wants beside it, and the cut counted from that price."""

    amount: str
    is_from: bool
    regular: str = ""
    lowest: str = ""
    percent: int = 0
    name: str = ""
    until: str = ""


@dataclass(frozen=True)
class Tile:
    """A product among others. `state` is in, few or out."""

    id: str
    name: str
    brand: str
    image: str | None
    price: PriceTag
    state: str
    colours: int


@dataclass(frozen=True)
class Pick:
    """One size of one colour: `state` in, few or out, its words, and the words to ask the assistant for it."""

    size: str
    state: str
    words: str
    notify: str


@dataclass(frozen=True)
class ColourRow:
    name: str
    picks: list[Pick]


def tile(visit: Visit, product: Product, promotions: Sequence[Promotion], now: dt.datetime) -> Tile:
    free = availability(product).free
    return Tile(
        id=product.id,
        name=visit.own(product, "name"),
        brand=product.brand or "",
        image=picture_address(product.image),
        price=price_tag(visit, product, promotions, now),
        state="out" if not free and product.variants else "few" if 0 < free <= FEW else "in",
        colours=len({item.colour_pl for item in product.variants if item.colour_pl}),
    )


def price_tag(visit: Visit, product: Product, promotions: Sequence[Promotion], now: dt.datetime) -> PriceTag:
    regulars = {item.price or product.price for item in product.variants} or {product.price}
    regular = min(regulars)
    amount, promotion = best_price(product.id, product.category, regular, promotions, now)
    shown, is_from = money(amount, visit.language), len(regulars) > 1
    if promotion is None:
        return PriceTag(shown, is_from)
    lowest, until = product.lowest_price_30_days, promotion.ends_at
    return PriceTag(
        shown,
        is_from,
        regular=money(regular, visit.language),
        lowest=money(lowest, visit.language) if lowest else "",
        percent=_percent(lowest or regular, amount),
        name=visit.own(promotion, "name"),
        until=short_day(visit, local_day(until)) if until else "",
    )


def _percent(before: Decimal, amount: Decimal) -> int:
    """The cut in whole percent, rounded down. The law counts it from the lowest price of 30 days."""
    return max(0, int((before - amount) * 100 / before)) if before else 0


def colour_rows(visit: Visit, product: Product) -> list[ColourRow]:
    """What is left of each size, colour by colour, as the shop orders them."""
    name = visit.own(product, "name")
    rows = []
    for colour, variants in groupby(product.variants, key=lambda item: visit.own(item, "colour")):
        ordered = sorted(variants, key=lambda item: size_order(item.size or ""))
        rows.append(ColourRow(colour, [_pick(visit, name, item, colour) for item in ordered]))
    return rows


def _pick(visit: Visit, name: str, variant: Variant, colour: str) -> Pick:
    free = free_pieces(variant)
    if free:
        words = visit.say("last_pieces", count=free) if free <= FEW else visit.say("stock_in")
        return Pick(variant.size or "", "few" if free <= FEW else "in", words, "")
    words = visit.say("stock_out")
    if variant.restock_on:
        words += ", " + visit.say("restock", day=short_day(visit, variant.restock_on))
    called = ", ".join(
        part for part in (colour, f"{visit.say('size').lower()} {variant.size}" if variant.size else "") if part
    )
    return Pick(variant.size or "", "out", words, visit.say("notify_text", name=name, variant=called))


def short_day(visit: Visit, day: dt.date) -> str:
    """`12.12` or `12 Dec`; the words around it say what it is about."""
    return str(format_date(day, "d.MM" if visit.language == "pl" else "d MMM", locale=visit.language))
