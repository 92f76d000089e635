"""Filing a complaint: what each kind of it asks for, the confirmation, the case itself and what follows from it."""

from __future__ import annotations

import re

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option, Part, named
from bot.domain.since import since_in
from bot.domain.text import fold
from bot.services.dialogue import Dialogue
from bot.services.flows.goods import COMPLAINT, called_by, end_of, line_title, own_words, settle_promise
from bot.services.flows.photos import ask_photo, keep_with, photo_words
from bot.services.flows.proof import HUMAN
from bot.services.flows.undo import undo_button, undoable
from bot.services.wording import day_words
from bot.shop.complaints import REMEDIES, open_complaint
from bot.shop.lexical import stem
from bot.storage.shop import Complaint, Order, OrderLine

UNOPENED = ("replacement", "refund")
"""What helps when the parcel, not the product, was wrong."""
REMEDY_WORDS = {
    "repair": ("napraw", "repair", "fix"),
    "replacement": (
        "wymian",
        "wymien",
        "now",
        "drug",
        "ponown",
        "wysla",
        "replac",
        "new",
        "resend",
        "again",
        "another",
    ),
    "price_reduction": ("obniz", "znizk", "rabat", "discount", "reduc"),
    "refund": ("zwro", "pieni", "refund", "money"),
}
PHOTOS = ("defect", "damaged_parcel", "wrong_item", "missing_item")
"""Kinds where a picture shows something."""
FOR_HUMANS = ("wrong_item", "missing_item", "not_delivered", "not_received")
"""What was packed, and where a parcel went, is for a human to find out."""
NOT_THERE = ("not_delivered", "not_received")
TELLING = 2
"""A sentence with so many words about what is wrong needs no other."""
_VAGUE = re.compile(
    r"(za)?reklam|zglos|czego|brak|missing|zlozy|zamow|problem|paczk|przesyl|towar|produkt|rzecz|mail|numer|nr$|chc|wol|wada|wadliw|zepsu|"
    r"complain|report|order|parcel|package|delivery|product|item|thing|number|broken|faulty|defect|file|wrong$"
)
SINCE = ("start", "days", "weeks", "months")
_WANTS = re.compile(
    r"\b(?:chc\w*|wol\w*|prosz\w*|poprosz\w*|oczekuj\w*|zada\w*|want|like|prefer|please|expect|get)\b"
    r"(?! (?:za?reklam|zglos|zloz|to (?:report|complain|file|make)))"
)
_UNKNOWN = re.compile(r"\b(nie (pamietam|wiem)|trudno powiedziec|don.?t (remember|know)|not sure|no idea)\b")


async def complain(d: Dialogue, order: Order, line: OrderLine | None, kind: str) -> None:
    """Ask for what is missing, confirm, and file it."""
    description = await _description(d, line, kind)
    since = await _since(d, description) if kind == "defect" else None
    remedy = await _remedy(d, kind)
    files = await ask_photo(d) if kind in PHOTOS else []
    details = [
        d.text("utter_part_since", since=since) if since else "",
        d.text("utter_part_files", count=len(files)) if files else "",
        d.text("utter_part_remedy_law") if kind == "defect" and remedy in ("refund", "price_reduction") else "",
    ]
    agreed = await d.ask(
        f"complaint_confirm:{order.number}",
        "utter_confirm_complaint",
        kind="yes_no",
        parts=[Part("complaint_remedy", _remedies(d, kind), remedy)],
        number=order.number,
        item=f", {line_title(d, line)}" if line is not None else "",
        remedy=d.text(f"utter_remedy_{remedy}"),
        details="".join(f" {part}" for part in details if part),
    )
    if not agreed:
        return d.say("utter_nothing_written", buttons=[COMPLAINT, HUMAN])
    d.turn.ledger.confirm("order_number", "email", "phone")
    told = f"{description}\n{photo_words(d)}".strip()
    opened = open_complaint(d.session, order, line, told[:2000], remedy, d.now, kind=kind, since=since)
    keep_with(opened.number, files)
    await _say_opened(d, opened)


async def _description(d: Dialogue, line: OrderLine | None, kind: str) -> str:
    """What the first sentence tells already, or an answer; that a parcel is not there says it all."""
    if "complaint_text" not in d.frame.answers:
        if kind in NOT_THERE or (kind == "missing_item" and line is not None):
            return d.frame.text or d.text(f"utter_problem_{kind}")
        if _tells_more(d.frame.text, line):
            return d.frame.text
    return str(await d.ask("complaint_text", "utter_ask_complaint_text"))


def _tells_more(text: str, line: OrderLine | None) -> bool:
    """True for a sentence that says what is wrong, beside what it is about and that it is a complaint."""
    called = called_by(line) if line is not None else set()
    own = [word for word in own_words(text) if not _VAGUE.match(word) and stem(word) not in called]
    return len(own) >= TELLING


async def _since(d: Dialogue, description: str) -> str | None:
    told = since_in(description) or since_in(d.frame.text)
    if told is not None and "complaint_since" not in d.frame.answers:
        return told
    # Buttons answer with words, as the customer would.
    titles = [d.text(f"utter_since_{code}") for code in SINCE]
    options = [Option(title, title) for title in titles]
    answer = await d.ask("complaint_since", "utter_ask_since", options=options, skip="utter_button_not_known")
    return str(answer)[:200] if answer and not _UNKNOWN.search(fold(str(answer))) else None


async def _remedy(d: Dialogue, kind: str) -> str:
    """What was asked for in the first sentence ("I want new ones"), or chosen."""
    options = _remedies(d, kind)
    wish = _WANTS.split(fold(d.frame.text))[1:]
    told = named(options, " ".join(wish[-1].split()[:6])) if wish else []
    if len(told) == 1 and "complaint_remedy" not in d.frame.answers:
        d.answer("complaint_remedy", told[0])
    question = {"defect": "utter_ask_remedy"}.get(kind, "utter_ask_remedy_parcel")
    return str(await d.ask("complaint_remedy", question, kind="choice", options=options))


def _remedies(d: Dialogue, kind: str) -> list[Option]:
    codes = [code for code in REMEDIES if kind == "defect" or code in UNOPENED]
    named_so = "remedy" if kind == "defect" else "resend" if kind in FOR_HUMANS else "remedy"
    return [
        Option(code, d.text(f"utter_{named_so if code == 'replacement' else 'remedy'}_{code}"), REMEDY_WORDS[code])
        for code in codes
    ]


async def _say_opened(d: Dialogue, opened: Complaint) -> None:
    source = {"kind": "lookup", "what": f"complaint {opened.number}"}
    d.turn.ledger.note("complaint_number", opened.number, source, confirmed=True)
    d.turn.looked_up("complaint", f"{opened.number} opened, {opened.kind}, {opened.remedy}")
    d.turn.promise("complaint_answer", end_of(d, opened.due_on), number=opened.number)
    d.say("utter_complaint_opened", number=opened.number, due=day_words(opened.due_on, d.today, d.language))
    if opened.kind in FOR_HUMANS:
        d.say(f"utter_complaint_next_{opened.kind}")
        await d.handoff(Reason.COMPLAINT, done=True)
    d.say(f"utter_complaint_next_{opened.kind}", buttons=[undo_button(d, "complaint", opened.number)])


@undoable("complaint")
async def withdraw_complaint(d: Dialogue, number: str) -> bool:
    """A complaint nobody has decided yet is withdrawn."""
    found = await d.session.get(Complaint, number)
    if found is None or found.status != "open":
        return False
    found.status = "withdrawn"
    await settle_promise(d, "complaint_answer", number)
    return True
