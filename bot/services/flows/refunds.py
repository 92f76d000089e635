"""Where the money of a return, or of a cancelled order, is."""

from __future__ import annotations

import re
from typing import Any

from bot.domain.conversation import Reason
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import RETURN
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.wording import day_words, money
from bot.shop.days import local_day
from bot.shop.orders import payment_state
from bot.shop.returns import returns_of
from bot.storage.shop import Order, Return


@flow("refund_status")
async def refund_status(d: Dialogue) -> None:
    number = d.fact("return_number")
    if number is not None and not d.frame.orders:
        d.frame.orders = re.findall(r"\d+", number)[:1]
    if not d.frame.orders and d.customer_id is not None:
        mine = await returns_of(d.session, d.customer_id)
        if mine:
            return await _say_return(d, mine[0])
    order = await proven_order(d, lambda order: bool(order.returns) or order.status == "cancelled")
    if not order.returns:
        return _no_return(d, order)
    wanted = re.findall(r"\d+", number or "")
    named = [item for item in order.returns if re.findall(r"\d+", item.number) == wanted]
    await _say_return(d, (named or sorted(order.returns, key=lambda item: item.created_at))[-1])


async def _say_return(d: Dialogue, item: Return) -> None:
    d.turn.looked_up("return", f"{item.number}: {item.status}")
    values: dict[str, Any] = {
        "number": item.number,
        "amount": money(item.refund_amount, d.language),
        "due": day_words(item.refund_due_on, d.today, d.language) if item.refund_due_on else "",
        "by": day_words(item.send_back_by, d.today, d.language) if item.send_back_by else "",
        "day": day_words(local_day(item.refunded_at), d.today, d.language) if item.refunded_at else "",
        "label": item.label_code or "",
    }
    received = item.status in ("received", "sent")
    if received and item.refund_due_on is not None and item.refund_due_on < d.today:
        d.turn.ledger.note("wish", f"{item.number}: refund overdue", d.turn.source())
        await d.handoff(Reason.POLICY, "utter_refund_overdue", done=True, **values)
    known = {"opened": "by", "sent": "due", "received": "due", "refunded": "day"}.get(item.status)
    no_day = known is not None and not values[known]
    d.say(f"utter_refund_status_{item.status}{'_no_day' if no_day else ''}", buttons=[HUMAN], **values)


def _no_return(d: Dialogue, order: Order) -> None:
    state = payment_state(order)
    d.turn.looked_up("payment", f"{order.number}: {state}")
    if order.status == "cancelled":
        text = "utter_refund_cancelled_done" if state == "refunded" else "utter_refund_cancelled_waiting"
        return d.say(text, buttons=[HUMAN], number=order.number)
    d.say("utter_no_return", buttons=[RETURN, HUMAN], number=order.number)
