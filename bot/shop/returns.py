"""Returns of sound goods: what may still be sent back, until when, for how much, and opening one."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.shop.days import local_day
from bot.shop.errors import ShopRefused
from bot.shop.orders import DELIVERED
from bot.storage.shop import Order, OrderLine, Return, ReturnLine

STATUTORY_DAYS = 14
"""Days to withdraw from a distance contract, to send the goods back, and for the shop to pay (Polish consumer law)."""
REFUND_METHODS = ("original", "bank_transfer", "gift_card")


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    line: OrderLine
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """`reason`: not_delivered, too_late, already_returned, not_returnable."""

    line: OrderLine
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnCheck:
    """What of an order may go back today. `final_day` is None until the last item came, or if its day is unknown."""

    lines: tuple[ReturnableLine, ...]
    refused: tuple[RefusedLine, ...]
    final_day: dt.date | None
    statutory_day: dt.date | None
    amount: Decimal
    delivery_refund: Decimal

    @property
    def allowed(self) -> bool:
        return bool(self.lines)

    @property
    def reason(self) -> str | None:
        """Why nothing may go back: the reason of most lines; None if something may."""
        reasons = [item.reason for item in self.refused]
        return None if self.lines or not reasons else max(reasons, key=reasons.count)


def check_return(order: Order, today: dt.date, shop_days: int) -> ReturnCheck:
    """What of the order may be returned today; `shop_days` counts where it is longer than the law's 14."""
    arrived = _last_arrival(order)
    final_day = arrived + dt.timedelta(days=max(STATUTORY_DAYS, shop_days)) if arrived else None
    lines: list[ReturnableLine] = []
    refused: list[RefusedLine] = []
    for line in order.lines:
        left = quantity_left(order, line)
        reason = _refusal(order, line, left, final_day, today)
        if reason:
            refused.append(RefusedLine(line, reason))
        else:
            lines.append(ReturnableLine(line, left, line.unit_price * left))
    whole = bool(lines) and not refused and all(item.quantity == item.line.quantity for item in lines)
    return ReturnCheck(
        lines=tuple(lines),
        refused=tuple(refused),
        final_day=final_day,
        statutory_day=arrived + dt.timedelta(days=STATUTORY_DAYS) if arrived else None,
        amount=sum((item.amount for item in lines), Decimal(0)),
        delivery_refund=order.delivery_price if whole else Decimal(0),
    )


def open_return(
    session: AsyncSession,
    order: Order,
    lines: Mapping[str, int],
    reason: str | None,
    refund_method: str,
    now: dt.datetime,
    *,
    shop_days: int = STATUTORY_DAYS,
    refund_account: str | None = None,
) -> Return:
    """Add a return of `{line id: quantity}` to the session and to `order.returns`.

    Raises ShopRefused (not_delivered, too_late, already_returned, not_returnable, too_many, nothing_chosen,
    unknown_line, unknown_refund_method) if it is not possible now, whatever an earlier check said.
    """
    today = local_day(now)
    check = check_return(order, today, shop_days)
    _require(check, lines, refund_method)
    chosen = {item.line.id: item for item in check.lines if item.line.id in lines}
    amount = sum((item.line.unit_price * lines[key] for key, item in chosen.items()), Decimal(0))
    if all(lines.get(line.id) == line.quantity for line in order.lines):
        amount += check.delivery_refund
    opened = Return(
        number=next_number("ZW", order.number, [item.number for item in order.returns]),
        status="opened",
        reason=reason,
        refund_method=refund_method,
        refund_account=refund_account,
        refund_amount=amount,
        label_code=label_code(),
        created_at=now,
        send_back_by=today + dt.timedelta(days=STATUTORY_DAYS),
        refund_due_on=today + dt.timedelta(days=STATUTORY_DAYS),
        source="chat",
        lines=[ReturnLine(line=item.line, line_id=key, quantity=lines[key]) for key, item in chosen.items()],
    )
    order.returns.append(opened)
    session.add(opened)
    return opened


async def returns_of(session: AsyncSession, customer_id: str, limit: int = 10) -> list[Return]:
    """The customer's returns, newest first, with their lines."""
    query = select(Return).join(Return.order).where(Order.customer_id == customer_id)
    query = query.options(selectinload(Return.lines)).order_by(Return.created_at.desc()).limit(limit)
    return list(await session.scalars(query))


def quantity_left(order: Order, line: OrderLine) -> int:
    """How many pieces of a line are in neither a return nor an exchange that stands."""
    returned = sum(
        item.quantity
        for parent in order.returns
        if parent.status != "cancelled"
        for item in parent.lines
        if item.line_id == line.id
    )
    exchanged = sum(item.quantity for item in order.exchanges if item.line_id == line.id and item.status != "cancelled")
    return line.quantity - returned - exchanged


def next_number(prefix: str, order_number: str, taken: list[str]) -> str:
    """`ZW-100123-2` when `ZW-100123-1` is taken. Two at once collide on the primary key and one is rolled back."""
    start = f"{prefix}-{order_number}-"
    used = [int(number.removeprefix(start)) for number in taken if number.removeprefix(start).isdigit()]
    return f"{start}{max(used, default=0) + 1}"


def label_code() -> str:
    """Ten digits typed in at the parcel locker instead of a printed label."""
    return f"{secrets.randbelow(10**10):010d}"


def _refusal(order: Order, line: OrderLine, left: int, final_day: dt.date | None, today: dt.date) -> str | None:
    if not _has_arrived(order, line):
        return "not_delivered"
    if left <= 0:
        return "already_returned"
    if not line.variant.product.returnable:
        return "not_returnable"
    return "too_late" if final_day is not None and today > final_day else None


def _has_arrived(order: Order, line: OrderLine) -> bool:
    if order.status in DELIVERED:
        return True
    if order.status == "cancelled":
        return False
    parcels = [item for item in order.shipments if line.parcel is None or item.parcel == line.parcel]
    return bool(parcels) and all(item.status == "delivered" for item in parcels)


def _last_arrival(order: Order) -> dt.date | None:
    """The day the last item came: only then does the time to return begin to run, for every item."""
    if any(item.status != "delivered" for item in order.shipments) and order.status not in DELIVERED:
        return None
    arrivals = [item.delivered_at for item in order.shipments if item.delivered_at] + [order.delivered_at]
    return max((local_day(at) for at in arrivals if at), default=None)


def _require(check: ReturnCheck, lines: Mapping[str, int], refund_method: str) -> None:
    if refund_method not in REFUND_METHODS:
        raise ShopRefused("unknown_refund_method", method=refund_method)
    if not lines or any(quantity < 1 for quantity in lines.values()):
        raise ShopRefused("nothing_chosen")
    left = {item.line.id: item.quantity for item in check.lines}
    refused = {item.line.id: item.reason for item in check.refused}
    for key, quantity in lines.items():
        if key not in left:
            raise ShopRefused(refused.get(key, "unknown_line"), line=key)
        if quantity > left[key]:
            raise ShopRefused("too_many", line=key, left=left[key])
