"""Exchanges: another size or colour of the same product, kept aside for the customer until the first one is back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.days import local_day
from bot.shop.errors import ShopRefused
from bot.shop.returns import STATUTORY_DAYS, check_return, label_code, next_number
from bot.storage.shop import Exchange, Order, OrderLine, Variant

AT_ONCE = 200


def open_exchange(
    session: AsyncSession,
    order: Order,
    line: OrderLine,
    variant: Variant,
    now: dt.datetime,
    *,
    reason: str | None = None,
    quantity: int = 1,
    shop_days: int = STATUTORY_DAYS,
) -> Exchange:
    """Add an exchange of `quantity` pieces of a line for `variant`, which is reserved, to the session and the order.

    Raises ShopRefused: the reasons of a return, or other_product, same_variant, out_of_stock, too_many.
    """
    check = check_return(order, local_day(now), shop_days)
    refused = {item.line.id: item.reason for item in check.refused}
    most = {item.line.id: item.quantity for item in check.lines}
    if line.id not in most:
        raise ShopRefused(refused.get(line.id, "unknown_line"), line=line.id)
    if not 1 <= quantity <= most[line.id]:
        raise ShopRefused("too_many", line=line.id, left=most[line.id])
    if variant.product_id != line.variant.product_id:
        raise ShopRefused("other_product", sku=variant.sku)
    if variant.sku == line.sku:
        raise ShopRefused("same_variant", sku=variant.sku)
    if variant.stock - variant.reserved < quantity:
        raise ShopRefused("out_of_stock", sku=variant.sku)
    # In SQL, so that of two customers reserving at once neither is forgotten; and of two who want the last piece the
    # second one's NULL is refused by the database: their turn is run again and finds none left.
    left = Variant.stock - Variant.reserved
    variant.reserved = case((left >= quantity, Variant.reserved + quantity), else_=None)
    opened = Exchange(
        number=next_number("WY", order.number, [item.number for item in order.exchanges]),
        line=line,
        line_id=line.id,
        new_variant=variant,
        new_sku=variant.sku,
        quantity=quantity,
        price_difference=price_difference(line, variant, quantity),
        status="opened",
        reason=reason,
        label_code=label_code(),
        created_at=now,
        send_back_by=local_day(now) + dt.timedelta(days=STATUTORY_DAYS),
        source="chat",
    )
    order.exchanges.append(opened)
    session.add(opened)
    return opened


def price_difference(line: OrderLine, variant: Variant, quantity: int = 1) -> Decimal:
    """What the customer pays on top for that variant; less than nothing is paid back."""
    product = line.variant.product
    return ((variant.price or product.price) - (line.variant.price or product.price)) * quantity


async def cancel_exchange(session: AsyncSession, number: str) -> bool:
    """Call off an exchange whose goods are still with the customer, and give its pieces back to the shelf."""
    found = await session.get(Exchange, number)
    if found is None or found.status != "opened":
        return False
    found.status = "cancelled"
    variant = await session.get_one(Variant, found.new_sku)
    # Never below none: an import may have counted anew meanwhile.
    rest = Variant.reserved - found.quantity
    variant.reserved = case((rest > 0, rest), else_=0)
    return True


async def release_expired(session: AsyncSession, today: dt.date) -> list[str]:
    """Call off the exchanges opened in the chat whose goods were not sent back in time. Returns their numbers."""
    over = (Exchange.status == "opened") & (Exchange.source == "chat") & (Exchange.send_back_by < today)
    expired = list(await session.scalars(select(Exchange.number).where(over).order_by(Exchange.number).limit(AT_ONCE)))
    return [number for number in expired if await cancel_exchange(session, number)]
