"""Advice before buying: which products in stock fit what somebody looks for, and why these."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.domain.wishes import Wish, gender_said, read_wish, wants_cheaper, without_recipient
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.choosing import SHOWN, UNSURE, price_now, shown
from bot.services.flows.fitting import COMFORT, Fits, filters, need_words, pool
from bot.services.flows.product_facts import TOPICS
from bot.services.flows.proof import HUMAN, product_name
from bot.services.flows.references import is_variant, looking_around, one_of, others_wanted
from bot.services.flows.shelves import shelf_of
from bot.services.wording import money
from bot.shop.catalogue import availability, categories, search_products
from bot.storage.shop import Product

REASONS = 2
"""Attributes told with each product."""
FEW = 7
"""Words of a message that is about one thing."""
MORE = ("utter_button_recommend", payload("recommend_product", more=True))


@flow("recommend", fleeting=True)
async def recommend(d: Dialogue) -> None:
    wish = await _wish(d)
    fits = await filters(d, wish)
    found = [product for product in await pool(d, wish) if all(test(product) for test in fits.values())]
    fresh = [product for product in found if product.id not in wish.seen]
    d.turn.looked_up("products", ", ".join(product_name(d, product) for product in fresh[:SHOWN]) or "none found")
    if not fresh:
        if not found and wants_cheaper(d.frame.text) and "wish" in d.state.browsing:
            return d.say("utter_no_cheaper", buttons=[HUMAN])
        return await (_nothing_more(d, wish) if found else _nothing_fits(d, wish, fits))
    await _suggest(d, wish, fresh, "utter_recommended")


async def _suggest(d: Dialogue, wish: Wish, found: list[Product], response: str, **values: str) -> None:
    """The first few, each with its reasons; the rest is for "show others"."""
    now = found[:SHOWN]
    d.state.browsing["wish"] = replace(wish, seen=(*wish.seen, *(product.id for product in now))).to_dict()
    d.state.browsing["more"] = "recommend"
    cards = await shown(d, now)
    lines = [f"• {product_name(d, item)}, {await _price(d, item)}: {_reasons(d, item, wish)}" for item in now]
    buttons = [(product_name(d, item), payload("ask_product_info", product=item.id)) for item in now]
    if len(found) > SHOWN:
        buttons.append(MORE)
    d.say(response, cards=cards, buttons=buttons, list="\n".join(lines), **values)


async def _price(d: Dialogue, product: Product) -> str:
    return money((await price_now(d, product)).amount, d.language)


def _reasons(d: Dialogue, product: Product, wish: Wish) -> str:
    """What speaks for it, from its data: what was asked about first, and that the size is there."""
    details = product.attributes.get(d.language) or product.attributes.get("pl") or {}
    topics = [topic for topic in TOPICS if topic.asked.search(wish.need)]
    told = {
        name for name in details if any(fold(name).startswith(each) for topic in topics for each in topic.attributes)
    }
    if wish.degrees is not None:
        told |= {name for name in details if COMFORT.match(name)}
    ordered = sorted(details, key=lambda name: name not in told)
    parts = [f"{name}: {details[name]}" for name in ordered[:REASONS]]
    if wish.size and availability(product, wish.size).free:
        parts.append(d.text("utter_part_size_there", size=wish.size))
    return "; ".join(parts) or d.text("utter_part_in_stock")


# What is wished for


async def _wish(d: Dialogue) -> Wish:
    """The wish so far: the last one, if the message only adds to it or wants to see more; else what it says now."""
    like = d.parse.entity("like") if d.parse.pressed else None
    if like:
        return Wish(like=str(like))
    known = d.state.browsing.get("wish")
    before = Wish.from_dict(known) if known else None
    if before is not None and (d.parse.entity("more") or others_wanted(d.frame.text)):
        return before
    asked = f"{d.frame.text} {d.frame.answers.get('recommend_for') or ''}"
    wish, adds = await _read(d, asked), False
    if before is not None and not _has_need(wish):
        wish, adds = before.refined(wish), True
    if wants_cheaper(asked):
        cheapest = min((Decimal(item.price) for item in d.state.shown), default=None)
        wish = replace(wish, most=int(cheapest) - 1) if adds and cheapest is not None else replace(wish, cheap=True)
    if not _has_need(wish):
        await _ask(d)
    _remember(d, wish)
    return wish


async def _read(d: Dialogue, text: str) -> Wish:
    wish = read_wish(text, gender_said(text))
    beside = " ".join(need_words(without_recipient(wish.need)))
    if wish.for_somebody and beside and await search_products(d.session, beside, d.language, 1, in_stock=True):
        wish = replace(wish, need=beside)  # a present for somebody who runs is something to run in
    return replace(wish, shelf=await shelf_of(d, wish.need))


def _has_need(wish: Wish) -> bool:
    return wish.like is not None or wish.shelf is not None or bool(need_words(wish.need))


async def _ask(d: Dialogue) -> None:
    shelves = (await categories(d.session))[:8]
    options = [Option(product_name(d, row), product_name(d, row)) for row in shelves]
    await d.ask("recommend_for", "utter_ask_recommend_for", options=options)


def _remember(d: Dialogue, wish: Wish) -> None:
    """What holds for this person longer than for this sentence: never what they look for on somebody else's behalf."""
    if wish.need:
        d.turn.ledger.note("needs", wish.need[:200], d.turn.source())
    if wish.most is not None:
        d.turn.ledger.note("budget", str(wish.most), d.turn.source())
    if wish.gender in ("women", "men") and not wish.for_somebody:
        d.turn.ledger.note("gender", wish.gender, d.turn.source())
    if wish.size is not None and not wish.for_somebody:
        d.turn.ledger.note("shoe_size" if wish.size.isdigit() else "size", wish.size, d.turn.source())


# When nothing does


async def _nothing_fits(d: Dialogue, wish: Wish, fits: dict[str, Fits]) -> None:
    """Says which wish leaves nothing, and offers what comes nearest without it."""
    every = await pool(d, wish)
    without = {
        name: [item for item in every if all(test(item) for other, test in fits.items() if other != name)]
        for name in fits
    }
    hindrance = max(without, key=lambda name: len(without[name]), default=None)
    if hindrance is None or not without[hindrance]:
        d.state.browsing.pop("wish", None)
        again = ("utter_button_products", payload("recommend_product"))
        return d.say("utter_nothing_fits", buttons=[again, HUMAN])
    nearest = without[hindrance]
    if hindrance in ("most", "least"):
        nearest = sorted(nearest, key=lambda item: item.price, reverse=hindrance == "least")
    relaxed = Wish.from_dict(wish.to_dict() | {hindrance: None})
    why = d.text(f"utter_part_hindrance_{hindrance}", value=str(getattr(wish, hindrance) or ""))
    await _suggest(d, relaxed, nearest, "utter_nearest", why=why)


async def _nothing_more(d: Dialogue, wish: Wish) -> None:
    again = ("utter_button_products", payload("recommend_product"))
    d.state.browsing["wish"] = replace(wish, seen=()).to_dict()
    d.say("utter_no_others", buttons=[again, HUMAN])


async def refines(d: Dialogue) -> str | None:
    """A wish where the NLU saw only values, or a few words that add to the last one: "do 300 zł", "a dla kobiety?"."""
    text = d.parse.text
    if not looking_around(d):
        return None
    wish = read_wish(text, gender_said(text))
    short = len(words(text)) <= FEW
    if need_words(wish.need):
        # "winter jacket up to 500, size M" needs no verb; a long sentence without such limits may want anything.
        limits = (wish.least, wish.most, wish.size, wish.degrees)
        looks = d.parse.intent in UNSURE and (short or any(limit is not None for limit in limits))
        return "recommend" if looks and await shelf_of(d, wish.need) is not None else None
    if not short or "wish" not in d.state.browsing or one_of(d.state.shown, text) is not None:
        return None
    adds = wish != Wish(need=wish.need) and not is_variant(fold(text).strip(" ?.!"))
    advised = d.state.browsing.get("flow") == "recommend"
    return "recommend" if (adds and advised) or wants_cheaper(text) else None


LISTENERS.append(refines)
