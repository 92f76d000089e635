"""Coupons: finding the one a sentence names, and why it may not work."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.text import fold
from bot.shop.catalogue import best_price, covers
from bot.storage.shop import Order, Product, Promotion

_AFTER_THE_WORD = re.compile(
    r"\b(?:kod\w*|kupon\w*|code|coupon|voucher)\b(?: rabatow\w+| promocyjn\w+|:| o nazwie| called)* "
    r"['\"„”]?((?=\S*\d)[a-z0-9][\w-]{3,}|[A-Z][A-Z0-9-]{3,})",
    re.IGNORECASE,
)
_LIKE_A_CODE = re.compile(r"\b(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)[A-Z0-9-]{4,}\b")


@dataclass(frozen=True)
class Basket:
    """What is known of the purchase a coupon is for: a product, what the goods cost, earlier orders of the customer."""

    product: Product | None = None
    goods: Decimal | None = None
    orders: int = 0


async def coupons(session: AsyncSession) -> list[Promotion]:
    """Every promotion with a coupon, whether it runs or not."""
    return list(await session.scalars(select(Promotion).where(Promotion.coupon.is_not(None)).order_by(Promotion.id)))


def coupon_named(text: str, known: Sequence[Promotion]) -> tuple[str, Promotion | None] | None:
    """The code a text names, with its promotion if there is such a code; None when it names none."""
    said = re.findall(r"[\w-]+", fold(text))
    for promotion in known:
        if promotion.coupon and fold(promotion.coupon) in said:
            return promotion.coupon, promotion
    found = _LIKE_A_CODE.search(text)
    if found is not None:
        return found[0], None
    after = _AFTER_THE_WORD.search(text)
    # "kod nie działa" names none: a code has a digit or is written in capitals.
    code = after[1] if after is not None else ""
    return (code, None) if any(letter.isdigit() for letter in code) or (code and code.isupper()) else None


def coupon_problem(promotion: Promotion, basket: Basket, running: Sequence[Promotion], now: dt.datetime) -> str | None:
    """Why the coupon does not work for this basket; None when nothing known speaks against it.

    One of expired, not_started, not_covered, minimum, first_order, combined.
    """
    if promotion.ends_at is not None and promotion.ends_at <= now:
        return "expired"
    if promotion.starts_at is not None and promotion.starts_at > now:
        return "not_started"
    product = basket.product
    if product is not None and not covers(promotion, product.id, product.category):
        return "not_covered"
    if promotion.first_order and basket.orders:
        return "first_order"
    if promotion.minimum is not None and basket.goods is not None and basket.goods < promotion.minimum:
        return "minimum"
    if product is not None and best_price(product.id, product.category, product.price, running, now)[1] is not None:
        return "combined"
    return None


async def orders_placed(session: AsyncSession, customer_id: str) -> int:
    """Orders of a customer that were not cancelled: a coupon for the first one is used up by any."""
    mine = select(func.count()).where(Order.customer_id == customer_id, Order.status != "cancelled")
    return int(await session.scalar(mine) or 0)
