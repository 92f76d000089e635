"""Complaints about a product, and where a complaint is: asking, adding to it, withdrawing it."""

from __future__ import annotations

import re

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import ABOUT, LISTENERS, Dialogue, flow
from bot.services.flows.complaining import complain, withdraw_complaint
from bot.services.flows.conversation import DELIVERY_PROBLEM
from bot.services.flows.goods import COMPLAINT, one_line, says_enough, without_facts
from bot.services.flows.orders import say_status
from bot.services.flows.photos import ask_photo, keep_with, loose_files, photo_words
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.wording import day_words
from bot.shop.complaints import complaints_of
from bot.shop.orders import DELIVERED
from bot.storage.shop import Complaint, Order, OrderLine

ABOUT["complaint_more"] = "complaint_more"
LONGEST = 4000
MINE = ("file_complaint", "complaint_more", "withdraw_complaint", "delivery_problem")
_ABOUT_ONE = r"(reklamac|zgloszeni|complaint|claim)"
_MORE = re.compile(
    r"\b(doda[cjm]|dolacz|dosla|dosyl|dopis|uzupeln|jeszcze (jedno |kilka |inne )?(zdjec|fot)|kolejn\w+ (zdjec|fot)|"
    r"(mam|oto|wysylam|przesylam|zalaczam) (\w+ )?(zdjec|fot)|add(ing)?\b|attach|(another|more|a) (photo|picture|detail))"
)
_GIVES_UP = re.compile(r"\b(wycof|anuluj|rezygn|zrezygn|odwola|cofn|withdraw|cancel|drop)")
_PICTURE = re.compile(r"\b(zdjec|fot|photo|picture|image|skan|scan|pdf|paragon|receipt)")


@flow("file_complaint")
async def file_complaint(d: Dialogue) -> None:
    later = _about_an_old_one(d.frame.text)
    if later is not None:
        return await d.switch(later)
    order = await proven_order(d, lambda order: order.status in DELIVERED)
    if order.status not in DELIVERED:
        say_status(d, order, buttons=[])
        return d.say("utter_complaint_not_delivered", buttons=[DELIVERY_PROBLEM, HUMAN])
    line = await one_line(d, f"complaint_line:{order.number}", "utter_ask_complaint_line", order.lines)
    standing = await _same_again(d, order, line)
    if standing is not None:
        return await d.switch("complaint_more", {"complaint_more": standing.number})
    await complain(d, order, line, "defect")


def _about_an_old_one(said: str) -> str | None:
    """The flow for somebody who adds to a complaint, or takes it back, in whatever words."""
    text = fold(said)
    if not re.search(_ABOUT_ONE, text):
        return None
    if _GIVES_UP.search(text):
        return "withdraw_complaint"
    return "complaint_more" if _MORE.search(text) else None


async def about_an_old_complaint(d: Dialogue) -> str | None:
    """The same, whatever the sentence looks like otherwise, unless a complaint is just being talked about."""
    busy = any(frame.flow in MINE for frame in d.state.stack)
    return None if busy else _about_an_old_one(d.parse.text)


LISTENERS.append(about_an_old_complaint)


async def _same_again(d: Dialogue, order: Order, line: OrderLine) -> Complaint | None:
    """The complaint about this thing that is being looked into, if the customer means that one."""
    standing = next((c for c in order.complaints if c.status == "open" and c.line_id == line.id), None)
    if standing is None:
        return None
    options = [
        Option("add", d.text("utter_button_add_to_complaint"), ("dod", "dopis", "ta sam", "add", "same")),
        Option("new", d.text("utter_button_new_complaint"), ("now", "inn", "nie", "new", "another", "other", "no")),
    ]
    key = f"complaint_again:{standing.number}"
    due = day_words(standing.due_on, d.today, d.language)
    chosen = await d.ask(key, "utter_complaint_again", kind="choice", options=options, number=standing.number, due=due)
    return standing if chosen == "add" else None


# Where a complaint is


@flow("complaint_status")
async def complaint_status(d: Dialogue) -> None:
    later = _about_an_old_one(d.frame.text)
    if later is not None:
        return await d.switch(later)
    found = await _complaints(d)
    if not found:
        return d.say("utter_no_complaint", buttons=[COMPLAINT, HUMAN])
    for item in found[:2]:
        await _say_complaint(d, item)


async def _complaints(d: Dialogue) -> list[Complaint]:
    """The complaint of the number that was told; else the customer's, or the order's, newest first."""
    number = d.fact("complaint_number")
    if number is not None and not d.frame.orders:
        d.frame.orders = _digits(number)[:1]
    if not d.frame.orders and d.customer_id is not None:
        return await complaints_of(d.session, d.customer_id)
    order = await proven_order(d, lambda order: bool(order.complaints))
    found = sorted(order.complaints, key=lambda item: item.created_at, reverse=True)
    return [item for item in found if _digits(item.number) == _digits(number or "")] or found


async def _say_complaint(d: Dialogue, item: Complaint) -> None:
    d.turn.looked_up("complaint", f"{item.number}: {item.status}")
    due = day_words(item.due_on, d.today, d.language)
    decision = f" {item.decision}" if item.decision else ""
    if item.status == "open" and item.due_on < d.today:
        d.turn.ledger.note("wish", f"{item.number}: answer overdue", d.turn.source())
        await d.handoff(Reason.COMPLAINT, "utter_complaint_overdue", done=True, number=item.number, due=due)
    more = ("utter_button_add_to_complaint", payload("inform", complaint_more=item.number))
    buttons = {"open": [more, HUMAN], "rejected": [HUMAN]}.get(item.status, [])
    d.say(f"utter_complaint_{item.status}", buttons=buttons, number=item.number, due=due, decision=decision)


# Later


@flow("complaint_more")
async def complaint_more(d: Dialogue) -> None:
    """A file or some words for a complaint that is being looked into."""
    item = await _one_that_is_open(d)
    if item is None:
        return
    text = fold(d.frame.text)
    files, told = await loose_files(d), ""
    if says_enough(d.frame.text) and not _PICTURE.search(text):
        told = without_facts(d.frame.text)
    elif not files:
        files = await ask_photo(d, "photo", "utter_ask_more")
        told = photo_words(d)
    if not files and not told:
        return d.say("utter_nothing_added", buttons=[HUMAN], number=item.number)
    keep_with(item.number, files)
    if told:
        item.description = f"{item.description}\n{d.today.isoformat()}: {told}"[:LONGEST]
    d.turn.looked_up("complaint", f"{item.number}: added to")
    due = day_words(item.due_on, d.today, d.language)
    d.say("utter_complaint_added", buttons=[HUMAN], number=item.number, due=due)


@flow("withdraw_complaint")
async def withdraw(d: Dialogue) -> None:
    item = await _one_that_is_open(d)
    if item is None:
        return
    number = item.number
    key = f"complaint_withdraw_confirm:{number}"
    if not await d.ask(key, "utter_confirm_withdraw_complaint", kind="yes_no", number=number):
        return d.say("utter_complaint_stays", buttons=[HUMAN], number=number)
    await withdraw_complaint(d, number)
    d.turn.looked_up("complaint", f"{number} withdrawn")
    d.say("utter_complaint_withdrawn", buttons=[COMPLAINT, HUMAN], number=number)


async def _one_that_is_open(d: Dialogue) -> Complaint | None:
    """The open complaint that is meant, asked for among several. Says so and gives None when none is open."""
    if d.parse.pressed and d.parse.has("complaint_more") and not d.frame.answers:
        d.answer("complaint_more", d.parse.entity("complaint_more"))
    chosen = d.frame.answers.get("complaint_more")
    if chosen is not None and not d.frame.orders:
        d.frame.orders = _digits(str(chosen))[:1]
    found = await _complaints(d)
    standing = [item for item in found if item.status == "open"]
    if not found:
        d.say("utter_no_complaint", buttons=[COMPLAINT, HUMAN])
    elif not standing:
        await _say_complaint(d, found[0])
    elif len(standing) > 1:
        options = [Option(item.number, item.number) for item in standing]
        chosen = await d.ask("complaint_more", "utter_ask_which_complaint", kind="choice", options=options)
        return next((item for item in standing if item.number == chosen), standing[0])
    return standing[0] if standing else None


def _digits(number: str) -> list[str]:
    """`RK-100311-1` -> ["100311", "1"], however its parts are joined."""
    return re.findall(r"\d+", number)
