"""An order as a page tells it: what is in it, where its parcels are, what happened and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from babel.dates import format_date, format_datetime

from bot.domain.hours import SHOP_ZONE
from bot.services.wording import money
from bot.shop.orders import DELIVERED, status_of, tracking_url
from bot.shop.pictures import picture_address
from bot.storage.shop import Order, Shipment
from bot.web.shop.pages import Visit

GOOD, BAD, WARN = (
    frozenset({"delivered"}),
    frozenset({"lost", "delayed"}),
    frozenset({"unpaid", "in_locker", "complained"}),
)
ARRIVED = frozenset({"delivered", "lost", "sent_back"})


@dataclass(frozen=True)
class Item:
    """A line: the product's id and name, its size and colour, pieces, what was paid."""

    id: str
    name: str
    variant: str
    image: str | None
    quantity: int
    paid: str


@dataclass(frozen=True)
class Parcel:
    carrier: str
    number: str
    url: str | None
    expected: str


@dataclass(frozen=True)
class Step:
    """Something that happened, or (`is_next`) is expected to."""

    title: str
    when: str
    detail: str = ""
    is_next: bool = False


def status_badge(visit: Visit, order: Order, today: dt.date) -> tuple[str, str]:
    """The kind of badge and its words."""
    code = status_of(order, today).code
    kind = "good" if code in GOOD else "bad" if code in BAD else "warn" if code in WARN else "info"
    return kind, visit.say(f"status_{code}") if visit.says(f"status_{code}") else code


def items(visit: Visit, order: Order) -> list[Item]:
    shown = []
    for line in order.lines:
        product = line.variant.product
        about = [visit.own(line.variant, "colour"), line.variant.size or ""]
        shown.append(
            Item(
                id=product.id,
                name=visit.own(product, "name"),
                variant=", ".join(part for part in about if part),
                image=picture_address(product.image),
                quantity=line.quantity,
                paid=money(line.unit_price * line.quantity, visit.language),
            )
        )
    return shown


def parcels(visit: Visit, order: Order, today: dt.date) -> list[Parcel]:
    return [
        Parcel(
            carrier=parcel.carrier_row.name if parcel.carrier_row else parcel.carrier or "",
            number=parcel.tracking_number or "",
            url=tracking_url(parcel),
            expected=_still_to_come(visit, order, parcel, today),
        )
        for parcel in order.shipments
    ]


def _still_to_come(visit: Visit, order: Order, parcel: Shipment, today: dt.date) -> str:
    if parcel.status == "in_locker" and parcel.pick_up_until:
        return visit.say("pick_up_until", day=_moment(visit, parcel.pick_up_until))
    expected = parcel.expected_on or order.expected_on
    if parcel.status in ARRIVED or order.status in DELIVERED or expected is None or expected < today:
        return ""
    return visit.say("expected", day=_day(visit, expected))


def story(visit: Visit, order: Order, today: dt.date) -> list[Step]:
    """Everything with its time, oldest first, and what is expected at the end."""
    happened = [*_of_order(visit, order), *_of_parcels(visit, order), *_of_cases(visit, order)]
    told = [Step(title, _moment(visit, at), detail) for at, title, detail in sorted(happened, key=lambda one: one[0])]
    coming = {_still_to_come(visit, order, parcel, today) for parcel in order.shipments}
    if not order.shipments and order.expected_on and order.expected_on >= today and order.cancelled_at is None:
        coming.add(visit.say("expected", day=_day(visit, order.expected_on)))
    return told + [Step(words, "", is_next=True) for words in sorted(coming) if words]


Event = tuple[dt.datetime, str, str]


def _of_order(visit: Visit, order: Order) -> list[Event]:
    events = [(order.created_at, visit.say("ordered"), "")]
    for payment in order.payments:
        amount = money(payment.amount, visit.language)
        if payment.paid_at:
            events.append((payment.paid_at, visit.say("paid"), amount))
        if payment.status == "failed" and payment.created_at:
            events.append((payment.created_at, visit.say("payment_failed_event"), amount))
        if payment.refunded_at:
            events.append((payment.refunded_at, visit.say("refunded"), amount))
    if order.paid_at and not any(payment.paid_at for payment in order.payments):
        events.append((order.paid_at, visit.say("paid"), ""))
    if order.cancelled_at:
        events.append((order.cancelled_at, visit.say("status_cancelled").capitalize(), ""))
    return events


def _of_parcels(visit: Visit, order: Order) -> list[Event]:
    events = []
    for parcel in order.shipments:
        name = visit.say("parcel", number=parcel.parcel) if len(order.shipments) > 1 else ""
        scans = [(scan.occurred_at, scan.code, scan.place or "") for scan in parcel.events]
        if not scans:
            known = ((parcel.shipped_at, "sent"), (parcel.delivered_at, "delivered"))
            scans = [(at, code, "") for at, code in known if at]
        for at, code, place in scans:
            title = visit.say(f"event_{code}") if visit.says(f"event_{code}") else code
            events.append((at, title, " · ".join(part for part in (name, place) if part)))
    return events


def _of_cases(visit: Visit, order: Order) -> list[Event]:
    events = []
    for one in order.returns:
        events.append((one.created_at, visit.say("return_opened", number=one.number), ""))
        if one.refunded_at:
            amount = money(one.refund_amount, visit.language) if one.refund_amount else ""
            events.append((one.refunded_at, visit.say("refunded"), amount))
    for exchange in order.exchanges:
        events.append((exchange.created_at, visit.say("exchange_opened", number=exchange.number), ""))
    for complaint in order.complaints:
        events.append((complaint.created_at, visit.say("complaint_opened", number=complaint.number), ""))
        if complaint.answered_at:
            answer = complaint.decision or ""
            events.append((complaint.answered_at, visit.say("complaint_answered", number=complaint.number), answer))
    for invoice in order.invoices:
        if invoice.issued_at:
            events.append((invoice.issued_at, visit.say("invoice", number=invoice.number), ""))
    return events


def long_day(visit: Visit, at: dt.datetime) -> str:
    """`15 czerwca 2026`."""
    return str(format_date(at.astimezone(SHOP_ZONE).date(), "d MMMM y", locale=visit.language))


def _moment(visit: Visit, at: dt.datetime) -> str:
    return str(format_datetime(at, "d MMM y, HH:mm", tzinfo=SHOP_ZONE, locale=visit.language))


def _day(visit: Visit, day: dt.date) -> str:
    return str(format_date(day, "EEEE d MMMM", locale=visit.language))
