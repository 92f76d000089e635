"""Advice before and after buying: which product fits, how it is used and cared for, what is cheaper now."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.choosing import SHOWN, is_chatter, product_card, the_product
from bot.services.flows.knowledge import say_article, strong_article
from bot.services.flows.proof import HUMAN, product_name
from bot.services.wording import day_words, money
from bot.shop.catalogue import availability, categories, find_product, products_in, search_products
from bot.shop.days import local_day
from bot.shop.lexical import STOP_WORDS, stem
from bot.shop.profile import active_promotions
from bot.storage.shop import Product, Promotion

_BUDGET = re.compile(
    r"\b(?:do|max|maks\w*|ponizej|under|below|up to|budzet\w*|budget(?: of)?|less than)\D{0,4}(\d{2,6})\b"
    r"(?: ?(?:zl|pln)\w*)?"
)
_CARE = re.compile(
    r"\b(pra[cnl]|wypra|czysc|czyszcz|impregn|konserw|such|przechow|wash|clean|care|dry|store|waterproof|proof)"
)


@flow("recommend", fleeting=True)
async def recommend(d: Dialogue) -> None:
    asked = str(d.frame.answers.get("recommend_for") or d.frame.text)
    budget = _budget(asked) or _budget(d.frame.text)
    like = d.parse.entity("like")
    hits = await _similar(d, str(like)) if like else await _fitting(d, asked, budget)
    d.turn.looked_up("products", ", ".join(product_name(d, product) for product in hits) or "none found")
    if not hits and "recommend_for" not in d.frame.answers:
        shelves = (await categories(d.session))[:8]
        options = [Option(product_name(d, row), product_name(d, row)) for row in shelves]
        await d.ask("recommend_for", "utter_ask_recommend_for", options=options)
    if not hits:
        return d.say("utter_nothing_fits", buttons=[("utter_button_recommend", payload("recommend_product")), HUMAN])
    d.turn.ledger.note("product", hits[0].id, {"kind": "lookup", "what": "product"})
    cards = [await product_card(d, product) for product in hits]
    names = "\n".join(f"• {card['title']}: {card['subtitle']}" for card in cards)
    buttons = [(product_name(d, product), payload("ask_product_info", product=product.id)) for product in hits]
    d.say("utter_recommended", cards=cards, buttons=buttons, list=names)


def _budget(text: str) -> Decimal | None:
    found = _BUDGET.search(fold(text))
    return Decimal(found[1]) if found else None


async def _fitting(d: Dialogue, text: str, budget: Decimal | None) -> list[Product]:
    if not text:
        return []
    # The budget is not a word to search for.
    wanted = _BUDGET.sub(" ", fold(text))
    shelf = await _shelf(d, wanted)
    hits = await search_products(d.session, wanted, d.language, SHOWN, category=shelf, max_price=budget, in_stock=True)
    return [hit.product for hit in hits]


async def _shelf(d: Dialogue, text: str) -> str | None:
    """The one category whose name the text mentions: who looks for a sleeping bag wants no winter socks."""
    said = {stem(word) for word in words(text)}
    found = []
    for row in await categories(d.session):
        names = words(f"{row.name_pl} {row.name_en} {row.keywords or ''}")
        if said.intersection(stem(word) for word in names if len(word) > 2 and word not in STOP_WORDS):
            found.append(row.id)
    return found[0] if len(found) == 1 else None


async def _similar(d: Dialogue, product_id: str) -> list[Product]:
    """Others of the same kind that are in stock, the nearest in price first."""
    product = await find_product(d.session, product_id)
    if product is None or product.category is None:
        return []
    others = await products_in(d.session, product.category)
    free = [item for item in others if item.id != product.id and availability(item).free]
    return sorted(free, key=lambda item: abs(item.price - product.price))[:SHOWN]


@flow("product_usage", fleeting=True)
async def product_usage(d: Dialogue) -> None:
    # "How do I wash it?" is about the product just talked about, whatever an article says of washing.
    bare = _CARE.sub(" ", fold(d.frame.text))
    about_last = d.fact("product") is not None and not [word for word in words(bare) if not is_chatter(word)]
    article = None if about_last else await strong_article(d, d.frame.text)
    if article is not None:
        return say_article(d, article)
    product = await the_product(d, bare)
    caring = bool(_CARE.search(fold(d.frame.text)))
    parts = ("care", "use") if caring else ("use", "care")
    texts = [getattr(product, f"{part}_{d.language}") or getattr(product, f"{part}_pl") for part in parts]
    told = next((text for text in texts if text), None)
    if told is None:
        await d.handoff(Reason.NO_ANSWER, "utter_usage_unknown", done=True, name=product_name(d, product))
    d.say("utter_product_usage", name=product_name(d, product), text=told)


@flow("promotions", fleeting=True)
async def promotions(d: Dialogue) -> None:
    running = await active_promotions(d.session, d.now)
    d.turn.looked_up("promotions", str(len(running)))
    recommend_button = ("utter_button_products", payload("recommend_product"))
    if not running:
        return d.say("utter_no_promotions", buttons=[recommend_button])
    d.say("utter_promotions", buttons=[recommend_button], list="\n".join(_line(d, item) for item in running[:5]))


def _line(d: Dialogue, item: Promotion) -> str:
    name, percent = product_name(d, item), f"{item.percent}%"
    cut = f"-{percent}" if item.percent and percent not in name else ""
    if item.amount and str(int(item.amount)) not in name:
        cut = f"-{money(item.amount, d.language)}"
    parts = [f"• {name}", cut]
    if item.coupon:
        parts.append(d.text("utter_part_coupon", code=item.coupon))
    if item.ends_at:
        parts.append(d.text("utter_part_ends", day=day_words(local_day(item.ends_at), d.today, d.language)))
    return ", ".join(part for part in parts if part)
