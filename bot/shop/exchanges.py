"""Exchanges: another size or colour of the same product, kept aside for the customer until the first one is back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.days import local_day
from bot.shop.errors import ShopRefused
from bot.shop.returns import STATUTORY_DAYS, check_return, label_code, next_number
from bot.storage.shop import Exchange, Order, OrderLine, Variant


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
    left = {item.line.id: item.quantity for item in check.lines}
    if line.id not in left:
        raise ShopRefused(refused.get(line.id, "unknown_line"), line=line.id)
    if not 1 <= quantity <= left[line.id]:
        raise ShopRefused("too_many", line=line.id, left=left[line.id])
    if variant.product_id != line.variant.product_id:
        raise ShopRefused("other_product", sku=variant.sku)
    if variant.sku == line.sku:
        raise ShopRefused("same_variant", sku=variant.sku)
    if variant.stock - variant.reserved < quantity:
        raise ShopRefused("out_of_stock", sku=variant.sku)
    # In SQL, so that of two customers reserving at once neither is forgotten.
    variant.reserved = Variant.reserved + quantity
    product = line.variant.product
    opened = Exchange(
        number=next_number("WY", order.number, [item.number for item in order.exchanges]),
        line=line,
        line_id=line.id,
        new_variant=variant,
        new_sku=variant.sku,
        quantity=quantity,
        price_difference=((variant.price or product.price) - (line.variant.price or product.price)) * quantity,
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
