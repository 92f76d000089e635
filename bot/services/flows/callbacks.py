"""A call back: the number, when it suits, and the promise to call then."""

from __future__ import annotations

import datetime as dt
import re

from bot.domain.calendar_words import find_days, find_hours
from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.facts import normal_phone
from bot.domain.hours import OpeningHours
from bot.domain.text import fold
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.changing import ask_words
from bot.services.waiting import expectation
from bot.services.wording import day_words, moment_words
from bot.storage.shop import Customer

WINDOW = dt.timedelta(hours=2)
"""How long after the wished hour a call still comes in time, unless an end was named."""
SOON = re.compile(
    r"\b(jak najszybciej|od razu|teraz|zaraz|natychmiast|pilne|asap|as soon as|now|right away|straight away|urgent)"
)
TRIES = 2
_SPAN = re.compile(r"(\d\d:\d\d)?-(\d\d:\d\d)?")


@flow("callback")
async def callback(d: Dialogue) -> None:
    phone = d.fact("phone") or await _phone(d)
    hours, day = await _wanted(d)
    zone, language = d.rules.hours.zone, d.language
    if hours is None and day is None:
        due = await expectation(d.session, d.rules.hours, d.now)
        opens, closes, as_wished = None, due.due_at, True
        when = d.text("utter_by_moment", moment=moment_words(due.due_at, d.now, zone, language))
    else:
        opens, closes, as_wished = next_window(d.rules.hours, d.now, hours or "", day)
        day_named = day_words(opens.astimezone(zone).date(), d.today, language)
        when = d.text("utter_between", day=day_named, opens=_clock(d, opens), closes=_clock(d, closes))
    d.turn.ledger.confirm("phone")
    d.turn.ledger.note("wish", f"call back {phone}, {when}: {d.frame.text}"[:500], d.turn.source())
    d.turn.promise("callback", closes, phone=phone, after=opens.isoformat() if opens else None)
    text = "utter_callback_noted" if as_wished else "utter_callback_in_hours"
    await d.handoff(Reason.ASKED, text, done=True, phone=phone, when=when)


async def _phone(d: Dialogue) -> str:
    """A number that can be one; a wrong one is pointed out twice, then a human takes what there is."""
    tries = d.frame.answers.get("phone_tries", 0)
    said = await ask_words(d, "callback_phone", "utter_ask_phone" if not tries else "utter_phone_wrong")
    phone = normal_phone(said)
    if phone is not None:
        d.turn.ledger.note("phone", phone, d.turn.source())
        return phone
    if tries >= TRIES:
        d.turn.ledger.note("wish", f"call back, number as given: {said}"[:500], d.turn.source())
        await d.handoff(Reason.ASKED, done=True)
    d.answer("phone_tries", tries + 1)
    d.drop("callback_phone")
    return await _phone(d)


async def _wanted(d: Dialogue) -> tuple[str | None, dt.date | None]:
    """The hours ("17:00-") and the day that suit: said, known from before, or asked once."""
    answer = d.frame.answers.get("callback_when")
    said = d.frame.text if answer is None else f"{d.frame.text} {answer}"
    if SOON.search(fold(said)) or answer == "soon":
        return None, None
    days, hours = find_days(said, d.today), find_hours(said)
    day = dt.date.fromisoformat(days[-1].value) if days else None
    if hours:
        d.turn.ledger.note("preferred_hours", hours[-1].value, d.turn.source())
        return hours[-1].value, day
    known = await _known_hours(d)
    if known or day or answer is not None:
        return known, day
    # The codes are read as what they say, like any other answer.
    options = [Option(code, d.text(f"utter_when_{code}")) for code in ("soon", "morning", "afternoon", "tomorrow")]
    await d.ask("callback_when", "utter_ask_callback_when", options=options)
    raise AssertionError("ask ends the turn")


async def _known_hours(d: Dialogue) -> str | None:
    """The hours told before, in this conversation or another one, or kept with the customer's account."""
    person = await d.session.get(Customer, d.customer_id) if d.customer_id else None
    known = d.fact("preferred_hours") or (person.preferred_hours if person else None)
    hours = find_hours(known) if known else []
    return hours[-1].value if hours else known if known and _SPAN.fullmatch(known) else None


def next_window(
    hours: OpeningHours, now: dt.datetime, wanted: str, day: dt.date | None
) -> tuple[dt.datetime, dt.datetime, bool]:
    """The next time in opening hours that suits, from and to; False when nothing suits and it is simply the next."""
    first, last = (_time(part) for part in wanted.partition("-")[::2])
    today = now.astimezone(hours.zone).date()
    days = [day] if day is not None and day >= today else [today + dt.timedelta(days=step) for step in range(15)]
    for each in days:
        found = _within(hours, now, each, first, last)
        if found is not None:
            return *found, True
    start = day if day is not None and day >= today else today
    for step in range(15):
        found = _within(hours, now, start + dt.timedelta(days=step), None, None)
        if found is not None:
            return *found, False
    raise ValueError("the opening hours leave no time in two weeks")


def _within(
    hours: OpeningHours, now: dt.datetime, day: dt.date, first: dt.time | None, last: dt.time | None
) -> tuple[dt.datetime, dt.datetime] | None:
    span = hours.span(day)
    if span is None:
        return None
    begins = dt.datetime.combine(day, first, hours.zone) if first else span[0]
    ends = dt.datetime.combine(day, last, hours.zone) if last else span[1]
    begins = max(begins, span[0], now.astimezone(hours.zone))
    ends = min(ends, span[1], begins + WINDOW) if last is None else min(ends, span[1])
    return (begins, ends) if ends - begins >= dt.timedelta(minutes=15) else None


def _time(text: str) -> dt.time | None:
    if not text:
        return None
    hour, _, minute = text.partition(":")
    return dt.time(int(hour) % 24, int(minute or 0))


def _clock(d: Dialogue, moment: dt.datetime) -> str:
    return f"{moment.astimezone(d.rules.hours.zone):%H:%M}"
