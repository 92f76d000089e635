"""VAT invoices: one for a company or a person, the one that is there already, and its correction."""

from __future__ import annotations

import re

from bot.domain.addresses import address_in
from bot.domain.dialogue import Option
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.changing import ask_words, pass_on, settled_order
from bot.services.flows.proof import HUMAN
from bot.shop.contacts import normal_nip
from bot.shop.errors import ShopRefused
from bot.shop.invoices import request_invoice
from bot.storage.shop import Order

_WRONG_INVOICE = re.compile(r"\b(korekt|bledn|blad|zly|zla |zle |niepopraw|correct|wrong|mistake|incorrect|amend)")
_COMPANY = re.compile(r"\b(?<!bez )(?<!no )(firm|spolk|nip|company|business)")
_PRIVATE = re.compile(
    r"\b(prywat\w*|osob\w* fizyczn\w*|bez firmy|imienn\w*|private|privately|no company|my own name)\b"
)
_DIGITS = re.compile(r"(?:PL)?\s?\d[\d\s-]{6,16}\d")
TRIES = 2
"""Times a NIP that is wrong is asked for again."""


@flow("invoice")
async def invoice(d: Dialogue) -> None:
    order = await settled_order(d)
    if _WRONG_INVOICE.search(fold(d.frame.text)):
        await _correction(d, order)
    if order.invoices:
        return _say_existing(d, order)
    if order.status in ("unpaid", "cancelled"):
        return d.say(f"utter_invoice_{order.status}", buttons=[HUMAN], number=order.number)
    nip, company, address = await _buyer(d, order)
    buyer = ", ".join(part for part in (company, address, f"NIP {nip}" if nip else None) if part)
    key = f"invoice_confirm:{order.number}"
    if not await d.ask(key, "utter_confirm_invoice", kind="yes_no", number=order.number, buyer=buyer):
        return d.say("utter_nothing_written", buttons=[HUMAN])
    d.turn.ledger.confirm("order_number", "nip")
    try:
        made = request_invoice(d.session, order, d.now, nip=nip, company=company, address=address)
    except ShopRefused as refused:
        d.turn.looked_up("invoice", f"refused: {refused.reason}")
        return d.say("utter_invoice_refused", buttons=[HUMAN], number=order.number)
    d.turn.looked_up("invoice", f"{made.number} requested")
    d.turn.ledger.note("invoice_number", made.number, {"kind": "lookup", "what": "invoice"}, confirmed=True)
    d.say("utter_invoice_requested", number=made.number, order=order.number)


async def _correction(d: Dialogue, order: Order) -> None:
    """What is wrong and what it should be: the first sentence may say it, else it is asked; a human corrects it."""
    said = d.frame.text
    if len(said.split()) < ENOUGH:
        said = f"{said}: {await ask_words(d, 'invoice_wrong', 'utter_ask_invoice_correction')}"
    await pass_on(d, order, "utter_invoice_correction", f"invoice correction: {said}")


ENOUGH = 9
"""A sentence of so many words says what is to be corrected."""


async def _buyer(d: Dialogue, order: Order) -> tuple[str | None, str, str | None]:
    """NIP, name and address the invoice is for: a company's, or those of the person who bought."""
    person = order.recipient or order.customer.name
    said = fold(d.frame.text)
    company_said = d.fact("nip") or _COMPANY.search(said) or (re.search(r"\bvat\b", said) and order.customer.nip)
    kind = "private" if _PRIVATE.search(said) else "company" if company_said else None
    if "invoice_for" in d.frame.answers:  # a later word than the first
        kind = None
    if kind is None:
        company = ("firm", "spolk", "company", "business", "tak")
        no_company = ("bez firm", "nie na firm", "no company", "not a company", "my own name")
        private = ("pryw", "osob", "private", "person", *no_company)
        options = [
            Option("company", d.text("utter_button_company"), company),
            Option("private", d.text("utter_button_private"), private),
        ]
        kind = await d.ask("invoice_for", "utter_ask_invoice_for", kind="choice", options=options)
    if kind == "private":
        return None, person, None
    nip = d.fact("nip") or order.customer.nip or await _nip(d, order)
    if order.customer.company and nip == order.customer.nip:
        return nip, order.customer.company, None
    company_name, address = await _company(d)
    return nip, company_name, address


async def _nip(d: Dialogue, order: Order) -> str:
    """A NIP whose check digit agrees; a wrong one is pointed out, and after the second time a human takes it."""
    tries = d.frame.answers.get("nip_tries", 0)
    first = _DIGITS.search(re.sub(r"\S+@\S+", " ", d.frame.text)) if not tries else None
    if first is not None and len(re.sub(r"\D", "", first[0])) == 10 and "invoice_nip" not in d.frame.answers:
        d.answer("invoice_nip", first[0])
    said = await ask_words(d, "invoice_nip", "utter_ask_nip")
    found = _DIGITS.search(said)
    nip = normal_nip(found[0] if found else said)
    if nip is not None:
        d.turn.ledger.note("nip", nip, d.turn.source())
        return nip
    if tries >= TRIES:
        await pass_on(d, order, "utter_nip_passed_on", f"invoice, NIP as given: {said}")
    d.answer("nip_tries", tries + 1)
    d.drop("invoice_nip")
    return await ask_words(d, "invoice_nip", "utter_nip_wrong")


async def _company(d: Dialogue) -> tuple[str, str]:
    """Name and address of the company, in one answer or in two."""
    said = await ask_words(d, "invoice_company", "utter_ask_company")
    address = address_in(said)
    if "postcode" in address and "street" in address:
        name = said[: said.find(address["street"].split()[-1])].rsplit(",", 1)[0].strip(" ,")
        return name or said, ", ".join((address["street"], f"{address['postcode']} {address.get('city', '')}".strip()))
    return said, await ask_words(d, "invoice_address", "utter_ask_company_address")


def _say_existing(d: Dialogue, order: Order) -> None:
    made = order.invoices[-1]
    d.turn.looked_up("invoice", f"{made.number}: {made.status}")
    issued = "utter_invoice_link" if made.url else "utter_invoice_sent"
    text = "utter_invoice_waiting" if made.status == "requested" else issued
    d.say(text, buttons=[HUMAN], number=made.number, order=order.number, url=made.url or "")
