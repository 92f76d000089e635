"""Other goods in an order that is not sent yet: another size or colour, fewer or more pieces, something taken out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.domain.values import find_quantities, find_sizes
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.changing import give_back, not_sent, paid_back, pass_on, settled_order
from bot.services.flows.exchanges import other_variants
from bot.services.flows.goods import line_title, one_line, quantity_options, variant_title
from bot.services.flows.orders import say_status
from bot.services.flows.past import once_more
from bot.services.flows.paying import PAID
from bot.services.flows.proof import HUMAN
from bot.services.flows.undo import undo_button
from bot.services.wording import money
from bot.shop.catalogue import free_pieces
from bot.shop.changes import change_line, price_step
from bot.shop.errors import ShopRefused
from bot.shop.lexical import stem
from bot.shop.orders import payment_state
from bot.shop.profile import delivery_methods, delivery_price
from bot.storage.shop import Order, OrderLine, Variant

EXCHANGE = ("utter_button_exchange", payload("exchange_product"))
RETURN = ("utter_button_return", payload("start_return"))
WISHES = {
    "add": r"dodaj|dodac|dorzuc|dolozy|doloz|dopisa|dopisz|\badd\b|include|jeszcze jed[ne]|also want|put in",
    "remove": r"usun|wyrzuc|wykresl|zrezygnowac z|rezygnuje z|bez (tych|tego|tej)|remove|take out|drop th|without the|"
    r"delete|leave out|take [\w' -]{3,50} out|take (it|them|this|that|these) (off|out)|nie chce (juz )?(tych|tego|tej)",
    "variant": r"rozmiar|kolor|wieksz|mniejsz|size|colou?r|larger|bigger|smaller|inny model|w rozmiarze",
    "quantity": r"ilosc|sztuk|sztuki|pary|quantity|pieces|pairs|how many|zamiast (jedn|dw|trzech|2|3)|tylko (jed|dw|1|2)|"
    r"only (one|two|1|2)",
    "delivery": r"adres|paczkomat|kurier|termin dostaw|address|locker|courier|delivery day",
}
_CHANGES = re.compile(r"\b(zmien|zamien|podmien|wymien|change|swap|switch)\w* .* (na|to|for)\b")
_TO_SIZES = re.compile(r"\b(na|to|for) \d\d-\d\d\b")
MOST = 9
"""Pieces of a line that can be ordered here."""


@flow("modify_order")
async def modify_order(d: Dialogue) -> None:
    if once_more(d.frame.text):
        return await d.switch("order_again")
    order = await settled_order(d, not_sent)
    if not not_sent(order):
        say_status(d, order, buttons=[])
        return d.say("utter_modify_too_late", buttons=[EXCHANGE, RETURN, HUMAN])
    what = await _what(d, order)
    if what == "delivery":
        return await d.switch("change_delivery", {"order": order.number})
    if what == "add":
        await pass_on(d, order, "utter_add_passed_on", _said(d))
    line = await one_line(d, f"modify_line:{order.number}", f"utter_ask_line_{what}", order.lines)
    variant = await _variant(d, line) if what == "variant" else None
    if what == "variant" and variant is None:
        return d.say("utter_modify_nothing_else", buttons=[HUMAN], item=line_title(d, line))
    pieces = line.quantity if variant else 0 if what == "remove" else await _pieces(d, line)
    if pieces == 0 and len(order.lines) == 1:
        return await d.switch("cancel_order")
    await _write(d, order, line, variant, pieces)


async def _what(d: Dialogue, order: Order) -> str:
    said = fold(d.frame.text)
    told = [what for what, stems in WISHES.items() if re.search(rf"\b({stems})", said)]
    answer = d.frame.answers.get("modify_what")
    if answer in WISHES:
        return str(answer)
    if isinstance(answer, str):
        told = [what for what, stems in WISHES.items() if re.search(rf"\b({stems})", fold(answer))]
        if not told:
            await pass_on(d, order, "utter_modify_passed_on", answer)
        d.frame.text = f"{d.frame.text} {answer}"
    if told:
        d.answer("modify_what", told[0])
        return told[0]
    if _CHANGES.search(said) and (find_sizes(d.frame.text) or _TO_SIZES.search(said)):
        d.answer("modify_what", "variant")
        return "variant"  # "change the jacket to M"
    options = [Option(what, d.text(f"utter_modify_{what}")) for what in WISHES if what != "add"]
    return str(await d.ask("modify_what", "utter_ask_modify_wish", options=options, buttons=[HUMAN]))


async def _variant(d: Dialogue, line: OrderLine) -> Variant | None:
    """The other variant: named in the first sentence, or chosen of those that are free; None without any."""
    variants = [item for item in await other_variants(d, line) if free_pieces(item) >= line.quantity]
    if not variants:
        return None
    own, key = line.variant.colour_pl, f"modify_variant:{line.id}"
    sizes, named = _named(d, line, variants)
    chosen = d.frame.answers.get(key) or (named[0].sku if len(named) == 1 else None)
    if chosen is None:
        nearest = sorted(named or variants, key=lambda item: item.colour_pl != own)
        options = [Option(item.sku, variant_title(d, item) or item.sku, _called(item, own)) for item in nearest]
        text = "utter_modify_sold_out" if sizes and not named else "utter_ask_variant"
        values: dict[str, Any] = {"item": line_title(d, line), "wanted": ", ".join(sizes)}
        chosen = await d.ask(key, text, kind="choice", options=options, buttons=[HUMAN], **values)
    return next(item for item in variants if item.sku == chosen)


def _named(d: Dialogue, line: OrderLine, variants: list[Variant]) -> tuple[list[str], list[Variant]]:
    """The sizes the first sentence asks for, and the variants it can mean: a size alone means the same colour."""
    own = fold(line.variant.size or "")
    sizes = [value.value for value in find_sizes(d.frame.text) if fold(value.value) != own]
    said = {stem(word) for word in words(d.frame.text)}
    colours = [item for item in variants if said & set(_colours(item)) - set(_colours(line.variant))]
    wanted = {fold(size) for size in sizes}
    fitting = [item for item in variants if fold(item.size or "") in wanted] if sizes else list(variants)
    if not sizes and not colours:
        return [], []
    alike = colours or [item for item in variants if item.colour_pl == line.variant.colour_pl]
    if colours and not sizes:
        alike = [item for item in colours if fold(item.size or "") == own] or colours
    return sizes, [item for item in fitting if item in alike] or (fitting if sizes else [])


def _called(variant: Variant, own: str | None) -> tuple[str, ...]:
    """Words a customer picks it by. A size alone means the same colour; with a colour it means that one."""
    size = [fold(variant.size)] if variant.size else []
    colours = _colours(variant)
    return (*size, *size, *colours) if variant.colour_pl == own else (*size, *colours, *colours)


def _colours(variant: Variant) -> list[str]:
    return [stem(word) for word in words(f"{variant.colour_pl or ''} {variant.colour_en or ''}")]


async def _pieces(d: Dialogue, line: OrderLine) -> int:
    key = f"quantity:{line.id}"
    told = [int(value.value) for value in find_quantities(d.frame.text) if value.value.isdigit()]
    if key not in d.frame.answers and told and told[-1] <= MOST:
        return told[-1]
    most = max(1, min(MOST, line.quantity + free_pieces(line.variant)))
    options = quantity_options(most)
    return int(await d.ask(key, "utter_ask_new_quantity", kind="choice", options=options, item=line_title(d, line)))


async def _write(d: Dialogue, order: Order, line: OrderLine, variant: Variant | None, pieces: int) -> None:
    before = line_title(d, line, line.quantity)
    price = line.unit_price + (price_step(line, variant) if variant else Decimal(0))
    goods = sum((item.unit_price * item.quantity for item in order.lines if item is not line), price * pieces)
    delivery = await _delivery(d, order, goods)
    total = goods + delivery + order.payment_fee
    more = total - order.total
    after = _after(d, line, variant, pieces)
    if pieces == line.quantity and variant is None:
        return d.say("utter_modify_same", buttons=[HUMAN], item=before)
    if more > 0 and payment_state(order) in PAID:
        amount = money(more, d.language)
        await pass_on(d, order, "utter_modify_costs_more", f"{before} -> {after} (+{more} PLN)", amount=amount)
    sure = await d.ask(
        f"modify_confirm:{line.id}:{variant.sku if variant else pieces}",
        "utter_confirm_modify",
        kind="yes_no",
        number=order.number,
        before=before,
        after=after,
        total=money(total, d.language),
    )
    if not sure:
        return d.say("utter_nothing_written", buttons=[HUMAN])
    conversation = d.turn.conversation.id
    day = await give_back(d, order, -more)
    try:
        change_line(d.session, order, line, d.now, conversation, variant=variant, quantity=pieces, delivery=delivery)
    except ShopRefused as refused:
        d.turn.looked_up("order_change", f"refused: {refused.reason}")
        return d.say("utter_modify_gone", buttons=[HUMAN], item=before)
    d.turn.ledger.confirm("order_number", "email", "phone")
    d.turn.looked_up("order_change", f"{order.number}: {before} -> {after}")
    d.say(
        "utter_modified",
        buttons=[undo_button(d, "item", order.number)],
        number=order.number,
        after=after,
        total=money(total, d.language),
        refund=paid_back(d, day, -more),
    )


async def _delivery(d: Dialogue, order: Order, goods: Decimal) -> Decimal:
    """What delivery costs for goods of that value; as now where the shop describes no such way."""
    methods = await delivery_methods(d.session)
    method = next((item for item in methods if item.code == order.delivery_method), None)
    return delivery_price(method, goods) if method else order.delivery_price


def _after(d: Dialogue, line: OrderLine, variant: Variant | None, pieces: int) -> str:
    if pieces == 0:
        return d.text("utter_part_taken_out")
    if variant is None:
        return line_title(d, line, pieces) if pieces > 1 else f"{line_title(d, line)} × 1"
    return variant_title(d, variant) or variant.sku


def _said(d: Dialogue) -> str:
    return d.frame.text or str(d.frame.answers.get("modify_what", ""))
