"""Which product is meant: named, chosen, pressed, or talked about last; and how it is shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue
from bot.services.flows.proof import HUMAN, product_name
from bot.services.wording import money
from bot.shop.catalogue import (
    Price,
    ProductHit,
    availability,
    find_product,
    price_of,
    search_products,
)
from bot.shop.lexical import STOP_WORDS, stem
from bot.shop.pictures import picture_address
from bot.shop.profile import active_promotions
from bot.storage.shop import Product

CLEAR = 0.12
"""The best product is the one meant when it leads the second by this much."""
SHOWN = 3
FEW_WORDS = 4
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
    d.turn.looked_up("product", product_name(d, product))
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
    if not _names_something(str(d.frame.answers.get("product_query", ""))):
        d.drop("product_query")  # "how much is it?" is no answer to "which product?"
    if "product_query" in d.frame.answers:
        await d.handoff(Reason.NO_ANSWER, "utter_product_unknown", done=True)
    question = "utter_product_not_found" if _names_something(text) else "utter_ask_product"
    return str(await d.ask("product_query", question, buttons=[HUMAN]))


async def names_product(d: Dialogue, text: str) -> bool:
    """True if a few words hold the own name of something that is sold: "Granit", "kurtkę Wichr poproszę"."""
    said = {stem(word) for word in words(text) if not is_chatter(word)}
    if not 0 < len(said) <= FEW_WORDS:
        return False
    hits = await search_products(d.session, text, d.language, SHOWN)
    return any(said & _own_name(hit.product) for hit in hits)


def _own_name(product: Product) -> set[str]:
    """Stems of the name's capitalised words but the first: "Kurtka Wichr damska" is called Wichr."""
    return {stem(fold(word)) for word in product.name_pl.split()[1:] if word[0].isupper()}


async def _talked_about(d: Dialogue, text: str) -> str | None:
    """The product talked about last, if the sentence names nothing but perhaps a size and colour of it."""
    product = await find_product(d.session, d.fact("product") or "")
    if product is None or "product_query" in d.frame.answers:
        return None
    sizes, colours = _variants(d, product)
    own = [word for word in words(text) if not is_chatter(word)]
    others = [stem(word) for word in own if word not in sizes and stem(word) not in colours]
    described = {stem(word) for word in words(_described(d, product))}
    if await _another_named(d, text, product, set(others) - described):
        return None
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
    own = _name_stems(product)
    for other in among:
        if other.id != product.id:
            own -= _name_stems(other)
    return tuple(sorted(own))


def variant_asked(d: Dialogue, product: Product) -> tuple[str | None, str | None]:
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
