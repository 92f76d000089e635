"""What in stock fits a wish: the products that come into question, and what each part of the wish asks of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from bot.domain.text import fold, words
from bot.domain.wishes import Wish, gender_said
from bot.services.dialogue import Dialogue
from bot.services.flows.references import is_chatter, is_variant
from bot.services.flows.variants import size_key
from bot.shop.catalogue import availability, find_product, price_of, products_in, search_products
from bot.shop.profile import active_promotions
from bot.storage.shop import Product

POOL = 40
"""Products looked at for one wish."""
Fits = Callable[[Product], bool]
COMFORT = re.compile(r"^(komfort|comfort)", re.IGNORECASE)
_WANTING = frozenset(
    [
        "jest",
        "lubi",
        "uwielbia",
        "likes",
        "loves",
        "who",
        "sa",
        "cos",
        "jakies",
        "jakas",
        "jakis",
        "moze",
        "proszę",
        "prosze",
        "a",
        "i",
        "ale",
        "and",
        "but",
        "there",
        "anything",
        "something",
        "one",
        "chce",
        "wole",
        "dobre",
        "dobra",
        "polec",
        "poleccie",
        "doradz",
        "doradzcie",
        "zaproponuj",
        "polecacie",
        "polecasz",
        "recommend",
        "suggest",
        "good",
        "taniej",
        "tansze",
        "tanszego",
        "tansza",
        "tanszy",
        "cheaper",
        "less",
        "expensive",
        "zl",
        "pln",
    ]
)


async def pool(d: Dialogue, wish: Wish) -> list[Product]:
    """What comes into question at all, in stock, best first."""
    if wish.like is not None:
        return await _similar(d, wish.like)
    hits = {hit.product.id: hit for hit in await search_products(d.session, wish.need, d.language, POOL, in_stock=True)}
    if wish.shelf is None:
        found = [hit.product for hit in hits.values()]
    else:
        found = [item for item in await products_in(d.session, wish.shelf) if availability(item).free]
        if any(item.id in hits for item in found) and len(need_words(wish.need)) > 1:
            found = [item for item in found if item.id in hits]
        found.sort(key=lambda item: -hits[item.id].score if item.id in hits else 0)
    return sorted(found, key=lambda item: item.price) if wish.cheap else found


async def _similar(d: Dialogue, product_id: str) -> list[Product]:
    """Others of the same kind that are in stock, the nearest in price first."""
    product = await find_product(d.session, product_id)
    if product is None or product.category is None:
        return []
    others = await products_in(d.session, product.category)
    free = [item for item in others if item.id != product.id and availability(item).free]
    return sorted(free, key=lambda item: abs(item.price - product.price))


async def filters(d: Dialogue, wish: Wish) -> dict[str, Fits]:
    """What a product must be, by the name of the wish it comes from."""
    promotions = await active_promotions(d.session, d.now)

    def cost(item: Product) -> Decimal:
        return price_of(item, promotions, d.now).amount

    fits: dict[str, Fits] = {}
    if wish.most is not None:
        fits["most"] = lambda item: cost(item) <= (wish.most or 0)
    if wish.least is not None:
        fits["least"] = lambda item: cost(item) >= (wish.least or 0)
    gender = wish.gender or (None if wish.for_somebody else d.fact("gender"))
    if gender is not None:
        fits["gender"] = lambda item: item.gender == gender or (item.gender == "unisex" and gender != "kids")
    if wish.degrees is not None:
        fits["degrees"] = lambda item: _stands(item, wish.degrees or 0)
    fits["size"] = lambda item: _has_size(d, item, wish)
    return fits


def _has_size(d: Dialogue, product: Product, wish: Wish) -> bool:
    """True if it is there in the size told now, or told once and worn by this kind of thing."""
    size = wish.size or (None if wish.for_somebody else d.fact(size_key(product)))
    made = {fold(item.size) for item in product.variants if item.size}
    if size is None or len(made) < 2 or (wish.size is None and fold(size) not in made):
        return True
    return availability(product, size).free > 0


def _stands(product: Product, degrees: int) -> bool:
    """True if its comfort temperature is as low; things without one are not chosen by it."""
    for name, value in (product.attributes.get("pl") or {}).items():
        number = re.search(r"[-+−]?\d+", str(value).replace("−", "-"))
        if COMFORT.match(name) and number is not None:
            return int(number[0]) <= degrees
    return False


def need_words(need: str) -> list[str]:
    own = [word for word in words(need) if not is_chatter(word) and not is_variant(word) and word not in _WANTING]
    return [word for word in own if gender_said(word) is None]
