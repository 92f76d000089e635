"""The things in an order: what they are called, which of them a sentence names, why they can't go back."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from bot.domain.dialogue import Option, named
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue
from bot.services.flows.proof import HUMAN, product_name, proven_order
from bot.services.wording import day_words
from bot.shop.lexical import STOP_WORDS, stem
from bot.shop.orders import DELIVERED
from bot.shop.profile import shop_profile
from bot.shop.returns import STATUTORY_DAYS, RefusedLine, ReturnCheck, check_return
from bot.storage.shop import Order, OrderLine, Variant
from bot.storage.tables import Promise

COMPLAINT = ("utter_button_complaint", payload("file_complaint"))
RETURN = ("utter_button_return", payload("start_return"))
REFUND = ("utter_button_refund_status", payload("ask_refund_status"))
EXCHANGE = ("utter_button_exchange", payload("exchange_product"))
MOST = 10
"""Pieces offered as buttons."""
SPECIFIC = 6
"""A sentence with so many words of its own says what is the matter."""
NUMBER_WORDS = {1: ("jed", "one"), 2: ("dwi", "dwa", "two"), 3: ("trzy", "three"), 4: ("cztery", "four")}
_PIECES = re.compile(r"\b(\w+) (?:par[aey]?\b|szt\w*|piec\w*|pairs?\b)")
_FACTS = re.compile(r"\S+@\S+|#?\b\d{5,}\b|\+?\d[\d -]{7,}\d|•+\d*")
ONE_SIZE = ("", "uniwersalny", "uniwersalna", "uniwersalne", "universal", "one size", "onesize")
REFUSALS = ("not_delivered", "too_late", "already_returned", "not_returnable", "cancelled")


def variant_title(d: Dialogue, variant: Variant) -> str:
    """`42, czarny`: what tells a variant from the others of its product."""
    colour = variant.colour_pl if d.language == "pl" else variant.colour_en
    size = None if fold(variant.size or "") in ONE_SIZE else variant.size
    return ", ".join(part for part in (size, colour) if part)


def line_title(d: Dialogue, line: OrderLine, pieces: int = 1) -> str:
    own = variant_title(d, line.variant)
    title = product_name(d, line.variant.product) + (f" ({own})" if own else "")
    return f"{title} × {pieces}" if pieces > 1 else title


def line_options(d: Dialogue, lines: Sequence[OrderLine]) -> list[Option]:
    """The lines to choose from, each with the words that only it is called by."""
    stems = [called_by(line) for line in lines]
    often = Counter(word for group in stems for word in group)
    return [
        Option(
            line.id,
            line_title(d, line),
            tuple(form for word in sorted(group) if often[word] == 1 for form in _said(word)),
        )
        for line, group in zip(lines, stems, strict=True)
    ]


async def one_line(d: Dialogue, key: str, question: str, lines: Sequence[OrderLine]) -> OrderLine:
    """The only line, the one named in the first sentence, or the one chosen."""
    told = named(line_options(d, lines), d.frame.text)
    chosen = lines[0].id if len(lines) == 1 else told[0] if len(told) == 1 else None
    if key in d.frame.answers or chosen is None:
        chosen = await d.ask(key, question, kind="choice", options=line_options(d, lines))
    return next(line for line in lines if line.id == chosen)


async def how_many(d: Dialogue, line: OrderLine, most: int) -> int:
    """One where there is one; otherwise the number of pieces is asked for."""
    if most <= 1:
        return most
    key, options = quantity_key(line), quantity_options(most)
    told = _PIECES.search(fold(d.frame.text))
    if told and key not in d.frame.answers:
        counted = [option.value for option in options if option.named_in(told[1])]
        if len(counted) == 1:
            d.answer(key, counted[0])
    count = await d.ask(key, "utter_ask_quantity", kind="choice", options=options, item=line_title(d, line), most=most)
    return int(count)


def quantity_key(line: OrderLine) -> str:
    return f"quantity:{line.id}"


def quantity_options(most: int) -> list[Option]:
    every = ("wszystk", "all", "oba", "obie", "both")
    return [
        Option(count, str(count), (*NUMBER_WORDS.get(count, ()), *(every if count == most else ())))
        for count in range(1, min(most, MOST) + 1)
    ]


async def return_days(d: Dialogue) -> int:
    """Days to return sound goods: as set for this shop, else as its profile says; never fewer than the law's."""
    return max(STATUTORY_DAYS, d.rules.return_days or (await shop_profile(d.session)).return_days)


async def checked_order(d: Dialogue) -> tuple[Order, int, ReturnCheck]:
    """The delivered order something is to come back from, the shop's days for that, and what may come back."""
    order = await proven_order(d, lambda order: order.status in DELIVERED)
    days = await return_days(d)
    check = check_return(order, d.today, days)
    d.turn.looked_up("return_check", f"{order.number}: {'possible' if check.allowed else check.reason}")
    return order, days, check


def refuse_return(d: Dialogue, order: Order, check: ReturnCheck) -> None:
    """Why nothing of the order can go back, and what can be done instead."""
    reason = "cancelled" if order.status == "cancelled" else check.reason or "not_delivered"
    final = day_words(check.final_day, d.today, d.language) if check.final_day else ""
    buttons = [REFUND, COMPLAINT, HUMAN] if reason in ("already_returned", "cancelled") else [COMPLAINT, HUMAN]
    d.say(refusal_text(reason), buttons=buttons, number=order.number, day=final)


def refused_named(d: Dialogue, check: ReturnCheck) -> RefusedLine | None:
    """The thing the first sentence names that can't go back, when it names nothing that can."""
    if not d.frame.text:
        return None
    lines = [*(item.line for item in check.lines), *(item.line for item in check.refused)]
    options = line_options(d, lines)
    told = named(options, d.frame.text, many=True)
    refused = [item for item in check.refused if item.line.id in told]
    return refused[0] if refused and len(refused) == len(told) else None


def refuse_line(d: Dialogue, order: Order, refused: RefusedLine, check: ReturnCheck) -> None:
    """Why this one thing can't go back; the others can."""
    final = day_words(check.final_day, d.today, d.language) if check.final_day else ""
    d.turn.looked_up("return_check", f"{order.number}: {refused.reason}")
    item = line_title(d, refused.line)
    d.say("utter_line_refused", buttons=[RETURN, COMPLAINT, HUMAN], item=item, why=why_not(d, refused.reason, final))


def why_not(d: Dialogue, reason: str, day: str = "") -> str:
    """` (względy higieniczne)`: why a thing can't go back, after its name."""
    return d.text(f"utter_why_{reason}", day=day) if reason in REFUSALS else ""


def without_facts(text: str) -> str:
    """A sentence without the numbers and contacts in it: those have their own place."""
    return " ".join(_FACTS.sub(" ", text).split()).strip(" ,;.-")


def says_enough(text: str) -> bool:
    """True for a sentence that says what is the matter, and not only that something is."""
    own = own_words(text)
    return len(own) >= SPECIFIC or any(word.isdigit() for word in own)


def own_words(text: str) -> list[str]:
    """The words of a sentence that say something, without numbers and contacts."""
    return [word for word in words(_FACTS.sub(" ", text)) if word not in STOP_WORDS]


async def settle_promise(d: Dialogue, kind: str, number: str) -> None:
    """What was promised about that number is over: there is nothing to wait for any more."""
    about = Promise.details["number"].as_string() == number
    for promise in await d.session.scalars(
        select(Promise).where(Promise.kind == kind, Promise.kept_at.is_(None), about)
    ):
        promise.kept_at = d.now


def refusal_text(reason: str) -> str:
    return f"utter_return_refused_{reason if reason in REFUSALS else 'other'}"


def end_of(d: Dialogue, day: dt.date) -> dt.datetime:
    """The last moment of a day in the shop's zone: a promise for that day is kept until then."""
    return dt.datetime.combine(day, dt.time(23, 59), d.rules.hours.zone)


SHORT_STEM = 4
"""Letters of a stem that many other words begin with: "bac(a)" is no "back", "sho(es)" no "should"."""
_ENDINGS = ("", "a", "e", "i", "o", "u", "y", "ie", "ami", "ach", "om", "em", "ow", "s", "es")


def _said(word: str) -> tuple[str, ...]:
    """How a stem is looked for: a long one as the beginning of a word, a short one as a whole word."""
    return tuple(f" {word}{ending} " for ending in _ENDINGS) if len(word) <= SHORT_STEM else (word,)


SIZES = {stem(word) for word in ("mały", "duży", "small", "large", "big")}
"""Words of some names that say of anything that it does not fit: "too small"."""


def called_by(line: OrderLine) -> set[str]:
    """The stems of all words a line may be called by."""
    product, variant = line.variant.product, line.variant
    colours = f"{variant.colour_pl or ''} {variant.colour_en or ''}"
    called = f"{product.name_pl} {product.name_en} {product.keywords or ''} {colours}"
    stems = {stem(word) for word in words(called) if len(word) > 2 and not word.isdigit() and word not in STOP_WORDS}
    return stems - SIZES
