"""Orders and delivery: where an order is, and how the shop delivers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bot.domain.conversation import Reason
from bot.domain.payloads import payload
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.another_order import another_order, wanted_order
from bot.services.flows.knowledge import strong_article
from bot.services.flows.past import about_past
from bot.services.flows.paying import PAID, say_how_to_pay
from bot.services.flows.proof import HUMAN, product_name, proven, proven_order
from bot.services.flows.timeline import steps_of
from bot.services.wording import day_words, moment_words, money
from bot.shop.days import local_day
from bot.shop.orders import DELIVERED, OrderStatus, orders_of, status_of
from bot.shop.pictures import picture_address
from bot.shop.profile import delivery_methods
from bot.shop.returns import STATUTORY_DAYS
from bot.storage.shop import DeliveryMethod, Order

FINISHED = DELIVERED | {"cancelled"}
AT_ONCE = 3
"""Orders told about in one answer."""
DOUBTFUL, LIKELY = 0.6, 0.3
"""A reading below the first leaves room for another one from the second on."""


@flow("order_status")
async def order_status(d: Dialogue) -> None:
    if about_past(d.frame.text):
        return await d.switch("order_again")
    await wanted_order(d)
    orders = await _asked_about(d)
    others = await another_order(d, "ask_order_status", [order.number for order in orders])
    for order in orders:
        status = say_status(d, order, others=others if order is orders[-1] else [])
        if status.code == "unpaid":
            await say_how_to_pay(d, order)
        elif status.code == "cancelled" and status.payment in PAID:
            due = local_day(order.cancelled_at or d.now) + dt.timedelta(days=STATUTORY_DAYS)
            d.say("utter_cancelled_paid", day=_day(d, due), amount=money(order.total, d.language))


async def still_the_order(d: Dialogue) -> str | None:
    """Of two readings of "and when will it be there?" the order's, while orders are all that was talked about."""
    if d.parse.confidence >= DOUBTFUL or d.state.question is not None or d.state.shown or not d.state.orders:
        return None
    return "order_status" if dict(d.parse.ranking).get("ask_order_status", 0) >= LIKELY else None


LISTENERS.append(still_the_order)


async def _asked_about(d: Dialogue) -> list[Order]:
    if len(d.frame.orders) > 1:
        return [await proven(d, number) for number in d.frame.orders[:AT_ONCE]]
    if not d.frame.orders and d.customer_id is not None and not d.state.orders:
        mine = await orders_of(d.session, d.customer_id)
        going_on = [order for order in mine if order.status not in FINISHED][:AT_ONCE] or mine[:1]
        if going_on:
            d.frame.orders = [order.number for order in going_on]
            return going_on
    return [await proven_order(d)]


def say_status(
    d: Dialogue,
    order: Order,
    *,
    buttons: list[tuple[str, str]] | None = None,
    others: Sequence[tuple[str, str]] = (),
) -> OrderStatus:
    """The state of an order: bad news first, then the parcel, then what can be done. `others` are further buttons."""
    status = status_of(order, d.today)
    source = {"kind": "lookup", "what": f"order {order.number}"}
    d.turn.ledger.note("order_status", f"{order.number}: {status.code}", source)
    d.turn.looked_up("order_status", f"{order.number}: {status.code}{', late' if status.late else ''}")
    offered = [*(_next_steps(status, order.number) if buttons is None else buttons), *others]
    parcel = status.tracking_number is not None and status.code not in FINISHED
    card = order_card(d, order, status)
    values = _status_values(d, order, status)
    d.say(_status_text(status, d), buttons=() if parcel else offered, cards=() if parcel else [card], **values)
    if parcel:
        d.say(
            "utter_parcel" if status.tracking_url else "utter_parcel_no_link",
            buttons=offered,
            cards=[card],
            carrier=status.carrier or "",
            tracking=status.tracking_number,
            url=status.tracking_url or "",
        )
    return status


def _status_text(status: OrderStatus, d: Dialogue) -> str:
    if status.code in ("lost", "in_locker", "cancelled") or not status.late:
        if status.code == "unpaid" and status.payment == "failed":
            return "utter_status_unpaid_failed"
        return f"utter_status_{status.code}"
    if status.expected_on is None or status.expected_on < d.today:
        return "utter_status_late_no_day"
    return "utter_status_late"


def _status_values(d: Dialogue, order: Order, status: OrderStatus) -> dict[str, Any]:
    expected = status.expected_on
    known = expected is not None and expected >= d.today
    until = status.pick_up_until
    return {
        "number": order.number,
        "total": money(order.total, d.language),
        "expected": " " + d.text("utter_part_expected", day=_day(d, expected)) if known else "",
        "day": _day(d, expected),
        "promised": _day(d, status.promised_on),
        "delivered": " " + d.text("utter_part_delivered", day=_day(d, status.delivered_on))
        if status.delivered_on
        else "",
        "locker": status.locker_code or "",
        "until": " " + d.text("utter_part_until", moment=moment_words(until, d.now, d.rules.hours.zone, d.language))
        if until
        else "",
        "came": status.parcels_delivered,
        "parcels": status.parcels,
    }


def _day(d: Dialogue, day: Any) -> str:
    return day_words(day, d.today, d.language) if day else ""


def _next_steps(status: OrderStatus, number: str) -> list[tuple[str, str]]:
    if status.code == "unpaid":
        return [("utter_button_payment_methods", payload("ask_payment_methods"))]
    if status.code in DELIVERED:
        return [
            ("utter_button_return", payload("start_return")),
            ("utter_button_complaint", payload("file_complaint")),
            ("utter_button_order_again", payload("inform", order_again=number)),
        ]
    if status.code in ("paid", "packed") and not status.late:
        return [
            ("utter_button_change_delivery", payload("change_delivery")),
            ("utter_button_modify", payload("modify_order")),
            ("utter_button_cancel", payload("cancel_order")),
        ]
    if status.code == "lost" or status.late:
        return [("utter_button_delivery_problem", payload("report_delivery_problem")), HUMAN]
    return []


def order_card(d: Dialogue, order: Order, status: OrderStatus) -> dict[str, Any]:
    """An order at a glance, for channels that show cards."""
    products = [line.variant.product for line in order.lines]
    items = ", ".join(product_name(d, product) for product in products[:3]) + (" …" if len(products) > 3 else "")
    return {
        "title": d.text("utter_card_order", number=order.number),
        "subtitle": f"{items} · {money(order.total, d.language)}",
        "image": picture_address(products[0].image, d.rules.address) if products else None,
        "url": status.tracking_url,
        "buttons": [],
        "steps": steps_of(d, order, status),
    }


@flow("delivery_options")
async def delivery_options(d: Dialogue) -> None:
    article = await strong_article(d, d.frame.text)
    if article is not None:
        d.say("utter_plain", text=article.summary, buttons=[("utter_button_delivery", payload("ask_delivery_options"))])
        return
    methods = await delivery_methods(d.session)
    d.turn.looked_up("delivery_methods", str(len(methods)))
    if not methods:
        return await d.handoff(Reason.NO_ANSWER, done=True)
    d.say("utter_delivery_options", list="\n".join(_method_line(d, method) for method in methods[:8]))


def _method_line(d: Dialogue, method: DeliveryMethod) -> str:
    free = d.text("utter_part_free_from", amount=money(method.free_from, d.language)) if method.free_from else ""
    days = f"{method.days_min}-{method.days_max}" if method.days_max > method.days_min else f"{method.days_max}"
    part = "utter_part_method" if method.kind != "digital" and method.days_max else "utter_part_method_at_once"
    price = money(method.price, d.language)
    return d.text(part, name=product_name(d, method), price=price, days=days, free=f", {free}" if free else "")
