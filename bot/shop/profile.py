"""What the shop says about itself: contact, opening hours, ways to deliver and to pay, promotions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.returns import STATUTORY_DAYS
from bot.storage.shop import DeliveryMethod, PaymentMethod, Promotion, ShopSetting


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """The shop's profile: `name`, `phone`, `email`, `url`, `opening_hours_pl` … as the shop imported them."""

    values: Mapping[str, str]

    def get(self, key: str, language: str | None = None, default: str = "") -> str:
        """The value of `key`, in `language` if the profile has it (`opening_hours` → `opening_hours_pl`)."""
        found = self.values.get(f"{key}_{language}") if language else None
        return found or self.values.get(key) or default

    @property
    def return_days(self) -> int:
        """Days to return sound goods: the shop's own, never fewer than the law's."""
        days = self.values.get("return_days", "")
        return max(STATUTORY_DAYS, int(days)) if days.isdigit() else STATUTORY_DAYS


async def shop_profile(session: AsyncSession) -> ShopProfile:
    """The shop's profile; empty where none was imported."""
    return ShopProfile({row.key: row.value for row in await session.scalars(select(ShopSetting))})


async def delivery_methods(session: AsyncSession) -> list[DeliveryMethod]:
    """The ways to deliver, in the shop's order."""
    query = select(DeliveryMethod).order_by(DeliveryMethod.position, DeliveryMethod.code)
    return list(await session.scalars(query))


async def payment_methods(session: AsyncSession) -> list[PaymentMethod]:
    """The ways to pay, in the shop's order."""
    return list(await session.scalars(select(PaymentMethod).order_by(PaymentMethod.position, PaymentMethod.code)))


async def active_promotions(session: AsyncSession, now: dt.datetime) -> list[Promotion]:
    """The promotions that run at `now`, coupons included, those that end first in front.

    Asked for each product that is shown: a session remembers the answer.
    """
    known = session.info.get("promotions")
    if known is not None and known[0] == now:
        return list(known[1])
    started = or_(Promotion.starts_at.is_(None), Promotion.starts_at <= now)
    not_over = or_(Promotion.ends_at.is_(None), Promotion.ends_at > now)
    query = select(Promotion).where(started, not_over).order_by(Promotion.ends_at.nulls_last(), Promotion.id)
    running = list(await session.scalars(query))
    session.info["promotions"] = now, running
    return list(running)


def delivery_price(method: DeliveryMethod, goods: Decimal) -> Decimal:
    """What delivery costs for goods of that value."""
    return Decimal(0) if method.free_from is not None and goods >= method.free_from else method.price
