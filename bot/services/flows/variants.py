"""Sizes and colours of a product: which ones a sentence names."""

from __future__ import annotations

from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue
from bot.services.flows.references import colour_said, size_said
from bot.shop.lexical import stem
from bot.storage.shop import Product


def variant_asked(d: Dialogue, product: Product) -> tuple[str | None, str | None]:
    """The size and colour that the sentence, or the button, names: as the shop writes them, otherwise as said."""
    text = f"{d.frame.text} {d.frame.answers.get('product_query') or ''}"
    said = words(f"{text} {d.parse.entity('size') or ''} {d.parse.entity('colour') or ''}")
    sizes, colours = sizes_and_colours(d, product)
    size = next((sizes[word] for word in said if word in sizes), None)
    # "M" is a size of this, or one it does not come in; without sizes it is no size at all.
    if size is None and len(sizes) > 1:
        size = size_said(text)
    if size is not None:
        d.turn.ledger.note(size_key(product), size, d.turn.source())
    colour = next((colours[stem(word)] for word in said if stem(word) in colours), None)
    return size, colour or colour_said(text)


def size_key(product: Product) -> str:
    """The fact a size of this product is kept under: shoes and clothes are not of one size."""
    return (
        "shoe_size"
        if all((item.size or "").isdigit() and int(item.size or 0) < 50 for item in product.variants)
        else "size"
    )


def sizes_and_colours(d: Dialogue, product: Product) -> tuple[dict[str, str], dict[str, str]]:
    """Sizes by the folded word, colours by the stem of their words, both as the shop writes them."""
    sizes = {fold(item.size): item.size for item in product.variants if item.size}
    colours: dict[str, str] = {}
    for item in product.variants:
        own = item.colour_pl if d.language == "pl" else item.colour_en
        for word in words(f"{item.colour_pl or ''} {item.colour_en or ''}"):
            colours[stem(word)] = own or word
    return sizes, colours
