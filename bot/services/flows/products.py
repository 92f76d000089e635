"""Products: what they are like, whether they are in stock, what they cost, and being told when they are back."""

from __future__ import annotations

from typing import Any

from bot.domain.conversation import Reason
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.choosing import price_now, product_card, the_product, variant_asked
from bot.services.flows.goods import ONE_SIZE, end_of
from bot.services.flows.proof import product_name
from bot.services.wording import day_words, money
from bot.shop.catalogue import availability
from bot.shop.lexical import stem
from bot.storage.shop import Product

LONG = 320
"""Characters of a description said at once."""


@flow("product_info", fleeting=True)
async def product_info(d: Dialogue) -> None:
    product = await the_product(d)
    price = await price_now(d, product)
    described = getattr(product, f"description_{d.language}") or product.description_pl or ""
    asked = {stem(word) for word in words(d.frame.text)}
    details = sorted(
        (product.attributes.get(d.language) or {}).items(),
        key=lambda item: not asked.intersection(stem(word) for word in words(item[0])),
    )
    d.say(
        "utter_product",
        cards=[await product_card(d, product)],
        buttons=[_about("utter_button_availability", "ask_availability", product)],
        name=product_name(d, product),
        price=money(price.amount, d.language),
        description=_shortened(described),
        details="".join(f"\n• {name}: {value}" for name, value in details[:5]),
    )


@flow("availability", fleeting=True)
async def product_availability(d: Dialogue) -> None:
    product = await the_product(d)
    size, colour = variant_asked(d, product)
    found = availability(product, size, colour)
    named = product_name(d, product) + "".join(f", {part}" for part in (size, colour) if part)
    d.turn.looked_up("availability", f"{named}: {found.free}")
    d.turn.ledger.note("product", product.id, {"kind": "lookup", "what": "product"})
    if found.free > 0:
        sizes = [name for name in found.sizes if fold(name) not in ONE_SIZE]
        choice = " " + d.text("utter_part_sizes", list=", ".join(sizes)) if sizes and not size else ""
        return d.say("utter_available", cards=[await product_card(d, product)], name=named, sizes=choice)
    others = availability(product)
    left = ", ".join(others.sizes)
    other = " " + d.text("utter_part_other_sizes", list=left) if left and (size or colour) else ""
    restock = _about("utter_button_notify", "notify_restock", product, size=size)
    similar = ("utter_button_recommend", payload("recommend_product", like=product.id))
    if found.restock_on is not None and found.restock_on >= d.today:
        day = day_words(found.restock_on, d.today, d.language)
        return d.say("utter_back_in_stock", buttons=[restock, similar], name=named, day=day, other=other)
    d.say("utter_not_available", buttons=[restock, similar], name=named, other=other)


@flow("price", fleeting=True)
async def product_price(d: Dialogue) -> None:
    product = await the_product(d)
    price = await price_now(d, product)
    d.turn.looked_up("price", f"{product_name(d, product)}: {price.amount}")
    d.turn.ledger.note("product", product.id, {"kind": "lookup", "what": "product"})
    lowest = price.lowest_30_days
    d.say(
        "utter_price_cut"
        if price.promotion and lowest
        else "utter_price_promotion"
        if price.promotion
        else "utter_price",
        cards=[await product_card(d, product)],
        buttons=[_about("utter_button_availability", "ask_availability", product)],
        name=product_name(d, product),
        price=money(price.amount, d.language),
        regular=money(price.regular, d.language),
        lowest=money(lowest, d.language) if lowest else "",
        promotion=product_name(d, price.promotion) if price.promotion else "",
    )


@flow("notify_restock", fleeting=True)
async def notify_restock(d: Dialogue) -> None:
    product = await the_product(d)
    size, colour = variant_asked(d, product)
    found = availability(product, size, colour)
    named = product_name(d, product) + "".join(f", {part}" for part in (size, colour) if part)
    d.turn.looked_up("availability", f"{named}: {found.free}")
    if found.free > 0:
        return d.say("utter_available", cards=[await product_card(d, product)], name=named, sizes="")
    d.turn.ledger.note("wish", f"restock: {named}"[:500], d.turn.source())
    if found.restock_on is None or found.restock_on < d.today:
        await d.handoff(Reason.NO_ANSWER, "utter_restock_unknown", done=True, name=named)
    day = found.restock_on
    assert day is not None
    d.turn.promise("restock", end_of(d, day), product=product.id, size=size, email=d.fact("email"))
    d.say("utter_restock_noted", name=named, day=day_words(day, d.today, d.language))


def _about(title: str, intent: str, product: Product, **more: Any) -> tuple[str, str]:
    return title, payload(intent, product=product.id, **{key: value for key, value in more.items() if value})


def _shortened(text: str) -> str:
    """A description up to the last whole sentence that fits."""
    if len(text) <= LONG:
        return text
    return (text[:LONG].rpartition(". ")[0] or text[:LONG].rpartition(" ")[0] + " …").rstrip(".") + "."
