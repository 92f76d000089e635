"""Products: what is asked about them, how they differ, whether they are in stock, what they cost."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.choosing import plainest, price_now, shown, the_product
from bot.services.flows.goods import ONE_SIZE
from bot.services.flows.knowledge import say_article, strong_article
from bot.services.flows.product_facts import Answer, answer, differences, first_sentence
from bot.services.flows.proof import HUMAN, product_name
from bot.services.flows.references import compares
from bot.services.flows.variants import variant_asked
from bot.services.wording import day_words, money
from bot.shop.catalogue import Availability, availability, find_product, price_of, search_products
from bot.shop.profile import active_promotions
from bot.storage.shop import Product, Variant

LONG = 320
"""Characters of a description said at once."""
FEW_PIECES = 3
"""So few pieces are told without being asked for."""
COUNTED = 10
"""More pieces than this are not counted out."""
ROWS = 6
"""Attributes compared at most."""
_HOW_MANY = re.compile(r"\b(ile (sztuk|macie|zostal|jest)|how many|how much stock)")
_EVERY = re.compile(r"\b(oba|obie|oboje|obu|both|wszystkie|each|all of them)\b")
_BETWEEN = re.compile(r"\b(czy|od|oraz|a|i|and|or|from|than|vs|versus|between|miedzy|with|to)\b|[,?]")


@flow("product_info", fleeting=True)
async def product_info(d: Dialogue) -> None:
    two = await _two(d, d.frame.text)
    if two is not None:
        return await _compare(d, *two)
    product = await the_product(d)
    about = (
        "" if d.parse.pressed and not d.frame.text else f"{d.frame.text} {d.frame.answers.get('product_query') or ''}"
    )
    told = _answer(d, product, about)
    named = product_name(d, product)
    if told is None:
        return await _card(d, product)
    d.turn.looked_up("product", f"{named}: {'; '.join(told.said) or 'not in the data'}")
    whole = ("utter_button_product", payload("ask_product_info", product=product.id))
    if told.said:
        return d.say("utter_product_fact", buttons=[whole], name=named, answer="; ".join(told.said).rstrip("."))
    article = await strong_article(d, about)
    if article is not None:
        return say_article(d, article, HUMAN)
    d.say("utter_product_fact_unknown", buttons=[whole, HUMAN], name=named)


def _answer(d: Dialogue, product: Product, text: str) -> Answer | None:
    months = d.text("utter_part_warranty", months=product.warranty_months)
    may, may_not = d.text("utter_part_may_return"), d.text("utter_part_no_return")
    return answer(product, text, d.language, months, (may, may_not))


async def _card(d: Dialogue, product: Product) -> None:
    """The product at a glance."""
    price = await price_now(d, product)
    described = getattr(product, f"description_{d.language}") or product.description_pl or ""
    details = list((product.attributes.get(d.language) or {}).items())
    d.say(
        "utter_product",
        cards=await shown(d, [product]),
        buttons=[about_product("utter_button_availability", "ask_availability", product)],
        name=product_name(d, product),
        price=money(price.amount, d.language),
        description=_shortened(described),
        details="".join(f"\n• {name}: {value}" for name, value in details[:5]),
    )


async def _two(d: Dialogue, text: str) -> tuple[Product, Product | None] | None:
    """The two products to compare; the second is None when only one of them is sold here. None for other questions."""
    comparing = compares(text)
    parts = [part for part in _BETWEEN.split(fold(text)) if part and words(part)]
    if not (comparing or len(parts) > 1) or d.parse.pressed:
        return None
    found: dict[str, Product] = {}
    for part in parts:
        hits = [hit.product for hit in await search_products(d.session, part, d.language, 5)]
        found |= {item.id: item for item in plainest(hits, part)[:1] if _is_called(item, part)}
    if not comparing and len(found) < 2:
        return None
    for known in [d.fact("product"), *(item.id for item in d.state.shown)]:
        if len(found) < 2 and known is not None and known not in found and not _unknown_name(d, text, found):
            product = await find_product(d.session, known)
            found |= {known: product} if product is not None else {}
    one, other = [*found.values(), None, None][:2]
    return (one, other) if one is not None else None


def _is_called(product: Product, text: str) -> bool:
    return bool(plainest([product], text))


def _unknown_name(d: Dialogue, text: str, found: dict[str, Product]) -> bool:
    """True if a comparison names two things of which the shop has one: nothing else is put in the other's place."""
    capitals = re.findall(r"(?<!^)\b[A-ZŁŚŻŹĆ]\w{3,}", text)
    return len(capitals) > len(found) > 0


async def _compare(d: Dialogue, one: Product, other: Product | None) -> None:
    first = product_name(d, one)
    if other is None:
        similar = ("utter_button_recommend", payload("recommend_product", like=one.id))
        await shown(d, [one])
        return d.say("utter_compare_one", buttons=[similar, HUMAN], name=first)
    d.turn.looked_up("products", f"{first}, {product_name(d, other)}")
    prices = [(await price_now(d, item)).amount for item in (one, other)]
    rows = [(d.text("utter_part_price"), *(money(price, d.language) for price in prices))]
    rows += differences(one, other, d.language)[:ROWS]
    uses = [first_sentence(getattr(item, f"use_{d.language}") or item.use_pl) for item in (one, other)]
    if any(uses):
        rows.append((d.text("utter_part_use"), *(use or "–" for use in uses)))
    d.say(
        "utter_compared",
        cards=await shown(d, [one, other]),
        buttons=[about_product(product_name(d, item), "ask_availability", item) for item in (one, other)],
        one=first,
        other=product_name(d, other),
        list="\n".join(f"• {name}: {mine} / {theirs}" for name, mine, theirs in rows),
    )


@flow("availability", fleeting=True)
async def product_availability(d: Dialogue) -> None:
    product = await the_product(d)
    size, colour = variant_asked(d, product)
    found = availability(product, size, colour)
    named = variant_name(d, product, size, colour)
    d.turn.looked_up("availability", f"{named}: {found.free}")
    cards = await shown(d, [product])
    similar = ("utter_button_recommend", payload("recommend_product", like=product.id))
    if not found.variants and (size or colour):
        made = "".join(_choice(d, availability_of_all(product), not size, not colour))
        colour = await shop_colour(d, colour)
        return d.say("utter_not_made", buttons=[similar], name=variant_name(d, product, size, colour), made=made)
    if found.free > 0:
        return d.say("utter_available", cards=cards, name=named, sizes=_in_stock(d, found, size, colour))
    others = availability(product)
    left = ", ".join(others.sizes)
    other = " " + d.text("utter_part_other_sizes", list=left) if left and (size or colour) else ""
    more = {"size": size, "colour": colour}
    restock = about_product("utter_button_notify", "notify_restock", product, **more)
    if found.restock_on is not None and found.restock_on >= d.today:
        day = day_words(found.restock_on, d.today, d.language)
        return d.say("utter_back_in_stock", buttons=[restock, similar], name=named, day=day, other=other)
    d.say("utter_not_available", buttons=[restock, similar], name=named, other=other)


def variant_name(d: Dialogue, product: Product, size: str | None, colour: str | None) -> str:
    return product_name(d, product) + "".join(f", {part}" for part in (size, colour) if part)


async def shop_colour(d: Dialogue, said: str | None) -> str | None:
    """A colour as the shop writes it: "czarnym" is czarny."""
    own = Variant.colour_pl if d.language == "pl" else Variant.colour_en
    if said is None:
        return None
    return await d.session.scalar(select(own).where(own.istartswith(said[:4], autoescape=True)).limit(1)) or said


def availability_of_all(product: Product) -> Availability:
    """Every size and colour the product is made in, in stock or not."""
    sizes = tuple(dict.fromkeys(item.size for item in product.variants if item.size))
    polish = tuple(dict.fromkeys(item.colour_pl for item in product.variants if item.colour_pl))
    english = tuple(dict.fromkeys(item.colour_en for item in product.variants if item.colour_en))
    return Availability(tuple(product.variants), 0, sizes, polish, english, None)


def _in_stock(d: Dialogue, found: Availability, size: str | None, colour: str | None) -> str:
    """How many are left where that matters, and what there is to choose from."""
    parts = _choice(d, found, bool(size), bool(colour))
    single = size is not None or len(found.variants) == 1
    if _HOW_MANY.search(fold(d.frame.text)) or (single and found.free <= FEW_PIECES):
        count = str(found.free) if found.free <= COUNTED else d.text("utter_part_many", count=COUNTED)
        parts.insert(0, " " + d.text("utter_part_pieces", count=count))
    return "".join(parts)


def _choice(d: Dialogue, found: Availability, no_sizes: bool, no_colours: bool) -> list[str]:
    sizes = [name for name in found.sizes if fold(name) not in ONE_SIZE]
    colours = found.colours_pl if d.language == "pl" else found.colours_en
    parts = []
    if len(sizes) > 1 and not no_sizes:
        parts.append(" " + d.text("utter_part_sizes", list=", ".join(sizes)))
    made = {item.colour_pl or item.colour_en for variant in found.variants[:1] for item in variant.product.variants}
    if len(made) > 1 and not no_colours:
        parts.append(" " + d.text("utter_part_colours", list=", ".join(colours)))
    return parts


@flow("price", fleeting=True)
async def product_price(d: Dialogue) -> None:
    if _EVERY.search(fold(d.frame.text)) and len(d.state.shown) > 1:
        return await _prices(d)
    product = await the_product(d)
    size, colour = variant_asked(d, product)
    variants = availability(product, size, colour).variants
    promotions = await active_promotions(d.session, d.now)
    price = price_of(variants[0] if variants and (size or colour) else product, promotions, d.now)
    d.turn.looked_up("price", f"{product_name(d, product)}: {price.amount}")
    lowest = price.lowest_30_days
    coupon = next((item for item in promotions if item.coupon and item.target in (product.id, product.category)), None)
    code = " " + d.text("utter_part_with_code", code=coupon.coupon, name=product_name(d, coupon)) if coupon else ""
    d.say(
        "utter_price_cut"
        if price.promotion and lowest
        else "utter_price_promotion"
        if price.promotion
        else "utter_price",
        cards=await shown(d, [product]),
        buttons=[about_product("utter_button_availability", "ask_availability", product)],
        name=variant_name(d, product, size, colour) if variants else product_name(d, product),
        price=money(price.amount, d.language),
        regular=money(price.regular, d.language),
        lowest=money(lowest, d.language) if lowest else "",
        promotion=product_name(d, price.promotion) if price.promotion else "",
        code=code,
    )


async def _prices(d: Dialogue) -> None:
    """What each of the products shown costs."""
    found = [product for item in d.state.shown if (product := await find_product(d.session, item.id))]
    cards = await shown(d, found)
    d.say("utter_prices", cards=cards, list="\n".join(f"• {card['title']}: {card['subtitle']}" for card in cards))


def about_product(title: str, intent: str, product: Product, **more: Any) -> tuple[str, str]:
    """A button that asks something about a product."""
    return title, payload(intent, product=product.id, **{key: value for key, value in more.items() if value})


def _shortened(text: str) -> str:
    """A description up to the last whole sentence that fits."""
    if len(text) <= LONG:
        return text
    return (text[:LONG].rpartition(". ")[0] or text[:LONG].rpartition(" ")[0] + " …").rstrip(".") + "."
