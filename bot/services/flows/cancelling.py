"""Cancelling an order: done at once while it is not sent; afterwards, what can be done instead."""

from __future__ import annotations

import re

from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.changing import give_back, not_sent, paid_back
from bot.services.flows.goods import line_title
from bot.services.flows.orders import FINISHED, say_status
from bot.services.flows.paying import PAID
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.flows.undo import undo_button
from bot.services.wording import money
from bot.shop.changes import cancel_order as cancel_in_shop
from bot.shop.orders import payment_state
from bot.storage.shop import Order

_GIVES_BACK = re.compile(r"\b(odda[cjm]|zwro[ct]|zwrac|ode?sl|odsyl|return|(send|give|bring)\w* \w* ?back)")


@flow("cancel_order")
async def cancel_order(d: Dialogue) -> None:
    order = await proven_order(d, not_sent)
    if order.status == "cancelled":
        return _already(d, order)
    if not not_sent(order):
        if order.status in FINISHED and _GIVES_BACK.search(fold(d.frame.text)):
            return await d.switch("start_return")
        return _too_late(d, order)
    items = ", ".join(line_title(d, line, line.quantity) for line in order.lines)
    question = "utter_confirm_cancel_paid" if payment_state(order) in PAID else "utter_confirm_cancel"
    sure = await d.ask(
        f"cancel_confirm:{order.number}",
        question,
        kind="yes_no",
        number=order.number,
        items=items,
        amount=money(order.total, d.language),
    )
    if not sure:
        modify = ("utter_button_modify", payload("modify_order"))
        return d.say("utter_not_cancelled", buttons=[modify, HUMAN], number=order.number)
    d.turn.ledger.confirm("order_number", "email", "phone")
    day = await give_back(d, order, order.total)
    cancel_in_shop(d.session, order, d.now, d.turn.conversation.id)
    d.turn.looked_up("order_change", f"{order.number}: cancelled")
    d.say(
        "utter_cancelled",
        buttons=[undo_button(d, "cancel", order.number)],
        number=order.number,
        refund=paid_back(d, day, order.total),
    )


def _already(d: Dialogue, order: Order) -> None:
    again = ("utter_button_order_again", payload("inform", order_again=order.number))
    d.say("utter_already_cancelled", buttons=[again], number=order.number)


def _too_late(d: Dialogue, order: Order) -> None:
    say_status(d, order, buttons=[])
    text = "utter_cancel_delivered" if order.status in FINISHED else "utter_cancel_too_late"
    d.say(text, buttons=[("utter_button_return", payload("start_return")), HUMAN])
