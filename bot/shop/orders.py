"""Orders: finding one with all that belongs to it, proving it is the customer's, saying where it is."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from bot.shop.contacts import normal_email, normal_order_number, normal_phone, normal_postcode
from bot.shop.days import local_day
from bot.storage.shop import Customer, Order, OrderLine, Return, ReturnLine, Shipment, TrackingEvent, Variant

NOT_SENT = frozenset({"unpaid", "paid", "packed"})
ON_THE_WAY = frozenset({"shipped", "delayed"})
DELIVERED = frozenset({"delivered", "partly_returned", "returned", "complained"})


def whole_order() -> tuple[ORMOption, ...]:
    """Options that load an order with everything these functions look at."""
    return (
        joinedload(Order.customer),
        selectinload(Order.lines).joinedload(OrderLine.variant).joinedload(Variant.product),
        selectinload(Order.payments),
        selectinload(Order.shipments).options(selectinload(Shipment.events), joinedload(Shipment.carrier_row)),
        selectinload(Order.returns).selectinload(Return.lines).joinedload(ReturnLine.line),
        selectinload(Order.exchanges),
        selectinload(Order.complaints),
        selectinload(Order.invoices),
    )


async def find_order(session: AsyncSession, number: str) -> Order | None:
    """The order of that number (blanks and a leading # are forgiven) with everything loaded, or None."""
    spellings = (number.strip(), normal_order_number(number))
    query = select(Order).where(Order.number.in_(spellings)).options(*whole_order())
    return min(await session.scalars(query), key=lambda order: spellings.index(order.number), default=None)


async def claimed_order(session: AsyncSession, number: str) -> Order | None:
    """The order of that number with its customer alone: one statement, whether or not there is such an order, so that
    the time a wrong proof takes does not tell whether there is."""
    spellings = (number.strip(), normal_order_number(number))
    query = select(Order).where(Order.number.in_(spellings)).options(joinedload(Order.customer))
    return min(await session.scalars(query), key=lambda order: spellings.index(order.number), default=None)


async def orders_of(session: AsyncSession, customer_id: str, limit: int = 5, offset: int = 0) -> list[Order]:
    """The customer's orders, newest first and from the `offset`th on, with everything loaded."""
    query = select(Order).where(Order.customer_id == customer_id).options(*whole_order())
    newest = query.order_by(Order.created_at.desc(), Order.number.desc()).limit(limit).offset(offset)
    return list(await session.scalars(newest))


async def find_customer(
    session: AsyncSession, *, customer_id: str | None = None, email: str | None = None, phone: str | None = None
) -> Customer | None:
    """The one customer with that id, e-mail or phone; None when there is none, or more than one of them."""
    if customer_id is not None:
        return await session.get(Customer, customer_id)
    query = select(Customer).limit(2)
    if email is not None:
        query = query.where(Customer.email == normal_email(email))
    elif phone is not None:
        query = query.where(Customer.phone == normal_phone(phone))
    else:
        return None
    found = list(await session.scalars(query))
    return found[0] if len(found) == 1 else None


def proves(order: Order, *, email: str | None = None, phone: str | None = None, postcode: str | None = None) -> bool:
    """True if at least one of the given contacts is the order's own or its customer's, however it is spelt."""
    person = order.customer
    country = order.country or "PL"
    pairs = [
        (normal_email(email or ""), (order.email, person.email)),
        (normal_phone(phone or ""), (order.phone, person.phone)),
        (normal_postcode(postcode or "", country), (order.postcode or person.postcode,)),
    ]
    # Every pair is compared, in constant time, so that the time taken tells nothing about a near miss.
    matches = [_same(given, known) for given, stored in pairs for known in stored]
    return any(matches)


def _same(given: str | None, known: str | None) -> bool:
    equal = hmac.compare_digest((given or "").encode(), (known or "").encode())
    return equal and bool(given)


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """Where an order is. `code`: unpaid, paid, packed, shipped, delayed, in_locker, partly_delivered, delivered, lost,
    cancelled, partly_returned, returned, complained. The parcel described is the one still to come, if any is."""

    code: str
    payment: str
    late: bool
    days_late: int
    expected_on: dt.date | None
    promised_on: dt.date | None
    parcels: int
    parcels_delivered: int
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    locker_code: str | None
    pick_up_until: dt.datetime | None
    delivered_on: dt.date | None
    last_event: TrackingEvent | None


def status_of(order: Order, today: dt.date) -> OrderStatus:
    """The status of an order on a day, out of what the shop, the carrier and the calendar say together."""
    parcel = _current(order.shipments)
    delivered = [item for item in order.shipments if item.status == "delivered"]
    code = _code(order, parcel, len(delivered))
    promised = parcel.promised_on if parcel and parcel.promised_on else order.expected_on
    expected = (parcel.expected_on if parcel else None) or promised
    days_late = _days_late(code, promised or expected, expected, today)
    if code == "shipped" and days_late:
        code = "delayed"
    arrivals = [item.delivered_at for item in delivered] + [order.delivered_at]
    arrived = max((at for at in arrivals if at), default=None)
    return OrderStatus(
        code=code,
        payment=payment_state(order),
        late=code == "delayed" or days_late > 0,
        days_late=days_late,
        expected_on=expected,
        promised_on=promised,
        parcels=len(order.shipments),
        parcels_delivered=len(delivered),
        carrier=(parcel.carrier_row.name if parcel.carrier_row else parcel.carrier) if parcel else None,
        tracking_number=parcel.tracking_number if parcel else None,
        tracking_url=tracking_url(parcel) if parcel else None,
        locker_code=(parcel.locker_code if parcel else None) or order.locker_code,
        pick_up_until=parcel.pick_up_until if parcel else None,
        delivered_on=local_day(arrived) if arrived else None,
        last_event=parcel.events[-1] if parcel and parcel.events else None,
    )


def payment_state(order: Order) -> str:
    """paid, overpaid (paid more than once), refunded, pending (a transfer awaited), failed, on_delivery, or unpaid."""
    paid = [item for item in order.payments if item.status == "paid"]
    if paid:
        return "overpaid" if order.total and sum(item.amount for item in paid) > order.total else "paid"
    states = {item.status for item in order.payments}
    if "refunded" in states:
        return "refunded"
    if order.status == "cancelled":
        return "unpaid"
    if order.payment_method == "cod" and order.status not in DELIVERED:
        return "on_delivery"
    if states:
        return "pending" if "pending" in states else "failed"
    return "paid" if order.paid_at or order.status != "unpaid" else "unpaid"


def tracking_url(parcel: Shipment) -> str | None:
    """The carrier's page for the parcel; None without a number or a known carrier."""
    template = parcel.carrier_row.tracking_url if parcel.carrier_row else None
    return template.replace("{number}", parcel.tracking_number) if template and parcel.tracking_number else None


def _current(parcels: Iterable[Shipment]) -> Shipment | None:
    """The parcel a customer asks about: the one not delivered that comes last, else the one delivered last."""

    def rank(parcel: Shipment) -> tuple[bool, dt.date, int]:
        return parcel.status != "delivered", parcel.expected_on or dt.date.min, parcel.parcel

    return max(parcels, key=rank, default=None)


def _code(order: Order, parcel: Shipment | None, delivered: int) -> str:
    if order.status not in ON_THE_WAY or parcel is None:
        return order.status
    if delivered == len(order.shipments):
        return "delivered"
    if parcel.status in {"lost", "in_locker"}:
        return parcel.status
    return "partly_delivered" if delivered else order.status


def _days_late(code: str, promised: dt.date | None, expected: dt.date | None, today: dt.date) -> int:
    """Days past the promised day: by now, or by the day the carrier now expects, whichever is later."""
    if promised is None or expected is None or code not in NOT_SENT | ON_THE_WAY | {"partly_delivered", "lost"}:
        return 0
    by_now = today if code != "unpaid" else promised
    return max(0, (max(by_now, expected) - promised).days)
