"""Orders and delivery: where an order is, how the shop delivers, and changes to what is not sent yet."""

from __future__ import annotations

import re
from typing import Any

from bot.domain.conversation import Reason
from bot.domain.payloads import payload
from bot.domain.text import words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.knowledge import strong_article
from bot.services.flows.proof import HUMAN, product_name, proven, proven_order
from bot.services.flows.timeline import steps_of
from bot.services.wording import day_words, moment_words, money
from bot.shop.lexical import STOP_WORDS
from bot.shop.orders import DELIVERED, NOT_SENT, OrderStatus, orders_of, status_of
from bot.shop.pictures import picture_address
from bot.shop.profile import delivery_methods
from bot.storage.shop import DeliveryMethod, Order

FINISHED = DELIVERED | {"cancelled"}
AT_ONCE = 3
"""Orders told about in one answer."""
SPECIFIC = 6
"""A sentence with so many words of its own says what is wanted."""
_FACTS = re.compile(r"\S+@\S+|#?\b\d{5,}\b|\+?\d[\d -]{7,}\d")


@flow("order_status")
async def order_status(d: Dialogue) -> None:
    orders = await _asked_about(d)
    for order in orders:
        say_status(d, order)


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


def say_status(d: Dialogue, order: Order, *, buttons: list[tuple[str, str]] | None = None) -> OrderStatus:
    """The state of an order: bad news first, then the parcel, then what can be done."""
    status = status_of(order, d.today)
    source = {"kind": "lookup", "what": f"order {order.number}"}
    d.turn.ledger.note("order_status", f"{order.number}: {status.code}", source)
    d.turn.looked_up("order_status", f"{order.number}: {status.code}{', late' if status.late else ''}")
    offered = _next_steps(status) if buttons is None else buttons
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


def _next_steps(status: OrderStatus) -> list[tuple[str, str]]:
    if status.code == "unpaid":
        return [("utter_button_payment_methods", payload("ask_payment_methods"))]
    if status.code in DELIVERED:
        return [
            ("utter_button_return", payload("start_return")),
            ("utter_button_complaint", payload("file_complaint")),
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


# Changes that only a human can make, and only before the parcel leaves


@flow("cancel_order")
async def cancel_order(d: Dialogue) -> None:
    order = await proven_order(d, _not_sent)
    if order.status == "cancelled":
        return d.say("utter_already_cancelled", number=order.number)
    if _not_sent(order):
        await _pass_on(d, order, "cancel", d.text("utter_wish_cancel"))
    say_status(d, order, buttons=[])
    d.say("utter_cancel_too_late", buttons=[("utter_button_return", payload("start_return")), HUMAN])


@flow("modify_order")
async def modify_order(d: Dialogue) -> None:
    order = await proven_order(d, _not_sent)
    if _not_sent(order):
        await _pass_on(d, order, "modify", await _wish(d, "utter_ask_modify_wish"))
    say_status(d, order, buttons=[])
    offers = [("utter_button_exchange", payload("exchange_product")), ("utter_button_return", payload("start_return"))]
    d.say("utter_modify_too_late", buttons=[*offers, HUMAN])


@flow("change_delivery")
async def change_delivery(d: Dialogue) -> None:
    order = await proven_order(d, _not_finished)
    if _not_sent(order):
        await _pass_on(d, order, "delivery", await _wish(d, "utter_ask_delivery_wish"))
    status = say_status(d, order, buttons=[])
    if order.status in FINISHED:
        return d.say("utter_delivery_change_over", buttons=[HUMAN])
    text = "utter_delivery_change_carrier" if status.tracking_url else "utter_delivery_change_too_late"
    d.say(text, buttons=[HUMAN], carrier=status.carrier or "")


async def _pass_on(d: Dialogue, order: Order, what: str, wish: str) -> None:
    """The shop's data can't be changed from here: the wish goes to a human, who gets it with the order."""
    d.turn.ledger.note("wish", f"{order.number}: {wish}"[:500], d.turn.source())
    d.turn.looked_up("order_status", f"{order.number}: {order.status}, can still be changed")
    await d.handoff(Reason.POLICY, f"utter_{what}_passed_on", done=True, number=order.number)


async def _wish(d: Dialogue, question: str) -> str:
    return d.frame.text if says_enough(d.frame.text) else str(await d.ask("change_wish", question))


def says_enough(text: str) -> bool:
    """True for a sentence that says what is wanted, and not only that something is."""
    own = [word for word in words(_FACTS.sub(" ", text)) if word not in STOP_WORDS]
    return len(own) >= SPECIFIC or any(word.isdigit() for word in own)


def _not_sent(order: Order) -> bool:
    return order.status in NOT_SENT


def _not_finished(order: Order) -> bool:
    return order.status not in FINISHED
