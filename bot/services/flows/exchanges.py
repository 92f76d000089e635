"""Another size or colour of what was bought, kept aside until the first one is back."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.domain.dialogue import Option, Part, named
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import (
    COMPLAINT,
    RETURN,
    checked_order,
    how_many,
    line_title,
    one_line,
    refusal_text,
    refuse_line,
    refuse_return,
    refused_named,
    variant_title,
    without_facts,
)
from bot.services.flows.proof import HUMAN
from bot.services.flows.undo import undo_button, undoable
from bot.services.wording import day_words, money
from bot.shop.catalogue import find_product, free_pieces
from bot.shop.errors import ShopRefused
from bot.shop.exchanges import cancel_exchange, open_exchange, price_difference
from bot.shop.lexical import stem
from bot.storage.shop import Exchange, Order, OrderLine, Variant

_TOO_SMALL = re.compile(
    r"\b(za (mal|ciasn|krotk|wask)|przymal|ciasn|uwier|wieksz|too (small|tight|short)|bigger|larger)"
)
_TOO_LARGE = re.compile(r"\b(za (duz|luzn|dlug|szerok)|luzn|spad|mniejsz|too (big|large|loose|long|wide)|smaller)")


@flow("exchange")
async def exchange(d: Dialogue) -> None:
    order, days, check = await checked_order(d)
    if not check.allowed:
        return refuse_return(d, order, check)
    kept = refused_named(d, check)
    if kept is not None:
        return refuse_line(d, order, kept, check)
    lines = [item.line for item in check.lines]
    line = await one_line(d, f"exchange_line:{order.number}", "utter_ask_exchange_line", lines)
    left = next(item.quantity for item in check.lines if item.line is line)
    pieces = await how_many(d, line, left)
    every = await _others(d, line)
    if not any(free_pieces(item) >= pieces for item in every):
        return d.say("utter_exchange_nothing_else", buttons=[_restock(line), RETURN, HUMAN], item=line_title(d, line))
    variant = await _variant(d, line, every, pieces)
    if not await _confirmed(d, order, line, variant, every, pieces):
        return d.say("utter_nothing_written", buttons=[RETURN, HUMAN])
    _open(d, order, line, variant, pieces, days)


async def other_variants(d: Dialogue, line: OrderLine) -> list[Variant]:
    """The other variants of a line's product that are free to sell."""
    return [item for item in await _others(d, line) if free_pieces(item) > 0]


async def _others(d: Dialogue, line: OrderLine) -> list[Variant]:
    product = await find_product(d.session, line.variant.product_id)
    return [item for item in product.variants if item.sku != line.sku] if product is not None else []


# What is asked


async def _variant(d: Dialogue, line: OrderLine, every: list[Variant], pieces: int) -> Variant:
    """The one wanted, which is free. One that is sold out is answered with what there is instead of it."""
    key = f"exchange_variant:{line.id}"
    by_sku = {item.sku: item for item in every}
    told = named(_options(d, every, line.variant), d.frame.text)
    wanted = by_sku.get(d.frame.answers.get(key) or (told[0] if len(told) == 1 else ""))
    if wanted is not None and free_pieces(wanted) >= pieces:
        return wanted
    d.drop(key)
    nearest = sorted(every, key=_nearness(d, line.variant, wanted))
    there = [item for item in nearest if free_pieces(item) >= pieces]
    gone = [item for item in nearest if free_pieces(item) < pieces]
    sold_out = wanted is not None
    chosen = await d.ask(
        key,
        "utter_exchange_sold_out" if sold_out else "utter_ask_exchange_variant",
        kind="choice",
        # What is gone is no button, but may be named: the answer is what there is instead.
        options=_options(d, [*there, *gone], line.variant),
        offered=min(len(there), 4 if sold_out else 10),
        buttons=[_restock(line, wanted), RETURN] if sold_out else (),
        item=line_title(d, line),
        wanted=variant_title(d, wanted) if wanted is not None else "",
    )
    return by_sku[chosen]


def _options(d: Dialogue, variants: list[Variant], near: Variant) -> list[Option]:
    return [Option(item.sku, variant_title(d, item) or item.sku, _called(item, near)) for item in variants]


def _called(variant: Variant, near: Variant) -> tuple[str, ...]:
    """Words a customer picks it by. A size alone means the same colour, a colour alone the same size."""
    colours = [stem(word) for word in words(f"{variant.colour_pl or ''} {variant.colour_en or ''}")]
    size = [f" {' '.join(words(variant.size))} "] if variant.size else []
    if variant.colour_pl == near.colour_pl:
        return (*size * 3, *colours)
    return (*size, *colours * 3) if variant.size == near.size else (*size * 2, *colours * 2)


def _nearness(d: Dialogue, own: Variant, wanted: Variant | None) -> Callable[[Variant], tuple[bool, bool, bool, int]]:
    """How well a variant would do instead: the wanted size or colour, else the next one in the direction that fits."""
    said = fold(f"{d.frame.text} {d.frame.answers.get('exchange_reason') or ''}")
    up, down = bool(_TOO_SMALL.search(said)), bool(_TOO_LARGE.search(said))
    aim = wanted or own

    def key(item: Variant) -> tuple[bool, bool, bool, int]:
        step = item.position - own.position
        backwards = (up and step < 0) or (down and step > 0)
        if wanted is not None:
            return item.size != aim.size, item.colour_pl != aim.colour_pl, backwards, abs(item.position - aim.position)
        return item.colour_pl != own.colour_pl, backwards, False, abs(step)

    return key


async def _confirmed(
    d: Dialogue, order: Order, line: OrderLine, variant: Variant, every: list[Variant], pieces: int
) -> bool:
    difference = price_difference(line, variant, pieces)
    sign = "more" if difference > 0 else "less" if difference < 0 else "none"
    agreed = await d.ask(
        f"exchange_confirm:{variant.sku}",
        "utter_confirm_exchange",
        kind="yes_no",
        parts=[Part(f"exchange_variant:{line.id}", _options(d, every, variant), variant.sku)],
        item=line_title(d, line, pieces),
        new=variant_title(d, variant),
        number=order.number,
        difference=d.text(f"utter_part_difference_{sign}", amount=money(abs(difference), d.language)),
    )
    return bool(agreed)


def _restock(line: OrderLine, wanted: Variant | None = None) -> tuple[str, str]:
    """ "Tell me when it is back": of the size wanted."""
    size = {"size": wanted.size} if wanted is not None and wanted.size else {}
    return "utter_button_notify", payload("notify_restock", product=line.variant.product_id, **size)


# What is written


def _open(d: Dialogue, order: Order, line: OrderLine, variant: Variant, pieces: int, days: int) -> None:
    reason = d.frame.answers.get("exchange_reason") or without_facts(d.frame.text)
    try:
        opened = open_exchange(
            d.session, order, line, variant, d.now, quantity=pieces, shop_days=days, reason=reason[:500] or None
        )
    except ShopRefused as refused:
        d.turn.looked_up("exchange", f"refused: {refused.reason}")
        text = "utter_exchange_gone" if refused.reason == "out_of_stock" else refusal_text(refused.reason)
        return d.say(text, buttons=[RETURN, COMPLAINT, HUMAN], number=order.number, day="")
    d.turn.ledger.confirm("order_number", "email", "phone")
    _say_opened(d, opened, variant)


def _say_opened(d: Dialogue, opened: Exchange, variant: Variant) -> None:
    source = {"kind": "lookup", "what": f"exchange {opened.number}"}
    d.turn.ledger.note("exchange_number", opened.number, source, confirmed=True)
    d.turn.looked_up("exchange", f"{opened.number} opened, {variant.sku} kept")
    by = day_words(opened.send_back_by or d.today, d.today, d.language)
    more, amount = opened.price_difference, money(abs(opened.price_difference), d.language)
    d.say("utter_exchange_opened", number=opened.number, label=opened.label_code)
    d.say(
        "utter_exchange_next",
        buttons=[undo_button(d, "exchange", opened.number)],
        new=variant_title(d, variant),
        by=by,
        difference=" " + d.text(f"utter_exchange_{'pay' if more > 0 else 'back'}", amount=amount) if more else "",
    )


@undoable("exchange")
async def undo_exchange(d: Dialogue, number: str) -> bool:
    """Nothing was sent back yet: the pieces kept aside are free again."""
    return await cancel_exchange(d.session, number)
