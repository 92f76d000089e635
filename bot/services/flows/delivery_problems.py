"""Parcels that went wrong: late, missing, "delivered" but not there, damaged, with the wrong or too few things in them."""

from __future__ import annotations

import re

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.complaining import complain
from bot.services.flows.goods import line_options, one_line
from bot.services.flows.orders import say_status
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.wording import day_words
from bot.shop.orders import DELIVERED, NOT_SENT, OrderStatus, status_of
from bot.storage.shop import Order, OrderLine

PROBLEMS = {
    "not_received": "(oznaczon|status|pisze|podobno|rzekomo|niby|wedlug|wg|twierdz|pokazuje)\\w*[^.]{0,40}"
    "(dorecz|dostarcz|odebran)|"
    "(dorecz|dostarcz)\\w*[^.]{0,40}(nie (mam|ma|dosta|otrzym|dotar|widz)|a (ja )?nic)|"
    "(says?|shows?|marked|supposedly|allegedly|claims?)[^.]{0,30}deliver|delivered[^.]{0,30}(but|never|not|nothing|n.t)",
    "not_delivered": "nie (dotar|dosz|przysz|ma paczk|dostal|mam paczk|otrzym)|zagin|zgub|przepad|"
    "lost|(not|never|n.t) (arriv|come|came|deliver|receiv|got|get)|where.?s my|disappear",
    "late": "spozni|opozni|(za|tak|bardzo) dlugo|ile mozna czekac|po terminie|late\\b|delay|overdue|still waiting|so long",
    "damaged_parcel": "uszkodz|zgniec|rozbi|pekni|zniszcz|mokr|podart|rozdart|damag|crush|broken|smash|wet\\b|torn|ripped",
    "wrong_item": "nie (to|ten|ta|te)\\b|pomyl|"
    "(inn\\w*|zl[yaeo]|nie ?wlasciw\\w*) (produkt|rozmiar|kolor|towar|rzecz|but)|"
    "(zamiast|cos innego)|wrong|not what i ordered|instead of|different (item|size|colo|product)",
    "missing_item": "brak|niekomplet|zabrakl|(nie ma|nie bylo) (w (paczce|srodku|pudelku)|jedn|drug)|tylko (jed|pol)|"
    "missing|incomplete|only (one|half|part)|isn.?t in the|was not in",
}
MORE_SPECIFIC = {
    "not_received": ("not_delivered", "late"),
    "not_delivered": ("late",),
    "missing_item": ("not_delivered",),
}
"""A kind, and those it outweighs when a sentence sounds like both."""
NEVER_CAME = ("not_received", "not_delivered", "late")
CANCEL = ("utter_button_cancel_order", payload("cancel_order"))


@flow("delivery_problem")
async def delivery_problem(d: Dialogue) -> None:
    order = await proven_order(d)
    status = status_of(order, d.today)
    kind = await _kind(d)
    if order.status == "cancelled":
        say_status(d, order, buttons=[HUMAN])
    elif kind in NEVER_CAME:
        await _never_came(d, order, status)
    elif status.code not in DELIVERED | {"partly_delivered"}:
        say_status(d, order, buttons=[])
        d.say("utter_problem_not_here_yet", buttons=[HUMAN])
    else:
        await _not_as_it_should_be(d, order, kind)


async def _kind(d: Dialogue) -> str:
    """What the first sentence tells, else an answer."""
    text = fold(d.frame.text)
    told = {kind for kind, stems in PROBLEMS.items() if re.search(rf"\b({stems})", text)}
    told -= {less for kind in told for less in MORE_SPECIFIC.get(kind, ())}
    if len(told) == 1 and "problem_kind" not in d.frame.answers:
        return told.pop()
    stems = {
        "not_delivered": ("nie ma paczki", "nie dotar", "zagin", "lost", "not arrive", "missing parcel"),
        "not_received": ("dorecz", "dostarcz", "deliver"),
        "late": ("spozni", "opozni", "late", "delay"),
        "damaged_parcel": ("uszkodz", "zniszcz", "damag", "broken"),
        "wrong_item": ("inn", "wrong", "pomyl", "different"),
        "missing_item": ("brak", "missing", "niekomplet"),
    }
    options = [Option(kind, d.text(f"utter_problem_{kind}"), stems[kind]) for kind in PROBLEMS]
    return str(await d.ask("problem_kind", "utter_ask_problem_kind", kind="choice", options=options))


# It is not there


async def _never_came(d: Dialogue, order: Order, status: OrderStatus) -> None:
    """What the carrier says decides: when to come back, where to look, or a case for somebody to look into."""
    code = status.code
    if code in DELIVERED:
        return await _said_to_be_delivered(d, order, status)
    if code == "lost":
        return await complain(d, order, None, "not_delivered")
    if code == "in_locker":
        say_status(d, order, buttons=[HUMAN])
    elif code in NOT_SENT and status.late:
        d.turn.ledger.note("wish", f"{order.number}: not sent in time", d.turn.source())
        await d.handoff(Reason.COMPLAINT, "utter_not_sent_in_time", done=True, number=order.number)
    elif code in NOT_SENT:
        say_status(d, order, buttons=[CANCEL, HUMAN])
    elif status.expected_on is not None and status.expected_on >= d.today:
        say_status(d, order, buttons=[])
        day = day_words(status.expected_on, d.today, d.language)
        d.say("utter_late_come_back" if status.late else "utter_not_late_yet", buttons=[HUMAN], day=day)
    else:
        await complain(d, order, None, "not_delivered")


async def _said_to_be_delivered(d: Dialogue, order: Order, status: OrderStatus) -> None:
    """Most such parcels are with a neighbour or in the locker: asked once, then it is a case."""
    day = day_words(status.delivered_on, d.today, d.language) if status.delivered_on else ""
    place = d.text("utter_part_in_locker", locker=status.locker_code) if status.locker_code else ""
    options = [
        Option(
            "gone", d.text("utter_button_looked_everywhere"), ("nie ma", "nigdzie", "sprawdz", "tak", "no", "checked")
        ),
        Option("found", d.text("utter_button_found_it"), ("znalaz", "jest", "found", "mam", "have")),
    ]
    text = "utter_ask_looked" if day else "utter_ask_looked_no_day"
    looked = await d.ask(f"looked:{order.number}", text, kind="choice", options=options, day=day, place=place)
    if looked == "found":
        return d.say("utter_parcel_found", number=order.number)
    await complain(d, order, None, "not_received")


# It is there, and not as it should be


async def _not_as_it_should_be(d: Dialogue, order: Order, kind: str) -> None:
    line = await _line(d, order, kind)
    if kind == "missing_item" and line is not None and _comes_later(order, line):
        say_status(d, order, buttons=[])
        return d.say("utter_comes_in_another_parcel", buttons=[HUMAN])
    await complain(d, order, line, kind)


async def _line(d: Dialogue, order: Order, kind: str) -> OrderLine | None:
    """The thing it is about. What is missing may be nothing one ordered by itself: a lace, a peg."""
    key, question = f"complaint_line:{order.number}", f"utter_ask_line_{kind}"
    if kind != "missing_item" or len(order.lines) == 1:
        return await one_line(d, key, question, order.lines)
    options = line_options(d, order.lines)
    part = Option(
        "part", d.text("utter_button_only_a_part"), ("czesc", "element", "dodat", "part", "piece of", "accessor")
    )
    chosen = d.frame.answers.get(key)
    if chosen is None:
        told = [option.value for option in options if option.named_in(d.frame.text)]
        chosen = told[0] if len(told) == 1 else await d.ask(key, question, kind="choice", options=[*options, part])
    return next((line for line in order.lines if line.id == chosen), None)


def _comes_later(order: Order, line: OrderLine) -> bool:
    """True if the thing travels in a parcel that has not arrived yet."""
    return any(item.status != "delivered" and item.parcel == line.parcel for item in order.shipments)
