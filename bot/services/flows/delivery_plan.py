"""What a wished delivery means for an order: which columns change, what it costs, and what stands against it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot.services.dialogue import Dialogue
from bot.services.flows.paying import PAID
from bot.services.flows.proof import product_name
from bot.services.wording import day_words, money
from bot.shop.contacts import normal_postcode
from bot.shop.orders import payment_state
from bot.shop.profile import delivery_price
from bot.storage.shop import DeliveryMethod, Order

LATEST = 14
"""Days ahead a delivery can be put off."""
CHOICES = 3
"""Days offered."""
HOME = ("street", "postcode", "city")


@dataclass
class Plan:
    """The columns to set, and the same in words: `address: before → after`."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    difference: Decimal = Decimal(0)


@dataclass(frozen=True)
class Refused:
    """Why not, as the name of a text; `human` passes the wish on."""

    text: str
    human: bool = False
    amount: Decimal = Decimal(0)
    day: str = ""
    days: tuple[dt.date, ...] = ()
    lines: tuple[str, ...] = ()


def plan_of(d: Dialogue, order: Order, wish: dict[str, Any], methods: list[DeliveryMethod]) -> Plan | Refused:
    """What changes for `wish` (bot.domain.delivery_wish), or why it can't."""
    present = next((method for method in methods if method.code == order.delivery_method), None)
    method = _method(wish, present, methods)
    plan = Plan()
    if method is not None and method is not present:
        refused = _other_method(d, order, plan, present, method)
        if refused is not None:
            return refused
    _place(d, order, wish, plan, method)
    if "day" in wish:
        refused = _on_day(d, order, plan, dt.date.fromisoformat(wish["day"]), method)
        if refused is not None:
            return refused
    if "hours" in wish:
        note = d.text("utter_note_hours", hours=wish["hours"].strip("-"))
        _set(
            d,
            plan,
            order,
            "hours",
            {"note": " ".join(part for part in (order.note, note) if part)},
            None,
            wish["hours"],
        )
    if wish.get("phone"):
        _set(d, plan, order, "phone", {"phone": wish["phone"]}, order.phone, wish["phone"])
    paid = payment_state(order) in PAID
    if plan.difference > 0 and paid:
        return Refused("utter_delivery_costs_more", human=True, amount=plan.difference, lines=tuple(plan.lines))
    if plan.difference:
        new = order.total + plan.difference
        plan.values["total"] = new
        plan.lines.append(_line(d, "total", money(order.total, d.language), money(new, d.language)))
    return plan


def first_days(d: Dialogue, method: DeliveryMethod | None) -> list[dt.date]:
    """The first days on which a parcel not sent yet can come."""
    day, left = d.today, max(1, method.days_min if method else 1)
    days: list[dt.date] = []
    while len(days) < CHOICES:
        day += dt.timedelta(days=1)
        if _delivers(d, day):
            left -= 1
            days += [day] if left <= 0 else []
    return days


def _delivers(d: Dialogue, day: dt.date) -> bool:
    return day.isoweekday() <= 5 and (
        d.rules.hours.span(day) is not None or day.isoweekday() not in d.rules.hours.spans
    )


def _method(
    wish: dict[str, Any], present: DeliveryMethod | None, methods: list[DeliveryMethod]
) -> DeliveryMethod | None:
    """How the parcel is to travel: as said, as the place needs, else as now."""
    if wish.get("method"):
        return next((method for method in methods if method.code == wish["method"]), present)
    kind = wish.get("kind")
    if kind is None and wish.get("locker") and (present is None or present.kind not in ("locker", "point")):
        kind = "locker"
    if (
        kind is None
        and any(key in wish for key in HOME)
        and present is not None
        and present.kind in ("locker", "point", "pickup")
    ):
        kind = "courier"
    if kind is None or (present is not None and present.kind == kind):
        return present
    return next((method for method in methods if method.kind == kind), present)


def _other_method(
    d: Dialogue, order: Order, plan: Plan, present: DeliveryMethod | None, method: DeliveryMethod
) -> Refused | None:
    before, after = product_name(d, present) if present else "-", product_name(d, method)
    if order.country != "PL":
        return Refused("utter_delivery_abroad", human=True, lines=(_line(d, "method", before, after),))
    if order.payment_method == "cod" and not method.cash_on_delivery:
        return Refused("utter_delivery_no_cod")
    _set(d, plan, order, "method", {"delivery_method": method.code}, before, after)
    goods = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
    price = delivery_price(method, goods)
    if price != order.delivery_price:
        plan.difference = price - order.delivery_price
        _set(
            d,
            plan,
            order,
            "price",
            {"delivery_price": price},
            money(order.delivery_price, d.language),
            money(price, d.language),
        )
    return None


def _place(d: Dialogue, order: Order, wish: dict[str, Any], plan: Plan, method: DeliveryMethod | None) -> None:
    to_collect = method is not None and method.kind in ("locker", "point")
    if to_collect and wish.get("locker"):
        _set(d, plan, order, "locker", {"locker_code": wish["locker"]}, order.locker_code, wish["locker"])
    elif order.locker_code and not to_collect and "delivery_method" in plan.values:
        _set(d, plan, order, "locker", {"locker_code": None}, order.locker_code, None)
    if any(key in wish for key in HOME) and not (to_collect and wish.get("locker")):
        new = {key: wish.get(key) or getattr(order, key) for key in HOME}
        new["postcode"] = normal_postcode(new["postcode"] or "", order.country) or new["postcode"]
        _set(d, plan, order, "address", new, _address(order.street, order.postcode, order.city), _address(**new))


def _on_day(d: Dialogue, order: Order, plan: Plan, day: dt.date, method: DeliveryMethod | None) -> Refused | None:
    days = first_days(d, method)
    named, possible = day_words(day, d.today, d.language), tuple(days)
    if day < days[0]:
        return Refused("utter_day_too_soon", day=named, days=possible)
    if day > d.today + dt.timedelta(days=LATEST):
        return Refused("utter_day_too_late", day=named, days=possible)
    if not _delivers(d, day):
        after = [day + dt.timedelta(days=step) for step in range(1, 8) if _delivers(d, day + dt.timedelta(days=step))]
        return Refused("utter_day_closed", day=named, days=tuple(after[:CHOICES]))
    before = day_words(order.expected_on, d.today, d.language) if order.expected_on else None
    _set(d, plan, order, "day", {"expected_on": day}, before, named)
    return None


def _set(
    d: Dialogue, plan: Plan, order: Order, part: str, values: dict[str, Any], before: str | None, after: str | None
) -> None:
    new = {name: value for name, value in values.items() if getattr(order, name) != value}
    if new:
        plan.values |= new
        plan.lines.append(_line(d, part, before, after))


def _line(d: Dialogue, part: str, before: str | None, after: str | None) -> str:
    return d.text("utter_part_change", what=d.text(f"utter_changed_{part}"), before=before or "-", after=after or "-")


def _address(street: str | None, postcode: str | None, city: str | None) -> str:
    return ", ".join(part for part in (street, " ".join(part for part in (postcode, city) if part)) if part)
