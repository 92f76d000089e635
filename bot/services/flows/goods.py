"""The things in an order: what they are called, which of them a sentence names, why they can't go back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from bot.domain.dialogue import Option, named
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue
from bot.services.flows.proof import HUMAN, product_name, proven_order
from bot.services.wording import day_words
from bot.shop.lexical import STOP_WORDS, stem
from bot.shop.orders import DELIVERED
from bot.shop.profile import shop_profile
from bot.shop.returns import STATUTORY_DAYS, ReturnCheck, check_return
from bot.storage.shop import Order, OrderLine, Variant

COMPLAINT = ("utter_button_complaint", payload("file_complaint"))
RETURN = ("utter_button_return", payload("start_return"))
EXCHANGE = ("utter_button_exchange", payload("exchange_product"))
MOST = 10
"""Pieces offered as buttons."""
NUMBER_WORDS = {1: ("jed", "one"), 2: ("dwi", "dwa", "two"), 3: ("trzy", "three"), 4: ("cztery", "four")}
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
    stems = [_stems(line) for line in lines]
    often = Counter(word for group in stems for word in group)
    return [
        Option(line.id, line_title(d, line), tuple(sorted(word for word in group if often[word] == 1)))
        for line, group in zip(lines, stems, strict=True)
    ]


def lines_named(d: Dialogue, lines: Sequence[OrderLine]) -> list[str]:
    """The lines that the sentence which began this flow names already."""
    return named(line_options(d, lines), d.frame.text, many=True)


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
    every = ("wszystk", "all", "oba", "obie", "both")
    options = [
        Option(count, str(count), (*NUMBER_WORDS.get(count, ()), *(every if count == most else ())))
        for count in range(1, min(most, MOST) + 1)
    ]
    key = f"quantity:{line.id}"
    count = await d.ask(key, "utter_ask_quantity", kind="choice", options=options, item=line_title(d, line), most=most)
    return int(count)


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
    d.say(refusal_text(reason), buttons=[COMPLAINT, HUMAN], number=order.number, day=final)


def refusal_text(reason: str) -> str:
    return f"utter_return_refused_{reason if reason in REFUSALS else 'other'}"


def end_of(d: Dialogue, day: dt.date) -> dt.datetime:
    """The last moment of a day in the shop's zone: a promise for that day is kept until then."""
    return dt.datetime.combine(day, dt.time(23, 59), d.rules.hours.zone)


def _stems(line: OrderLine) -> set[str]:
    product, variant = line.variant.product, line.variant
    colours = f"{variant.colour_pl or ''} {variant.colour_en or ''}"
    called = f"{product.name_pl} {product.name_en} {product.keywords or ''} {colours}"
    return {stem(word) for word in words(called) if len(word) > 2 and not word.isdigit() and word not in STOP_WORDS}
