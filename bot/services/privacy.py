"""A customer's rights over their data: everything known about them in one document, and erasure."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.storage.base import Base
from bot.storage.database import Database
from bot.storage.shop import Complaint, Customer, Exchange, Invoice, Order, OrderChange, Payment, Return, Shipment
from bot.storage.tables import (
    Attachment,
    ChannelEvent,
    ChannelLink,
    Conversation,
    EventRecord,
    Fact,
    Feedback,
    Message,
    OneTimeLink,
    Promise,
    TurnRecord,
    Unrecognised,
    VerificationAttempt,
)

PER_ORDER = (Payment, Shipment, Return, Exchange, Complaint, Invoice, OrderChange)
PER_CONVERSATION = (
    ChannelLink,
    Message,
    Attachment,
    Fact,
    OneTimeLink,
    Promise,
    Feedback,
    TurnRecord,
    Unrecognised,
    VerificationAttempt,
    EventRecord,
)


async def export(database: Database, who: str) -> dict[str, Any]:
    """Everything stored about a customer id or an e-mail, table by table. Raises NotFound when there is nothing."""
    async with database.read() as session:
        customers, conversations = await _known(session, who)
        ids = [customer.id for customer in customers]
        orders = list(await session.scalars(select(Order).where(Order.customer_id.in_(ids))))
        numbers = [order.number for order in orders]
        document: dict[str, Any] = {"customers": _rows(customers), "orders": _rows(orders)}
        for table in PER_ORDER:
            rows = await session.scalars(select(table).where(table.order_number.in_(numbers)))
            document[table.__tablename__] = _rows(list(rows))
        document["conversations"] = _rows(conversations)
        for part in PER_CONVERSATION:
            rows = await session.scalars(select(part).where(part.conversation_id.in_([c.id for c in conversations])))
            document[part.__tablename__] = _rows(list(rows))
    return document


async def forget(database: Database, who: str, now: dt.datetime, attachments: Path) -> dict[str, int]:
    """Erase a customer's conversations, with files, and make their shop records nameless.

    Orders and payments stay, without name, address, e-mail and phone; issued invoices stay whole, as tax law asks; a
    complaint keeps its words until it is answered. Returns what was erased and how many; raises NotFound for nobody.
    """
    async with database.write() as session:
        customers, conversations = await _known(session, who)
        ids = [conversation.id for conversation in conversations]
        files = list(await session.scalars(select(Attachment.id).where(Attachment.conversation_id.in_(ids))))
        customer_ids = [customer.id for customer in customers]
        await session.execute(
            update(Order)
            .where(Order.customer_id.in_(customer_ids))
            .values(email=None, phone=None, recipient=None, street=None, postcode=None, city=None, note=None)
        )
        numbers = select(Order.number).where(Order.customer_id.in_(customer_ids))
        await session.execute(
            update(Return).where(Return.order_number.in_(numbers)).values(reason=None, refund_account=None)
        )
        await session.execute(update(Exchange).where(Exchange.order_number.in_(numbers)).values(reason=None))
        changes = update(OrderChange).where(OrderChange.order_number.in_(numbers))
        await session.execute(changes.values(before={}, after={}))
        over = or_(Complaint.answered_at.is_not(None), Complaint.status == "withdrawn")
        theirs_over = Complaint.order_number.in_(numbers) & over
        await session.execute(update(Complaint).where(theirs_over).values(description="", since=None))
        for customer in customers:
            customer.name, customer.email, customer.phone = "", None, None
            customer.street = customer.postcode = customer.city = customer.company = customer.nip = None
            customer.consents = {}
        theirs = select(ChannelLink.channel, ChannelLink.address).where(ChannelLink.conversation_id.in_(ids))
        for channel, address in (await session.execute(theirs)).all():
            waiting = (ChannelEvent.channel == channel) & (ChannelEvent.address == address)
            await session.execute(delete(ChannelEvent).where(waiting))
        # Somebody may have asked for a link to their account in a conversation of their own.
        await session.execute(delete(OneTimeLink).where(OneTimeLink.customer_id.in_(customer_ids)))
        # Everything that belongs to a conversation goes with it (ON DELETE CASCADE).
        await session.execute(delete(Conversation).where(Conversation.id.in_(ids)))
    for name in files:
        (attachments / name).unlink(missing_ok=True)
    return {"customers": len(customers), "conversations": len(ids), "files": len(files)}


async def _known(session: AsyncSession, who: str) -> tuple[list[Customer], list[Conversation]]:
    who = who.strip()
    is_them = or_(Customer.id == who, Customer.email == who.lower())
    customers = list(await session.scalars(select(Customer).where(is_them)))
    emails = [who.lower(), *(customer.email for customer in customers if customer.email)]
    told = select(Fact.conversation_id).where(Fact.key == "email", Fact.value.in_(emails))
    theirs = or_(Conversation.customer_id.in_([customer.id for customer in customers]), Conversation.id.in_(told))
    conversations = list(await session.scalars(select(Conversation).where(theirs)))
    if not customers and not conversations:
        raise NotFound(f"nothing is known about {who!r}: give a customer id or an e-mail")
    return customers, conversations


def _rows(rows: list[Any]) -> list[dict[str, Any]]:
    return [_row(row) for row in rows]


def _row(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
