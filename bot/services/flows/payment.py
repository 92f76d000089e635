"""Paying: the ways to pay, a payment that went wrong, and VAT invoices."""

from __future__ import annotations

import re

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.knowledge import strong_article
from bot.services.flows.proof import FACTS, HUMAN, product_name, proven_order
from bot.services.wording import money
from bot.shop.errors import ShopRefused
from bot.shop.invoices import request_invoice
from bot.shop.orders import payment_state
from bot.shop.profile import payment_methods
from bot.storage.shop import Order, PaymentMethod

_WRONG_INVOICE = re.compile(r"\b(korekt|bledn|blad|zly|zla |zle |niepopraw|correct|wrong|mistake|incorrect|amend)")
_COMPANY = re.compile(r"\b(firm|spolk|nip|company|business|vat)")


@flow("payment_methods")
async def ways_to_pay(d: Dialogue) -> None:
    article = await strong_article(d, d.frame.text)
    if article is not None:
        more = ("utter_button_payment_methods", payload("ask_payment_methods"))
        return d.say("utter_plain", text=article.summary, buttons=[more])
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
    state = payment_state(order)
    d.turn.looked_up("payment", f"{order.number}: {state}")
    if state == "overpaid":
        d.turn.ledger.note("wish", f"{order.number}: paid twice", d.turn.source())
        await d.handoff(Reason.POLICY, "utter_payment_overpaid", done=True, number=order.number)
    methods = ("utter_button_payment_methods", payload("ask_payment_methods"))
    buttons = [methods, HUMAN] if state in ("failed", "unpaid", "pending") else [HUMAN]
    d.say(f"utter_payment_{state}", buttons=buttons, number=order.number, amount=money(order.total, d.language))


@flow("invoice")
async def invoice(d: Dialogue) -> None:
    order = await proven_order(d)
    if _WRONG_INVOICE.search(fold(d.frame.text)):
        d.turn.ledger.note("wish", f"{order.number}: invoice correction: {d.frame.text}"[:500], d.turn.source())
        await d.handoff(Reason.POLICY, "utter_invoice_correction", done=True, number=order.number)
    if order.invoices:
        return _say_existing(d, order)
    if order.status in ("unpaid", "cancelled"):
        return d.say(f"utter_invoice_{order.status}", buttons=[HUMAN], number=order.number)
    nip, company = await _buyer(d, order)
    buyer = f"{company}, NIP {nip}" if nip else company
    if not await d.ask(
        f"invoice_confirm:{order.number}", "utter_confirm_invoice", kind="yes_no", number=order.number, buyer=buyer
    ):
        d.drop("invoice_for", "invoice_company", f"invoice_confirm:{order.number}")
        return d.say("utter_nothing_written", buttons=[HUMAN])
    d.turn.ledger.confirm("order_number", "nip")
    try:
        made = request_invoice(d.session, order, d.now, nip=nip, company=company)
    except ShopRefused as refused:
        d.turn.looked_up("invoice", f"refused: {refused.reason}")
        return d.say("utter_invoice_refused", buttons=[HUMAN], number=order.number)
    d.turn.looked_up("invoice", f"{made.number} requested")
    d.turn.ledger.note("invoice_number", made.number, {"kind": "lookup", "what": "invoice"}, confirmed=True)
    d.say("utter_invoice_requested", number=made.number, order=order.number)


async def _buyer(d: Dialogue, order: Order) -> tuple[str | None, str]:
    """Whose name the invoice is in: a company with its NIP, or the person who bought."""
    person = order.recipient or order.customer.name
    kind = "company" if d.fact("nip") or _COMPANY.search(fold(d.frame.text)) else None
    if kind is None:
        company = ("firm", "spolk", "company", "business", "tak")
        private = ("pryw", "osob", "private", "person")
        options = [
            Option("company", d.text("utter_button_company"), company),
            Option("private", d.text("utter_button_private"), private),
        ]
        kind = await d.ask("invoice_for", "utter_ask_invoice_for", kind="choice", options=options)
    if kind == "private":
        return None, person
    nip = d.fact("nip") or order.customer.nip
    if nip is None:
        await d.ask("nip", "utter_ask_nip", kind="fact", facts=("nip", *FACTS))
    company_name = order.customer.company or await d.ask("invoice_company", "utter_ask_company")
    return nip, str(company_name)


def _say_existing(d: Dialogue, order: Order) -> None:
    made = order.invoices[-1]
    d.turn.looked_up("invoice", f"{made.number}: {made.status}")
    text = (
        "utter_invoice_waiting"
        if made.status == "requested"
        else "utter_invoice_link"
        if made.url
        else "utter_invoice_sent"
    )
    d.say(text, buttons=[HUMAN], number=made.number, order=order.number, url=made.url or "")
