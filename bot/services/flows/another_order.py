"""An identified customer asks about an order by "where is it?": the answer comes at once, and others are a button away."""

from __future__ import annotations

from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.services.dialogue import Dialogue
from bot.services.flows.proof import FACTS, Fits, order_title
from bot.shop.orders import orders_of
from bot.storage.shop import Order

MOST = 8
"""Orders looked at."""
OFFERED = 5
ANOTHER = "another"


async def another_order(d: Dialogue, intent: str, told: list[str], fits: Fits | None = None) -> list[tuple[str, str]]:
    """The button that leads to the customer's other orders, if there are any beside those `told`."""
    others = await _others(d, told, fits)
    return [("utter_button_another_order", payload(intent, order_choice=None))] if others else []


async def wanted_order(d: Dialogue, fits: Fits | None = None) -> None:
    """After that button: asks which order, and makes it the one this flow is about."""
    if d.parse.pressed and d.parse.has("order_choice") and d.parse.entity("order_choice") is None:
        d.answer(ANOTHER, d.state.orders[-1:])
        d.frame.orders = []
    if ANOTHER not in d.frame.answers or d.frame.orders:
        return
    others = await _others(d, d.frame.answers[ANOTHER], fits)
    options = [Option(order.number, order_title(d, order)) for order in others[:OFFERED]]
    d.frame.orders = [await d.ask("order_choice", "utter_ask_which_order", kind="choice", options=options, facts=FACTS)]


async def _others(d: Dialogue, told: list[str], fits: Fits | None) -> list[Order]:
    if d.customer_id is None:
        return []
    mine = await orders_of(d.session, d.customer_id, MOST)
    return [order for order in mine if order.number not in told and (fits is None or fits(order))]
