"""Another size or colour of what was bought, kept aside until the first one is back."""

from __future__ import annotations

from bot.domain.dialogue import Option, named
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import (
    COMPLAINT,
    RETURN,
    checked_order,
    line_title,
    one_line,
    refusal_text,
    refuse_return,
    variant_title,
)
from bot.services.flows.proof import HUMAN
from bot.services.wording import day_words, money
from bot.shop.catalogue import find_product, free_pieces
from bot.shop.errors import ShopRefused
from bot.shop.exchanges import open_exchange
from bot.shop.lexical import stem
from bot.storage.shop import Exchange, Order, OrderLine, Variant


@flow("exchange")
async def exchange(d: Dialogue) -> None:
    order, days, check = await checked_order(d)
    if not check.allowed:
        return refuse_return(d, order, check)
    lines = [item.line for item in check.lines]
    line = await one_line(d, f"exchange_line:{order.number}", "utter_ask_exchange_line", lines)
    variants = await other_variants(d, line)
    if not variants:
        return d.say("utter_exchange_nothing_else", buttons=[RETURN, HUMAN], item=line_title(d, line))
    variant = await _variant(d, line, variants)
    confirm = f"exchange_confirm:{variant.sku}"
    new = variant_title(d, variant)
    if not await d.ask(
        confirm, "utter_confirm_exchange", kind="yes_no", item=line_title(d, line), new=new, number=order.number
    ):
        return d.say("utter_nothing_written", buttons=[RETURN, HUMAN])
    _open(d, order, line, variant, days)


async def other_variants(d: Dialogue, line: OrderLine) -> list[Variant]:
    """The other variants of a line's product that are free to sell."""
    product = await find_product(d.session, line.variant.product_id)
    variants = product.variants if product is not None else []
    return [item for item in variants if item.sku != line.sku and free_pieces(item) > 0]


async def _variant(d: Dialogue, line: OrderLine, variants: list[Variant]) -> Variant:
    own = line.variant.colour_pl
    nearest = sorted(variants, key=lambda item: item.colour_pl != own)
    options = [Option(item.sku, variant_title(d, item) or item.sku, _called(item, own)) for item in nearest]
    key = f"exchange_variant:{line.id}"
    told = named(options, d.frame.text)
    chosen = told[0] if len(told) == 1 and key not in d.frame.answers else None
    if chosen is not None and not _plainly(d, next(item for item in variants if item.sku == chosen), own):
        chosen = None
    if chosen is None:
        chosen = await d.ask(
            key, "utter_ask_exchange_variant", kind="choice", options=options, item=line_title(d, line)
        )
    return next(item for item in variants if item.sku == chosen)


def _plainly(d: Dialogue, variant: Variant, own: str | None) -> bool:
    """True if the colour is the one bought, or was named: a size alone is no wish for another colour."""
    colours = {stem(word) for word in words(f"{variant.colour_pl or ''} {variant.colour_en or ''}")}
    return variant.colour_pl == own or any(stem(word) in colours for word in words(d.frame.text))


def _called(variant: Variant, own: str | None) -> tuple[str, ...]:
    """Words a customer picks it by. A size alone means the same colour; with a colour it means that one."""
    colours = [stem(word) for word in words(f"{variant.colour_pl or ''} {variant.colour_en or ''}")]
    size = [fold(variant.size)] if variant.size else []
    return (*size, *size, *colours) if variant.colour_pl == own else (*size, *colours, *colours)


def _open(d: Dialogue, order: Order, line: OrderLine, variant: Variant, days: int) -> None:
    try:
        opened = open_exchange(
            d.session, order, line, variant, d.now, shop_days=days, reason=d.frame.text[:500] or None
        )
    except ShopRefused as refused:
        d.turn.looked_up("exchange", f"refused: {refused.reason}")
        text = "utter_exchange_gone" if refused.reason == "out_of_stock" else refusal_text(refused.reason)
        return d.say(text, buttons=[RETURN, COMPLAINT, HUMAN], number=order.number, day="")
    _say_opened(d, opened)


def _say_opened(d: Dialogue, opened: Exchange) -> None:
    source = {"kind": "lookup", "what": f"exchange {opened.number}"}
    d.turn.ledger.note("exchange_number", opened.number, source, confirmed=True)
    d.turn.looked_up("exchange", f"{opened.number} opened")
    by = day_words(opened.send_back_by or d.today, d.today, d.language)
    d.say("utter_exchange_opened", number=opened.number, label=opened.label_code, by=by)
    if opened.price_difference:
        d.say("utter_exchange_difference", amount=money(abs(opened.price_difference), d.language))
