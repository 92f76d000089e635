"""Which product is meant: named, chosen, pressed, or talked about last; and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option, Shown
from bot.domain.text import fold, words
from bot.domain.wishes import gender_said
from bot.services.dialogue import LISTENERS, Dialogue
from bot.services.flows.proof import HUMAN, product_name
from bot.services.flows.references import (
    is_chatter,
    is_variant,
    looking_around,
    of_an_order,
    one_of,
    price_words,
)
from bot.services.flows.variants import sizes_and_colours
from bot.services.wording import money
from bot.shop.catalogue import (
    Price,
    availability,
    find_product,
    price_of,
    search_products,
)
from bot.shop.lexical import stem
from bot.shop.pictures import picture_address
from bot.shop.profile import active_promotions
from bot.storage.shop import Product

_CONTACT = re.compile(r"\S+@\S+|\+?\d[\d -]{7,}\d")
"""An e-mail or phone said in the same breath names no product."""
CLEAR = 0.08
"""The best product is the one meant when it leads the second by this much."""
SHOWN = 3
FEW_WORDS = 4
UNSURE = ("inform", "nlu_fallback", "out_of_scope")
"""Intents of a message in which the NLU saw values, or nothing."""
OF_THE_LAST = ("product_info", "product_usage", "size_advice")
"""Flows whose questions are about the product talked about last unless another one is named."""


async def the_product(d: Dialogue, text: str | None = None) -> Product:
    """The product named, pressed, chosen, or talked about last; asks which one when that leaves it open.

    `text` replaces the sentence that began the flow, without the words that name no product."""
    if d.parse.pressed and d.parse.entity("product"):
        d.answer("product", d.parse.entity("product"))
    chosen = d.frame.answers.get("product") or d.frame.answers.get("which_product")
    if chosen is None:
        chosen = await _searched(
            d, _CONTACT.sub(" ", str(d.frame.answers.get("product_query") or text or d.frame.text))
        )
    product = await find_product(d.session, str(chosen))
    if product is None:
        await d.handoff(Reason.NO_ANSWER, "utter_product_unknown", done=True)
        raise AssertionError("handoff ends the turn")
    d.turn.looked_up("product", product_name(d, product))
    await shown(d, [product])
    return product


async def shown(d: Dialogue, products: Sequence[Product]) -> list[dict[str, Any]]:
    """The cards of products the customer now sees. What they point at next is one of these; the first is the subject.

    One of several that were shown before does not take the others away."""
    d.turn.ledger.note("product", products[0].id, {"kind": "lookup", "what": "product"})
    d.state.browsing["flow"] = d.frame.flow
    cards = [await product_card(d, product) for product in products]
    if len(products) > 1 or products[0].id not in [item.id for item in d.state.shown]:
        prices = [await price_now(d, product) for product in products]
        d.state.shown = [Shown(item.id, str(price.amount)) for item, price in zip(products, prices, strict=True)]
    return cards


async def _searched(d: Dialogue, text: str) -> str:
    last = one_of(d.state.shown, text) or await of_an_order(d, text) or await _talked_about(d, text)
    if last is not None:
        return last
    hits = await _best(d, text) if text else []
    if len(hits) == 1:
        return hits[0].id
    if hits:
        cards = await shown(d, hits)
        options = [
            Option(item.id, product_name(d, item), _called(item, hits) + price_words(item, hits)) for item in hits
        ]
        return str(await d.ask("which_product", "utter_ask_which_product", kind="choice", options=options, cards=cards))
    d.turn.looked_up("products", "none found")
    if not _names_something(str(d.frame.answers.get("product_query", ""))):
        d.drop("product_query")  # "how much is it?" is no answer to "which product?"
    if "product_query" in d.frame.answers:
        await d.handoff(Reason.NO_ANSWER, "utter_product_unknown", done=True)
    question = "utter_product_not_found" if _names_something(text) else "utter_ask_product"
    return str(await d.ask("product_query", question, buttons=[HUMAN], narrow=True))


async def names_product(d: Dialogue, text: str) -> bool:
    """True if a few words hold the own name of something that is sold: "Granit", "kurtkę Wichr poproszę"."""
    said = {stem(word) for word in words(text) if not is_chatter(word)}
    if not 0 < len(said) <= FEW_WORDS:
        return False
    hits = await search_products(d.session, text, d.language, SHOWN)
    return any(said & _own_name(hit.product) for hit in hits)


async def about_a_name(d: Dialogue) -> str | None:
    """A bare name of something sold, with perhaps a size and a colour, where the NLU saw no question."""
    text = d.parse.text
    if d.parse.intent not in UNSURE or not looking_around(d) or not await names_product(d, text):
        return None
    return "availability" if any(is_variant(word) for word in words(text)) else "product_info"


LISTENERS.append(about_a_name)


async def named_in(d: Dialogue, text: str) -> Product | None:
    """The one product whose own name a sentence of any length has."""
    capitals = re.findall(r"(?<!^)\b[A-ZĆŁŚŹŻ]\w{3,}", text)
    for bare in (" ".join(capitals), " ".join(word for word in words(text) if not is_chatter(word))):
        hits = [hit.product for hit in await search_products(d.session, bare, d.language, 5)] if bare else []
        called = plainest(hits, bare)
        if len(called) == 1:
            return called[0]
    return None


def _own_name(product: Product) -> set[str]:
    """Stems of the name's capitalised words but the first: "Kurtka Wichr damska" is called Wichr."""
    return {stem(fold(word)) for word in product.name_pl.split()[1:] if word[0].isupper()}


async def _talked_about(d: Dialogue, text: str) -> str | None:
    """The product talked about last, if the sentence names nothing but perhaps a size and colour of it."""
    product = await find_product(d.session, d.fact("product") or "")
    if product is None or "product_query" in d.frame.answers:
        return None
    own = [word for word in words(text) if not is_chatter(word)]
    _, colours = sizes_and_colours(d, product)
    others = [stem(word) for word in own if not is_variant(word) and stem(word) not in colours]
    described = {stem(word) for word in words(_described(d, product))}
    if await _another_named(d, text, product, set(others) - described):
        return None
    if d.frame.flow in OF_THE_LAST:
        return product.id  # "does it have a hood?": no word of it has to be in the data
    return product.id if not others or described.intersection(others) else None


async def _another_named(d: Dialogue, text: str, product: Product, said: set[str]) -> bool:
    """True if the sentence has a word of another product's name: "kurtka Wichr" after talking of another jacket."""
    own = _name_stems(product)
    hits = [hit.product for hit in await search_products(d.session, text, d.language, SHOWN)] if said else []
    return any(said & (_name_stems(hit) - own) for hit in hits if hit.id != product.id)


def _name_stems(product: Product) -> set[str]:
    return {stem(word) for word in words(f"{product.name_pl} {product.name_en}") if len(word) > 2}


def _described(d: Dialogue, product: Product) -> str:
    details = product.attributes.get(d.language) or {}
    return " ".join([*details, *map(str, details.values()), getattr(product, f"description_{d.language}") or ""])


async def _best(d: Dialogue, text: str) -> list[Product]:
    """The products a text may mean: one if its name is there, or it leads, or only it comes in the size asked."""
    # Only what may name something is searched for: "tell me when … is back" is in no product's text.
    bare = " ".join(word for word in words(text) if word.isdigit() or not is_chatter(word))
    hits = await search_products(d.session, bare or text, d.language, SHOWN)
    said = set(words(text))
    found = [hit.product for hit in hits]
    called = plainest(found, text)
    whole = [item for item in found if said.issuperset(words(product_name(d, item)))]
    sized = [item for item in found if said & set(sizes_and_colours(d, item)[0])]
    if len(whole) == 1:
        return whole
    if len(called) == 1:
        return called
    if hits and (len(hits) == 1 or hits[0].score - hits[1].score >= CLEAR):
        return found[:1]
    return sized if len(sized) == 1 else found


def plainest(found: Sequence[Product], text: str) -> list[Product]:
    """Of the products whose own name a text has, the one meant: "Granit" is not the women's one unless it says so."""
    said = {stem(word) for word in words(text)}
    called = [item for item in found if said & _own_name(item)]
    gender = gender_said(text)
    if gender is not None and any(item.gender == gender for item in called):
        called = [item for item in called if item.gender == gender]
    names = {item.id: _name_stems(item) for item in called}
    plain = [item for item in called if all(names[item.id] <= names[other.id] for other in called)]
    return plain or called


def _names_something(text: str) -> bool:
    return any(not is_chatter(word) for word in words(text))


def _called(product: Product, among: list[Product]) -> tuple[str, ...]:
    """Words that name this one of the products offered and no other."""
    own = _name_stems(product)
    for other in among:
        if other.id != product.id:
            own -= _name_stems(other)
    return tuple(sorted(own))


async def product_card(d: Dialogue, product: Product) -> dict[str, Any]:
    """A product at a glance, for channels that show cards."""
    price = await price_now(d, product)
    state = d.text("utter_part_in_stock" if availability(product).free else "utter_part_sold_out")
    return {
        "title": product_name(d, product),
        "subtitle": f"{money(price.amount, d.language)} · {state}",
        "image": picture_address(product.image, d.rules.address),
        "url": product.url or f"{d.rules.address}/products/{quote(product.id, safe='')}",
        "buttons": [],
    }


async def price_now(d: Dialogue, product: Product) -> Price:
    """What the product costs at this moment."""
    return price_of(product, await active_promotions(d.session, d.now), d.now)
