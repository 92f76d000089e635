"""Paying: the ways to pay, what is still to pay, and a payment that went wrong."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from bot.domain.conversation import Reason
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.changing import give_back, pass_on
from bot.services.flows.knowledge import strong_article
from bot.services.flows.paying import METHODS, say_how_to_pay
from bot.services.flows.photos import ask_photo, keep_with, photo_words
from bot.services.flows.proof import HUMAN, product_name, proven_order
from bot.services.wording import day_words, money
from bot.shop.days import local_day
from bot.shop.orders import payment_state
from bot.shop.profile import payment_methods
from bot.storage.shop import Order, Payment, PaymentMethod

_TO_PAY = re.compile(
    r"\b((czy )?(musze|mam|trzeba|powinn\w*) (jeszcze |teraz )*(za)?plac|ile (mam |trzeba |jeszcze )*(do zaplat|zaplac)|"
    r"do zaplaty|do kiedy (moge |mam |trzeba )*(za)?plac|(have|need) to pay|(still|do i) owe|"
    r"how much (do i|is) (owe|left|due)|amount due|outstanding|until when can i pay)"
)
_TWICE = re.compile(r"\b(dwa razy|dwukrotn|podwojn|2 razy|2x|twice|double|two times|second time|drugi raz)")
_HAS_PAID = re.compile(
    r"\b(zaplaci\w+|zaplacon\w+|oplaci\w+|oplacon\w+|przela\w+|pobra\w+|obciazon\w*|sciagn\w*|wyslal\w+ przelew|"
    r"i paid|have paid|already paid|been charged|was charged|charged me|took the money|"
    r"money (left|gone|was taken)|transferred)"
)


@flow("payment_methods")
async def ways_to_pay(d: Dialogue) -> None:
    if _TO_PAY.search(fold(d.frame.text)):
        return await d.switch("payment_problem")
    article = await strong_article(d, d.frame.text)
    if article is not None:
        return d.say("utter_plain", text=article.summary, buttons=[METHODS])
    methods = await payment_methods(d.session)
    d.turn.looked_up("payment_methods", str(len(methods)))
    if not methods:
        return await d.handoff(Reason.NO_ANSWER, done=True)
    d.say("utter_payment_methods", list="\n".join(_line(d, method) for method in methods[:8]))


def _line(d: Dialogue, method: PaymentMethod) -> str:
    fee = f" (+{money(method.fee, d.language)})" if method.fee else ""
    return f"• {product_name(d, method)}{fee}"


@flow("payment_problem")
async def payment_problem(d: Dialogue) -> None:
    order = await proven_order(d, lambda order: payment_state(order) != "paid")
    state, said = payment_state(order), fold(d.frame.text)
    d.turn.looked_up("payment", f"{order.number}: {state}")
    if state == "overpaid":
        await _paid_twice(d, order)
    if state == "paid" and _TWICE.search(said):
        return await _with_proof(d, order, "utter_payment_once", "charged twice, the shop sees one payment")
    if state in ("pending", "failed", "unpaid") and _HAS_PAID.search(said) and not _TO_PAY.search(said):
        return await _with_proof(
            d, order, f"utter_payment_not_seen_{state}", f"says it is paid, the shop sees: {state}"
        )
    values: dict[str, Any] = {"number": order.number, "amount": money(order.total, d.language)}
    if state not in ("pending", "failed", "unpaid"):
        return d.say(f"utter_payment_{state}", buttons=[HUMAN], **values)
    d.say(f"utter_payment_{state}", **values)
    await say_how_to_pay(d, order, HUMAN)


async def _paid_twice(d: Dialogue, order: Order) -> None:
    """More than one payment arrived: the surplus goes back, by a day that is promised, and a human sends it."""
    surplus = sum((item.amount for item in order.payments if item.status == "paid"), Decimal(0)) - order.total
    day = await give_back(d, order, surplus)
    amount = money(surplus, d.language)
    await pass_on(d, order, "utter_payment_overpaid", f"paid twice, {surplus} PLN to give back", amount=amount, day=day)


async def _with_proof(d: Dialogue, order: Order, response: str, wish: str) -> None:
    """What the shop sees and what the customer says differ: a confirmation helps, and a human compares the two."""
    key = f"payment_proof:{order.number}"
    if key not in d.frame.answers and "seen" not in d.frame.answers:
        d.answer("seen", True)
        d.say(response, number=order.number, amount=money(order.total, d.language), payments=_seen(d, order))
    files = await ask_photo(d, key, "utter_ask_payment_proof")
    keep_with(order.number, files)
    words = photo_words(d, key)
    wish = f"{wish}; {len(files)} files" + (f"; {words}" if words else "")
    await pass_on(d, order, "utter_payment_proof_taken" if files else "utter_payment_no_proof", wish)


def _seen(d: Dialogue, order: Order) -> str:
    """`BLIK, 329,00 zł, wczoraj`: the payment the shop sees, or a dash."""
    rows = [item for item in order.payments if item.status in ("paid", "pending", "failed")]
    return "; ".join(_payment(d, item) for item in rows) or "-"


def _payment(d: Dialogue, item: Payment) -> str:
    at: dt.datetime | None = item.paid_at or item.created_at
    day = day_words(local_day(at), d.today, d.language) if at else ""
    state = d.text(f"utter_seen_{item.status}")
    return ", ".join(part for part in (money(item.amount, d.language), day, state) if part)
