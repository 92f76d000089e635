"""The shop's side of a handoff: who the customer is, their orders, and the cases with a legal clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import masked_account
from bot.domain.dialogue import DialogueState
from bot.services.context_changes import changes_of
from bot.services.ledger import Ledger
from bot.shop.days import local_day
from bot.shop.orders import find_order, orders_of, status_of
from bot.storage.shop import Customer, Order, OrderLine
from bot.storage.tables import Attachment, ChannelLink, Conversation, User, VerificationAttempt

CLOSED = frozenset({"withdrawn", "refunded", "cancelled", "closed", "accepted", "rejected", "answered", "resolved"})
"""States of a return, an exchange or a complaint in which no clock runs."""

NEWEST = 20
"""Orders of a customer that are shown; how many there are in all is said beside them."""


@dataclass(frozen=True)
class ShopSide:
    customer: dict[str, Any]
    orders: list[dict[str, Any]]
    cases: list[dict[str, Any]]


async def shop_side(
    session: AsyncSession, conversation: Conversation, ledger: Ledger, previous: list[dict[str, Any]], now: dt.datetime
) -> ShopSide:
    """The customer, their orders (the one talked about first) and open or recent cases, as the shop knows them now."""
    orders = await _orders(session, conversation, ledger)
    proven = set(
        await session.scalars(
            select(VerificationAttempt.order_number).where(
                VerificationAttempt.conversation_id == conversation.id, VerificationAttempt.success
            )
        )
    )
    language = conversation.language
    today = local_day(now)
    changes = await changes_of(session, [order.number for order in orders])
    views = []
    for order in orders:
        belongs = conversation.customer_id is not None and order.customer_id == conversation.customer_id
        view = _order(order, language, now)
        views.append({**view, "proven": belongs or order.number in proven, "changes": changes.get(order.number, [])})
    files = await _files(session, [complaint.number for order in orders for complaint in order.complaints])
    cases = [case | {"files": files.get(case["number"], [])} for order in orders for case in _cases(order, today)]
    return ShopSide(await _customer(session, conversation, ledger, previous), views, cases)


async def _orders(session: AsyncSession, conversation: Conversation, ledger: Ledger) -> list[Order]:
    """The orders talked about, then a proven customer's newest ones."""
    found: dict[str, Order] = {}
    dialogue = DialogueState.from_dict(conversation.dialogue)
    talked = [number for frame in reversed(dialogue.stack) for number in frame.orders]
    told = ledger.get("order_number")
    for number in dict.fromkeys([*talked, *([told] if told else [])]):
        named = await find_order(session, number)
        if named is not None:
            found[named.number] = named
    if conversation.customer_id is not None:
        for order in (await orders_of(session, conversation.customer_id))[:NEWEST]:
            found.setdefault(order.number, order)
    return list(found.values())


def _order(order: Order, language: str, now: dt.datetime) -> dict[str, Any]:
    status = status_of(order, local_day(now))
    return {
        "number": order.number,
        "status": status.code,
        "created_at": order.created_at.isoformat(),
        "items": [_item(line, language) for line in order.lines],
        "total": f"{order.total:.2f}",
        "payment": status.payment,
        "payment_method": order.payment_method,
        "carrier": status.carrier,
        "tracking": {"number": status.tracking_number, "url": status.tracking_url},
        "expected_on": _day(status.expected_on),
        "promised_on": _day(status.promised_on),
        "delivered_on": _day(status.delivered_on),
        "late": status.late,
        "parcels": status.parcels,
        "locker": status.locker_code,
        "recipient": order.recipient,
        "address": _address(order),
        "fetched_at": now.isoformat(),
    }


def _address(order: Order) -> str | None:
    place = " ".join(part for part in (order.postcode, order.city) if part)
    return ", ".join(part for part in (order.street, place) if part) or None


def _item(line: OrderLine, language: str) -> dict[str, Any]:
    product = line.variant.product
    return {
        "sku": line.sku,
        "name": product.name_en if language == "en" else product.name_pl,
        "size": line.variant.size,
        "quantity": line.quantity,
        "price": f"{line.unit_price:.2f}",
    }


def _cases(order: Order, today: dt.date) -> list[dict[str, Any]]:
    cases = [
        _case("return", order, r, r.refund_due_on or r.send_back_by, today)
        | {"refund_method": r.refund_method, "account": masked_account(r.refund_account) if r.refund_account else None}
        for r in order.returns
    ]
    cases += [_case("exchange", order, e, e.send_back_by, today) for e in order.exchanges]
    for complaint in order.complaints:
        case = _case("complaint", order, complaint, complaint.due_on, today)
        open_still = case["open"] and complaint.answered_at is None
        told = {"remedy": complaint.remedy, "description": complaint.description, "since": complaint.since}
        cases.append({**case, "open": open_still, **told})
    return cases


def _case(kind: str, order: Order, row: Any, due_on: dt.date | None, today: dt.date) -> dict[str, Any]:
    return {
        "kind": kind,
        "number": row.number,
        "order": order.number,
        "status": row.status,
        "opened_at": row.created_at.isoformat(),
        "due_on": _day(due_on),
        "days_left": (due_on - today).days if due_on else None,
        "open": row.status not in CLOSED,
    }


async def _files(session: AsyncSession, numbers: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The files of complaints, by number: those of other conversations too."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = select(Attachment).where(Attachment.case_number.in_(numbers)).order_by(Attachment.created_at)
    for file in await session.scalars(rows) if numbers else ():
        view = {"id": file.id, "name": file.name, "type": file.type, "conversation_id": file.conversation_id}
        found.setdefault(file.case_number or "", []).append(view)
    return found


async def _customer(
    session: AsyncSession, conversation: Conversation, ledger: Ledger, previous: list[dict[str, Any]]
) -> dict[str, Any]:
    person = await session.get(Customer, conversation.customer_id) if conversation.customer_id else None
    links = await session.scalars(
        select(ChannelLink).where(ChannelLink.conversation_id == conversation.id).order_by(ChannelLink.id)
    )
    proof = ledger.fact("proven_order")
    return {
        "id": conversation.customer_id,
        "name": person.name if person else ledger.get("name"),
        "email": (person.email if person else None) or ledger.get("email"),
        "phone": (person.phone if person else None) or ledger.get("phone"),
        "language": conversation.language,
        "verified": {
            "verified": conversation.customer_id is not None,
            "how": conversation.verified.get("how") or ("order" if proof else None),
            "at": conversation.verified.get("at") or (_moment(proof.created_at) if proof else None),
        },
        "links": [
            {
                "channel": link.channel,
                "active": link.active,
                "problem": link.problem,
                "last_seen_at": _moment(link.last_seen_at),
            }
            for link in links
        ],
        "preferred": await _preferred(session, conversation, person, ledger, previous),
        "purchases": await _purchases(session, conversation.customer_id),
        "past_contacts": await _past_contacts(session, conversation),
        "consents": person.consents if person else {},
        "loyalty_points": person.loyalty_points if person else None,
        "registered_at": _moment(person.registered_at) if person else None,
    }


async def _preferred(
    session: AsyncSession,
    conversation: Conversation,
    person: Customer | None,
    ledger: Ledger,
    previous: list[dict[str, Any]],
) -> dict[str, Any]:
    """Channel and hours the customer chose; the agent is the one they are kept for, or whoever helped them last."""
    reserved = await session.get(User, conversation.reserved_for_id) if conversation.reserved_for_id else None
    last = next((item["outcome"]["by"] for item in previous if item["outcome"].get("by")), None)
    return {
        "channel": person.preferred_channel if person else None,
        "hours": (person.preferred_hours if person else None) or ledger.get("preferred_hours"),
        "agent": reserved.name if reserved else last,
    }


async def _purchases(session: AsyncSession, customer_id: str | None) -> dict[str, Any]:
    if customer_id is None:
        return {"orders": None, "total": None, "first_at": None}
    of_customer = (Order.customer_id == customer_id) & (Order.status != "cancelled")
    query = select(func.count(), func.sum(Order.total), func.min(Order.created_at)).where(of_customer)
    count, total, first = (await session.execute(query)).one()
    return {"orders": count, "total": f"{total or 0:.2f}", "first_at": _moment(first)}


async def _past_contacts(session: AsyncSession, conversation: Conversation) -> int | None:
    if conversation.customer_id is None:
        return None
    others = (Conversation.customer_id == conversation.customer_id) & (Conversation.id != conversation.id)
    return int(await session.scalar(select(func.count()).select_from(Conversation).where(others)) or 0)


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
