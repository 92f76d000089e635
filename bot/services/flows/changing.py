"""What every change of an order has in common: the order it is about, money that goes back, undoing it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from bot.domain.answers import BARE, FEW
from bot.domain.conversation import Reason
from bot.services.dialogue import LISTENERS, Dialogue
from bot.services.flows.goods import end_of, settle_promise
from bot.services.flows.paying import PAID
from bot.services.flows.proof import Fits, proven_order
from bot.services.flows.undo import undoable
from bot.services.wording import day_words, money
from bot.shop.changes import latest_change, undo_change
from bot.shop.orders import NOT_SENT, find_order, payment_state
from bot.shop.profile import shop_profile
from bot.shop.returns import STATUTORY_DAYS
from bot.storage.shop import Order

AWAITED = "awaited"
"""The answer under which a flow keeps what it asked for last."""
FREE = BARE | {"nlu_fallback", "out_of_scope"}


def not_sent(order: Order) -> bool:
    return order.status in NOT_SENT


async def ask_words(d: Dialogue, key: str, response: str, **values: Any) -> str:
    """An answer in words: also one that looks like a fact, such as an address with its postcode or a wrong NIP."""
    answers = d.frame.answers
    if key not in answers and answers.get(AWAITED) == key and _is_words(d):
        answers[key] = d.parse.text.strip()
    if key in answers:
        if answers.get(AWAITED) == key:
            del answers[AWAITED]
        return str(answers[key])
    answers[AWAITED] = key
    return str(await d.ask(key, response, **values))


def _is_words(d: Dialogue) -> bool:
    """True for a message that can be an answer in words: no fact of its own, no bare yes or no."""
    parse = d.parse
    own = {name for name, _ in parse.entities} & {"email", "phone", "order_number"}
    bare = parse.intent in ("affirm", "deny") and len(parse.text.split()) <= FEW
    return not parse.pressed and not own and not bare and parse.intent in FREE and bool(parse.text.strip())


async def awaited(d: Dialogue) -> str | None:
    """A flow that waits for an answer in words gets it, also when it looks like a fact that is wrong."""
    waits = bool(d.state.stack) and d.state.question is not None and AWAITED in d.frame.answers
    return d.frame.flow if waits and _is_words(d) else None


LISTENERS.insert(0, awaited)


async def settled_order(d: Dialogue, fits: Fits | None = None, *, code: str | None = None) -> Order:
    """The proven order of this flow. Six digits given in reply to the question `code`, and no order's number, are its
    answer: pick-up points are numbered as orders are."""
    answers, about = d.frame.answers, d.frame.orders
    known = answers.get("order")
    awaited = code is not None and answers.get(AWAITED) == code and len(about) == 1 and about != [known]
    if code is not None and known is not None and awaited and await find_order(d.session, about[0]) is None:
        answers[code] = about[0]
        d.frame.orders = [known]
        d.turn.ledger.note("order_number", known, d.turn.source())
    order = await proven_order(d, fits)
    answers["order"] = order.number
    return order


async def give_back(d: Dialogue, order: Order, amount: Decimal) -> str | None:
    """Promise money that was paid; the day it is back by, in words. None when there is nothing to give back."""
    if amount <= 0 or payment_state(order) not in PAID:
        return None
    days = (await shop_profile(d.session)).get("refund_days")
    due = d.today + dt.timedelta(days=int(days) if days.isdigit() else STATUTORY_DAYS)
    d.turn.promise("refund", end_of(d, due), number=order.number, amount=f"{amount:.2f}")
    return day_words(due, d.today, d.language)


async def pass_on(d: Dialogue, order: Order, response: str, wish: str, **values: Any) -> None:
    """What can't be done from here goes to a human, with the wish in words, and ends the flow."""
    d.turn.ledger.note("wish", f"{order.number}: {wish}"[:500], d.turn.source())
    await d.handoff(Reason.POLICY, response, done=True, number=order.number, **values)


def paid_back(d: Dialogue, day: str | None, amount: Decimal) -> str:
    """The sentence about money going back, to stand at the end of another; empty without any."""
    return " " + d.text("utter_part_paid_back", amount=money(amount, d.language), day=day) if day else ""


def _undo_of(kind: str) -> None:
    @undoable(kind)
    async def undo(d: Dialogue, number: str) -> bool:
        order = await find_order(d.session, number)
        change = await latest_change(d.session, number, kind, d.turn.conversation.id)
        if order is None or change is None or not await undo_change(d.session, order, change, d.now):
            return False
        await settle_promise(d, "refund", number)
        return True


for each in ("cancel", "delivery", "item"):
    _undo_of(each)
