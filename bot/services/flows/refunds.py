"""Where money is: of a return, of an exchange's difference, of a cancelled order."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from bot.domain.conversation import Reason
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.another_order import another_order, wanted_order
from bot.services.flows.goods import RETURN
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.flows.refund_ways import way_words
from bot.services.flows.return_given_up import withdraws_return
from bot.services.wording import day_words, money
from bot.shop.days import local_day
from bot.shop.orders import find_order, payment_state
from bot.shop.returns import STATUTORY_DAYS, returns_of
from bot.storage.shop import Exchange, Order, Return

AT_ONCE = 2
"""Returns told about in one answer."""
_EXCHANGE = re.compile(r"\b(wymian|wymien|exchang|swap)")


@flow("refund_status")
async def refund_status(d: Dialogue) -> None:
    if withdraws_return(d):
        return await d.switch("cancel_return")
    number = d.fact("return_number")
    if number is not None and not d.frame.orders:
        d.frame.orders = _digits(number)[:1]
    await wanted_order(d, _has_money_coming)
    order = await _order(d)
    others = await another_order(d, "ask_refund_status", [order.number], _has_money_coming)
    if order.exchanges and (_EXCHANGE.search(fold(d.frame.text)) or not order.returns):
        return _say_exchange(d, max(order.exchanges, key=lambda item: item.created_at))
    if not order.returns:
        return await _no_return(d, order)
    newest = sorted(order.returns, key=lambda item: item.created_at, reverse=True)
    told = [item for item in newest if _digits(item.number) == _digits(number or "")]
    going_on = [item for item in newest if item.status not in ("refunded", "cancelled")]
    for item in (told or going_on or newest[:1])[:AT_ONCE]:
        await _say_return(d, order, item, others)


def _has_money_coming(order: Order) -> bool:
    return bool(order.returns) or order.status == "cancelled"


async def _order(d: Dialogue) -> Order:
    """The order that was told; an identified customer's newest return needs none."""
    if not d.frame.orders and d.customer_id is not None:
        mine = await returns_of(d.session, d.customer_id)
        newest = await find_order(d.session, mine[0].order_number) if mine else None
        if newest is not None:
            d.frame.orders = [newest.number]
            return newest
    return await proven_order(d, _has_money_coming)


async def _say_return(d: Dialogue, order: Order, item: Return, others: list[tuple[str, str]]) -> None:
    d.turn.looked_up("return", f"{item.number}: {item.status}")
    values: dict[str, Any] = {
        "number": item.number,
        "amount": money(item.refund_amount, d.language),
        "due": _day(d, item.refund_due_on),
        "by": _day(d, item.send_back_by),
        "day": _day(d, local_day(item.refunded_at) if item.refunded_at else None),
        "label": item.label_code or "",
        "way": way_words(d, order, item.refund_method, item.refund_account),
    }
    if item.status in ("received", "sent") and item.refund_due_on is not None and item.refund_due_on < d.today:
        d.turn.ledger.note("wish", f"{item.number}: refund overdue", d.turn.source())
        await d.handoff(Reason.POLICY, "utter_refund_overdue", done=True, **values)
    if item.status == "opened" and item.send_back_by is not None and item.send_back_by < d.today:
        return d.say("utter_refund_status_opened_late", buttons=[HUMAN], **values)
    known = {"opened": "by", "sent": "due", "received": "due", "refunded": "day"}.get(item.status)
    no_day = known is not None and not values[known]
    d.say(f"utter_refund_status_{item.status}{'_no_day' if no_day else ''}", buttons=[*others, HUMAN], **values)


def _say_exchange(d: Dialogue, item: Exchange) -> None:
    d.turn.looked_up("exchange", f"{item.number}: {item.status}")
    by = _day(d, item.send_back_by)
    d.say(
        f"utter_exchange_status_{item.status}", buttons=[HUMAN], number=item.number, label=item.label_code or "", by=by
    )


async def _no_return(d: Dialogue, order: Order) -> None:
    """Without a return there may be money of a cancelled order on its way."""
    state = payment_state(order)
    d.turn.looked_up("payment", f"{order.number}: {state}")
    if order.status != "cancelled":
        return d.say("utter_no_return", buttons=[RETURN, HUMAN], number=order.number)
    if state == "refunded" or not order.payments or state == "unpaid":
        text = "utter_refund_cancelled_done" if state == "refunded" else "utter_refund_cancelled_unpaid"
        refunded = max((p.refunded_at for p in order.payments if p.refunded_at), default=None)
        day = d.text("utter_part_on_day", day=_day(d, local_day(refunded))) if refunded else ""
        way = way_words(d, order, "original", None)
        return d.say(text, buttons=[HUMAN], number=order.number, day=day, way=way)
    due = local_day(order.cancelled_at) + dt.timedelta(days=STATUTORY_DAYS) if order.cancelled_at else None
    amount, way = money(order.total, d.language), way_words(d, order, "original", None)
    if due is None or due < d.today:
        d.turn.ledger.note("wish", f"{order.number}: refund of the cancelled order overdue", d.turn.source())
        await d.handoff(Reason.POLICY, "utter_refund_cancelled_overdue", done=True, number=order.number, amount=amount)
    d.say(
        "utter_refund_cancelled_waiting",
        buttons=[HUMAN],
        number=order.number,
        amount=amount,
        due=_day(d, due),
        way=way,
    )


def _day(d: Dialogue, day: dt.date | None) -> str:
    return day_words(day, d.today, d.language) if day else ""


def _digits(number: str) -> list[str]:
    return re.findall(r"\d+", number)
