"""Changes of an order that is not sent yet: cancelled, delivered elsewhere, other goods. Each one is logged.

The log (`order_changes`) says what was before and what is now, so that a change can be undone, seen at the desk, and
kept when the shop's files, which don't know of it yet, are imported (`bot/shop/taken_over.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.catalogue import free_pieces
from bot.shop.errors import ShopRefused
from bot.shop.orders import NOT_SENT
from bot.storage.shop import Order, OrderChange, OrderLine, Variant

LINE = ("position", "sku", "quantity", "unit_price", "parcel")
AMOUNTS = frozenset({"total", "delivery_price", "payment_fee", "unit_price"})
STILL_OPEN = OrderChange.undone_at.is_(None) & OrderChange.applied_at.is_(None) & OrderChange.overruled_at.is_(None)


def cancel_order(session: AsyncSession, order: Order, now: dt.datetime, conversation_id: str) -> OrderChange:
    """Cancel an order that is not sent; its goods are free for others. Raises ShopRefused: cancelled, sent."""
    _require_not_sent(order)
    change = _log(session, order, "cancel", now, conversation_id)
    _set(order, {"status": "cancelled", "cancelled_at": now}, change)
    for line in order.lines:
        _reserve(line.variant, -line.quantity, change)
    return change


def change_delivery(
    session: AsyncSession, order: Order, values: Mapping[str, Any], now: dt.datetime, conversation_id: str
) -> OrderChange:
    """Set columns of the order that say where, how and when it is delivered. Raises ShopRefused as `cancel_order`."""
    _require_not_sent(order)
    change = _log(session, order, "delivery", now, conversation_id)
    _set(order, values, change)
    return change


def change_line(
    session: AsyncSession,
    order: Order,
    line: OrderLine,
    now: dt.datetime,
    conversation_id: str,
    *,
    variant: Variant | None = None,
    quantity: int | None = None,
    delivery: Decimal,
) -> OrderChange:
    """Another variant or number of pieces of a line; 0 pieces take it out. `delivery` is what delivery costs then.

    Raises ShopRefused: those of `cancel_order`, out_of_stock, last_line (nothing would be left: cancel instead).
    """
    _require_not_sent(order)
    new, pieces = variant or line.variant, line.quantity if quantity is None else quantity
    if pieces == 0 and len(order.lines) == 1:
        raise ShopRefused("last_line", line=line.id)
    more = pieces if variant is not None else pieces - line.quantity
    if more > 0 and free_pieces(new) < more:
        raise ShopRefused("out_of_stock", sku=new.sku)
    price = line.unit_price + (price_step(line, new) if variant is not None else Decimal(0))
    change = _log(session, order, "item", now, conversation_id)
    if variant is not None:
        _reserve(line.variant, -line.quantity, change)
    _reserve(new, more, change)
    change.before = change.before | {"lines": {line.id: _columns(line)}}
    goods = sum((item.unit_price * item.quantity for item in order.lines if item is not line), price * pieces)
    if pieces == 0:
        change.after = change.after | {"lines": {line.id: None}}
        order.lines.remove(line)
        session.sync_session.delete(line)
    else:
        line.sku, line.variant, line.quantity, line.unit_price = new.sku, new, pieces, price
        change.after = change.after | {"lines": {line.id: _columns(line)}}
    _set(order, {"delivery_price": delivery, "total": goods + delivery + order.payment_fee}, change)
    return change


def price_step(line: OrderLine, variant: Variant) -> Decimal:
    """What one piece costs more as that variant; what was taken off its price when it was bought stays off."""
    product = line.variant.product
    return (variant.price or product.price) - (line.variant.price or product.price)


async def latest_change(session: AsyncSession, number: str, kind: str, conversation_id: str) -> OrderChange | None:
    """The last change of that kind made in this conversation which still stands and which nobody has taken over."""
    query = select(OrderChange).where(
        OrderChange.order_number == number,
        OrderChange.kind == kind,
        OrderChange.conversation_id == conversation_id,
        STILL_OPEN,
    )
    return (await session.scalars(query.order_by(OrderChange.id.desc()).limit(1))).first()


async def undo_change(session: AsyncSession, order: Order, change: OrderChange, now: dt.datetime) -> bool:
    """Put back what was before; False, and nothing changed, when the order has moved on or goods are gone."""
    now_says = {"order": _encoded(order, change.after.get("order", {}))}
    lines = {line.id: line for line in order.lines}
    still = {key: _columns(lines[key]) if key in lines else None for key in change.after.get("lines", {})}
    if now_says["order"] != change.after.get("order", {}) or still != change.after.get("lines", {}):
        return False
    back: dict[str, int] = {sku: -pieces for sku, pieces in change.after.get("reserved", {}).items()}
    variants = {sku: await session.get_one(Variant, sku) for sku in back}
    if any(free_pieces(variants[sku]) < pieces for sku, pieces in back.items() if pieces > 0):
        return False
    for sku, pieces in back.items():
        _set_reserved(variants[sku], pieces)
    for key, columns in change.before.get("lines", {}).items():
        values = {name: decoded(name, value) for name, value in columns.items()}
        if key in lines:
            for name, value in values.items():
                setattr(lines[key], name, value)
        else:
            session.add(OrderLine(id=key, order_number=order.number, **values))
    for name, value in change.before.get("order", {}).items():
        setattr(order, name, decoded(name, value))
    change.undone_at = now
    return True


def decoded(column: str, value: Any) -> Any:
    """A value of the log as the column holds it."""
    if value is None:
        return None
    if column in AMOUNTS:
        return Decimal(value)
    if column == "cancelled_at":
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if column == "expected_on" else value


def encoded(value: Any) -> Any:
    """A column's value as the log keeps it: JSON, amounts with two decimals."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def _require_not_sent(order: Order) -> None:
    if order.status not in NOT_SENT:
        raise ShopRefused("cancelled" if order.status == "cancelled" else "sent", number=order.number)


def _log(session: AsyncSession, order: Order, kind: str, now: dt.datetime, conversation_id: str) -> OrderChange:
    change = OrderChange(
        order_number=order.number,
        kind=kind,
        before={},
        after={},
        source="chat",
        conversation_id=conversation_id,
        created_at=now,
    )
    session.add(change)
    return change


def _set(order: Order, values: Mapping[str, Any], change: OrderChange) -> None:
    """Only what really changes is logged: the rest may change in the shop's files without being undone by ours."""
    new = {name: value for name, value in values.items() if getattr(order, name) != value}
    change.before = change.before | {"order": _encoded(order, new)}
    for name, value in new.items():
        setattr(order, name, value)
    change.after = change.after | {"order": _encoded(order, new)}


def _encoded(row: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: encoded(getattr(row, name)) for name in names}


def _columns(line: OrderLine) -> dict[str, Any]:
    return {name: encoded(getattr(line, name)) for name in LINE}


def _reserve(variant: Variant, pieces: int, change: OrderChange) -> None:
    if isinstance(variant.reserved, int):  # an expression once it was changed here
        pieces = max(pieces, -variant.reserved)  # what was not kept for the order is not given back, nor taken again
    if pieces:
        kept = change.after.get("reserved", {})
        change.after = change.after | {"reserved": kept | {variant.sku: kept.get(variant.sku, 0) + pieces}}
        _set_reserved(variant, pieces)


def _set_reserved(variant: Variant, pieces: int) -> None:
    # In SQL, so that of two customers at once neither is forgotten; never below nothing.
    if pieces > 0:
        variant.reserved = Variant.reserved + pieces
    elif pieces < 0:
        less = -pieces
        variant.reserved = case((Variant.reserved > less, Variant.reserved - less), else_=0)  # type: ignore[assignment]
