"""Complaints: a defect, a parcel that went wrong, and where a complaint is."""

from __future__ import annotations

import re

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import COMPLAINT, end_of, line_title, one_line
from bot.services.flows.orders import say_status, says_enough
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.wording import day_words
from bot.shop.complaints import REMEDIES, complaints_of, open_complaint
from bot.shop.orders import DELIVERED, status_of
from bot.storage.shop import Complaint, Order, OrderLine

PROBLEMS = {
    "not_delivered": "nie (dotar|dosz|przysz|ma paczki|dostal)|zagin|lost|(not|never|n.t) (arriv|come|came|deliver)",
    "damaged_parcel": "uszkodz|zgniec|rozbi|peknie|zniszcz|mokr|damag|crush|broken|smash|wet",
    "wrong_item": "nie to|nie ten|pomyl|inny (produkt|rozmiar|kolor|towar)|zl[ya] |wrong|not what i ordered",
    "missing_item": "brak|nie ma|niekomplet|zabrak|missing|incomplete|only (one|half)",
}
UNOPENED = ("replacement", "refund")
"""What helps when the parcel, not the product, was wrong."""
REMEDY_WORDS = {
    "repair": ("napraw", "repair", "fix"),
    "replacement": ("wymian", "wymien", "now", "replac", "new"),
    "price_reduction": ("obniz", "znizk", "rabat", "discount", "reduc"),
    "refund": ("zwro", "pieni", "refund", "money"),
}


@flow("file_complaint")
async def file_complaint(d: Dialogue) -> None:
    order = await proven_order(d, lambda order: order.status in DELIVERED)
    if order.status not in DELIVERED:
        say_status(d, order, buttons=[])
        return d.say("utter_complaint_not_delivered", buttons=[HUMAN])
    line = await one_line(d, f"complaint_line:{order.number}", "utter_ask_complaint_line", order.lines)
    await _complain(d, order, line, "defect")


@flow("delivery_problem")
async def delivery_problem(d: Dialogue) -> None:
    order = await proven_order(d)
    kind = await _kind(d)
    status = status_of(order, d.today)
    if kind == "not_delivered" or status.code not in DELIVERED | {"partly_delivered", "in_locker"}:
        if not status.late and status.code not in DELIVERED | {"lost"}:
            say_status(d, order, buttons=[])
            return d.say("utter_not_late_yet", buttons=[HUMAN])
        d.turn.ledger.note("wish", f"{order.number}: parcel not delivered ({status.code})", d.turn.source())
        await d.handoff(Reason.COMPLAINT, "utter_parcel_search", done=True, number=order.number)
    line = None
    if kind != "missing_item":
        line = await one_line(d, f"complaint_line:{order.number}", "utter_ask_complaint_line", order.lines)
    await _complain(d, order, line, kind)


async def _kind(d: Dialogue) -> str:
    text = fold(d.frame.text)
    told = [kind for kind, stems in PROBLEMS.items() if re.search(rf"\b({stems})", text)]
    if len(told) == 1 and "problem_kind" not in d.frame.answers:
        return told[0]
    stems = {
        "not_delivered": ("nie ma paczki", "nie dotar"),
        "damaged_parcel": ("uszkodz", "damag"),
        "wrong_item": ("inn", "wrong"),
    }
    options = [Option(kind, d.text(f"utter_problem_{kind}"), stems.get(kind, ("brak", "missing"))) for kind in PROBLEMS]
    return str(await d.ask("problem_kind", "utter_ask_problem_kind", kind="choice", options=options))


async def _complain(d: Dialogue, order: Order, line: OrderLine | None, kind: str) -> None:
    description = d.frame.text
    if "complaint_text" in d.frame.answers or not says_enough(description):
        description = str(await d.ask("complaint_text", "utter_ask_complaint_text"))
    codes = [code for code in REMEDIES if kind == "defect" or code in UNOPENED]
    options = [Option(code, d.text(f"utter_remedy_{code}"), REMEDY_WORDS[code]) for code in codes]
    remedy = str(await d.ask("complaint_remedy", "utter_ask_remedy", kind="choice", options=options))
    key, wanted = f"complaint_confirm:{order.number}", d.text(f"utter_remedy_{remedy}")
    item = f", {line_title(d, line)}" if line is not None else ""
    if not await d.ask(key, "utter_confirm_complaint", kind="yes_no", number=order.number, item=item, remedy=wanted):
        return d.say("utter_nothing_written", buttons=[HUMAN])
    d.turn.ledger.confirm("order_number", "email", "phone")
    opened = open_complaint(d.session, order, line, description[:2000], remedy, d.now, kind=kind)
    source = {"kind": "lookup", "what": f"complaint {opened.number}"}
    d.turn.ledger.note("complaint_number", opened.number, source, confirmed=True)
    d.turn.looked_up("complaint", f"{opened.number} opened, {kind}, {remedy}")
    d.turn.promise("complaint_answer", end_of(d, opened.due_on), number=opened.number)
    d.say("utter_complaint_opened", number=opened.number, due=day_words(opened.due_on, d.today, d.language))
    if kind in ("wrong_item", "missing_item"):  # what was packed is for a human to find out
        await d.handoff(Reason.COMPLAINT, done=True)
    d.say("utter_complaint_next")


@flow("complaint_status")
async def complaint_status(d: Dialogue) -> None:
    number = d.fact("complaint_number")
    found = await _complaints(d, number)
    if not found:
        return d.say("utter_no_complaint", buttons=[COMPLAINT, HUMAN])
    wanted = [item for item in found if _digits(item.number) == _digits(number or "")] or found
    for item in wanted[:2]:
        _say_complaint(d, item)


async def _complaints(d: Dialogue, number: str | None) -> list[Complaint]:
    if number is not None and not d.frame.orders:
        d.frame.orders = _digits(number)[:1]
    if not d.frame.orders and d.customer_id is not None:
        return await complaints_of(d.session, d.customer_id)
    order = await proven_order(d, lambda order: bool(order.complaints))
    return sorted(order.complaints, key=lambda item: item.created_at, reverse=True)


def _say_complaint(d: Dialogue, item: Complaint) -> None:
    d.turn.looked_up("complaint", f"{item.number}: {item.status}")
    overdue = item.status == "open" and item.due_on < d.today
    due = day_words(item.due_on, d.today, d.language)
    decision = f" {item.decision}" if item.decision else ""
    buttons = [HUMAN] if overdue or item.status == "rejected" else []
    text = "utter_complaint_overdue" if overdue else f"utter_complaint_{item.status}"
    d.say(text, buttons=buttons, number=item.number, due=due, decision=decision)


def _digits(number: str) -> list[str]:
    """`RK-100311-1` -> ["100311", "1"], however its parts are joined."""
    return re.findall(r"\d+", number)
