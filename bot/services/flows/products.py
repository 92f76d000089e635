"""Products: what they are like, whether they are in stock, what they cost, and being told when they are back."""

from __future__ import annotations

from typing import Any

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import end_of
from bot.services.flows.proof import HUMAN, product_name
from bot.services.wording import day_words, money
from bot.shop.catalogue import Availability, Price, ProductHit, availability, find_product, price_of, search_products
from bot.shop.lexical import STOP_WORDS, stem
from bot.shop.profile import active_promotions
from bot.storage.shop import Product

CLEAR = 0.12
"""The best product is the one meant when it leads the second by this much."""
SHOWN = 3
ASKING = (
    "rozmiar",
    "kolor",
    "cen",
    "koszt",
    "dostepn",
    "magazyn",
    "sztuk",
    "produkt",
    "size",
    "colo",
    "price",
    "cost",
    "stock",
)
"""Beginnings of words that ask about a product without naming one."""
LONG = 320
"""Characters of a description said at once."""


@flow("product_info", fleeting=True)
async def product_info(d: Dialogue) -> None:
    product = await the_product(d)
    price = await _price(d, product)
    described = getattr(product, f"description_{d.language}") or product.description_pl or ""
    details = product.attributes.get(d.language) or {}
    d.say(
        "utter_product",
        cards=[await product_card(d, product)],
        buttons=[_about("utter_button_availability", "ask_availability", product)],
        name=product_name(d, product),
        price=money(price.amount, d.language),
        description=_shortened(described),
        details="".join(f"\n• {name}: {value}" for name, value in list(details.items())[:5]),
    )


@flow("availability", fleeting=True)
async def product_availability(d: Dialogue) -> None:
    product = await the_product(d)
    size, colour = _variant_asked(d, product)
    found = availability(product, size, colour)
    named = product_name(d, product) + "".join(f", {part}" for part in (size, colour) if part)
    d.turn.looked_up("availability", f"{named}: {found.free}")
    d.turn.ledger.note("product", product.id, {"kind": "lookup", "what": "product"})
    if found.free > 0:
        choice = " " + d.text("utter_part_sizes", list=", ".join(found.sizes)) if found.sizes and not size else ""
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
    price = await _price(d, product)
    d.turn.looked_up("price", f"{product.id}: {price.amount}")
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
    size, colour = _variant_asked(d, product)
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


# Which product


async def the_product(d: Dialogue, text: str | None = None) -> Product:
    """The product named, pressed, chosen, or talked about last; asks which one when that leaves it open.

    `text` replaces the sentence that began the flow, without the words that name no product."""
    if d.parse.pressed and d.parse.entity("product"):
        d.answer("product", d.parse.entity("product"))
    chosen = d.frame.answers.get("product") or d.frame.answers.get("which_product")
    if chosen is None:
        chosen = await _searched(d, str(d.frame.answers.get("product_query") or text or d.frame.text))
    product = await find_product(d.session, str(chosen))
    if product is None:
        await d.handoff(Reason.NO_ANSWER, "utter_product_unknown", done=True)
        raise AssertionError("handoff ends the turn")
    d.turn.ledger.note("product", product.id, {"kind": "lookup", "what": "product"})
    d.turn.looked_up("product", product.id)
    return product


async def _searched(d: Dialogue, text: str) -> str:
    last = await _talked_about(d, text)
    if last is not None:
        return last
    hits = [hit.product for hit in await _best(d, text)] if text else []
    if len(hits) == 1:
        return hits[0].id
    if hits:
        # Should the next question name no product, it is about the first of these.
        d.turn.ledger.note("product", hits[0].id, {"kind": "lookup", "what": "product"})
        options = [Option(item.id, product_name(d, item), _called(item, hits)) for item in hits]
        cards = [await product_card(d, item) for item in hits]
        return str(await d.ask("which_product", "utter_ask_which_product", kind="choice", options=options, cards=cards))
    d.turn.looked_up("products", "none found")
    if "product_query" in d.frame.answers:
        await d.handoff(Reason.NO_ANSWER, "utter_product_unknown", done=True)
    question = "utter_product_not_found" if _names_something(text) else "utter_ask_product"
    return str(await d.ask("product_query", question, buttons=[HUMAN]))


async def _talked_about(d: Dialogue, text: str) -> str | None:
    """The product talked about last, if the sentence names nothing but perhaps a size and colour of it."""
    product = await find_product(d.session, d.fact("product") or "")
    if product is None or "product_query" in d.frame.answers:
        return None
    sizes, colours = _variants(d, product)
    own = [word for word in words(text) if not is_chatter(word)]
    return None if [word for word in own if word not in sizes and stem(word) not in colours] else product.id


def is_chatter(word: str) -> bool:
    """True for a folded word that asks about a product but names none."""
    return word in STOP_WORDS or word.isdigit() or word.startswith(ASKING)


async def _best(d: Dialogue, text: str) -> list[ProductHit]:
    """The products a text may mean: one if its whole name is there, or it leads, or only it comes in the size asked."""
    hits = await search_products(d.session, text, d.language, SHOWN)
    said = set(words(text))
    whole = [hit for hit in hits if said.issuperset(words(product_name(d, hit.product)))]
    sized = [hit for hit in hits if said & set(_variants(d, hit.product)[0])]
    if len(whole) == 1:
        return whole
    if hits and (len(hits) == 1 or hits[0].score - hits[1].score >= CLEAR):
        return hits[:1]
    return sized if len(sized) == 1 else hits


def _names_something(text: str) -> bool:
    return any(not is_chatter(word) for word in words(text))


def _called(product: Product, among: list[Product]) -> tuple[str, ...]:
    """Words that name this one of the products offered and no other."""
    own = {stem(word) for word in words(f"{product.name_pl} {product.name_en}") if len(word) > 2}
    for other in among:
        if other.id != product.id:
            own -= {stem(word) for word in words(f"{other.name_pl} {other.name_en}")}
    return tuple(sorted(own))


def _variant_asked(d: Dialogue, product: Product) -> tuple[str | None, str | None]:
    """The size and colour of this product that the sentence, or the button, names."""
    text = words(f"{d.frame.text} {d.frame.answers.get('product_query') or ''} {d.parse.entity('size') or ''}")
    sizes, colours = _variants(d, product)
    size = next((sizes[word] for word in text if word in sizes), None)
    if size is not None:
        d.turn.ledger.note("size", size, d.turn.source())
    return size, next((colours[stem(word)] for word in text if stem(word) in colours), None)


def _variants(d: Dialogue, product: Product) -> tuple[dict[str, str], dict[str, str]]:
    """Sizes by the folded word, colours by the stem of their words, both as the shop writes them."""
    sizes = {fold(item.size): item.size for item in product.variants if item.size}
    colours: dict[str, str] = {}
    for item in product.variants:
        own = item.colour_pl if d.language == "pl" else item.colour_en
        for word in words(f"{item.colour_pl or ''} {item.colour_en or ''}"):
            colours[stem(word)] = own or word
    return sizes, colours


# How a product is shown


async def product_card(d: Dialogue, product: Product) -> dict[str, Any]:
    """A product at a glance, for channels that show cards."""
    price = await _price(d, product)
    stock: Availability = availability(product)
    state = d.text("utter_part_in_stock" if stock.free else "utter_part_sold_out")
    return {
        "title": product_name(d, product),
        "subtitle": f"{money(price.amount, d.language)} · {state}",
        "image": product.image,
        "url": product.url,
        "buttons": [],
    }


async def _price(d: Dialogue, product: Product) -> Price:
    return price_of(product, await active_promotions(d.session, d.now), d.now)


def _about(title: str, intent: str, product: Product, **more: Any) -> tuple[str, str]:
    return title, payload(intent, product=product.id, **{key: value for key, value in more.items() if value})


def _shortened(text: str) -> str:
    """A description up to the last whole sentence that fits."""
    if len(text) <= LONG:
        return text
    return (text[:LONG].rpartition(". ")[0] or text[:LONG].rpartition(" ")[0] + " …").rstrip(".") + "."
