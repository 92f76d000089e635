"""Complaints: defects and broken parcels. The shop answers within 14 days or the complaint is deemed accepted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.days import local_day
from bot.shop.errors import ShopRefused
from bot.shop.returns import next_number
from bot.storage.shop import Complaint, Order, OrderLine

ANSWER_DAYS = 14
REMEDIES = ("repair", "replacement", "price_reduction", "refund")
KINDS = ("defect", "damaged_parcel", "wrong_item", "missing_item", "not_delivered", "not_received")


def open_complaint(
    session: AsyncSession,
    order: Order,
    line: OrderLine | None,
    description: str,
    remedy: str,
    now: dt.datetime,
    *,
    kind: str = "defect",
    since: str | None = None,
) -> Complaint:
    """Add a complaint about a line (or the whole order) to the session and to `order.complaints`.

    Raises ShopRefused: unknown_remedy, unknown_kind, unknown_line, no_description.
    """
    if remedy not in REMEDIES:
        raise ShopRefused("unknown_remedy", remedy=remedy)
    if kind not in KINDS:
        raise ShopRefused("unknown_kind", kind=kind)
    if line is not None and line.order_number != order.number:
        raise ShopRefused("unknown_line", line=line.id)
    if not description.strip():
        raise ShopRefused("no_description")
    opened = Complaint(
        number=next_number("RK", order.number, [item.number for item in order.complaints]),
        line=line,
        kind=kind,
        description=description.strip(),
        since=since,
        remedy=remedy,
        status="open",
        created_at=now,
        due_on=local_day(now) + dt.timedelta(days=ANSWER_DAYS),
        source="chat",
    )
    order.complaints.append(opened)
    session.add(opened)
    return opened


async def complaints_of(session: AsyncSession, customer_id: str, limit: int = 10) -> list[Complaint]:
    """The customer's complaints, newest first."""
    query = select(Complaint).join(Complaint.order).where(Order.customer_id == customer_id)
    return list(await session.scalars(query.order_by(Complaint.created_at.desc()).limit(limit)))
