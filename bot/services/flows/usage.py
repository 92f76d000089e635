"""How things are used and cared for: from an article, or from the product's own instructions."""

from __future__ import annotations

import re

from bot.domain.conversation import Reason
from bot.domain.text import fold, words
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.choosing import UNSURE, named_in, the_product
from bot.services.flows.knowledge import say_article, strong_article
from bot.services.flows.proof import product_name
from bot.services.flows.references import is_chatter, looking_around, one_of
from bot.storage.shop import Product

_CARE = re.compile(
    r"\b(pra[cnl]|wypra|czysc|czyszcz|impregn|konserw|such|przechow|pielegn|dba[cm]|zadbac|wash|clean|care\b|caring\b|"
    r"dry|drie[ds]|storing|stored?\b|maintain|maintenance|look(ing)? after|waterproof|proof)"
)
_USE = re.compile(r"\b(do czego|uzyw|sluz|nadaj|good for|used?\b)")


_CLEANING = re.compile(
    r"\b(pra[cnl]|wypra|czysc|czyszcz|konserw|pielegn|dba[cm]\b|zadbac|wash|clean|maintain|maintenance|care of|caring|"
    r"look(ing)? after)"
)
"""Of the words of care those that ask for no fact, as "waterproof" does."""


def asks_care(text: str) -> bool:
    """True for words about washing, drying, proofing and keeping things."""
    return bool(_CARE.search(fold(text)))


def care_of(d: Dialogue, product: Product) -> str | None:
    """What the shop says of caring for it."""
    return getattr(product, f"care_{d.language}") or product.care_pl


async def cares_for_a_name(d: Dialogue) -> str | None:
    """Caring for a thing that is named by its own name, whatever the sentence looks like."""
    if d.parse.intent not in (*UNSURE, "ask_product_info") or not looking_around(d):
        return None
    if not _CLEANING.search(fold(d.parse.text)):
        return None
    product = await named_in(d, d.parse.text)
    return "product_usage" if product is not None and care_of(d, product) is not None else None


LISTENERS.insert(0, cares_for_a_name)  # before a bare name is taken for a question about the product


@flow("product_usage", fleeting=True)
async def product_usage(d: Dialogue) -> None:
    # "How do I wash it?" is about the product just talked about, whatever an article says of washing.
    bare = re.sub(rf"{_CARE.pattern}\w*|{_USE.pattern}\w*", " ", fold(d.frame.text))
    only_points = d.fact("product") is not None and not [word for word in words(bare) if not is_chatter(word)]
    about_last = only_points or one_of(d.state.shown, bare) is not None
    caring = asks_care(d.frame.text)
    own = await named_in(d, bare) if caring and not about_last else None
    known = about_last or "product_query" in d.frame.answers or (own is not None and care_of(d, own) is not None)
    article = None if known else await strong_article(d, d.frame.text)
    if article is not None:
        return say_article(d, article)
    product = await the_product(d, bare)
    parts = ("care", "use") if caring else ("use", "care")
    texts = [getattr(product, f"{part}_{d.language}") or getattr(product, f"{part}_pl") for part in parts]
    told = next((text for text in texts if text), None)
    if told is None:
        await d.handoff(Reason.NO_ANSWER, "utter_usage_unknown", done=True, name=product_name(d, product))
    d.say("utter_product_usage", name=product_name(d, product), text=told)
