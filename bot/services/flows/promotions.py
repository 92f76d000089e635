"""What is cheaper now, and why a code does not work."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.choosing import plainest, shown
from bot.services.flows.proof import HUMAN, product_name
from bot.services.flows.shelves import shelf_of
from bot.services.wording import day_words, money
from bot.shop.catalogue import categories, covers, find_product, products_in, search_products
from bot.shop.coupons import Basket, coupon_named, coupon_problem, coupons, orders_placed
from bot.shop.days import local_day
from bot.shop.profile import active_promotions
from bot.storage.shop import Product, Promotion

MOST = 5
EXAMPLES = 3
"""Products shown of a shelf that is cheaper now."""
_ABOUT_A_CODE = re.compile(r"\b(kod\w*|kupon\w*|code|codes|coupon\w*|voucher\w*)\b")
_FAILS = re.compile(
    r"\b(nie (dzial|wchodz|akcept|nalicz|przyjm|moge|mozna|chce)|odrzuc|blad|niewazn|dlaczego|czemu|why|not work|"
    r"n.?t (work|accept|apply|use)|reject|invalid|error|fail|expired)"
)
_GOODS = re.compile(
    r"\b(?:za|koszyk\w*|zamowieni\w*|basket|cart|order|worth|for)\D{0,12}(\d{2,5})(?:[.,]\d\d)? ?(?:zl|pln)?\b"
)
SHOW = ("utter_button_promotions", payload("ask_promotions"))
FIND = ("utter_button_products", payload("recommend_product"))


@flow("promotions", fleeting=True)
async def promotions(d: Dialogue) -> None:
    text = "" if d.parse.pressed and not d.frame.text else f"{d.frame.text} {d.frame.answers.get('coupon') or ''}"
    known = await coupons(d.session)
    named = coupon_named(text, known)
    if named is None and _ABOUT_A_CODE.search(fold(text)) and _FAILS.search(fold(text)):
        if "coupon" not in d.frame.answers:
            await d.ask("coupon", "utter_ask_coupon", buttons=[SHOW, HUMAN])
        named = str(d.frame.answers["coupon"]).strip().upper(), None
    if named is not None:
        return await _explain(d, text, *named)
    running = await active_promotions(d.session, d.now)
    d.turn.looked_up("promotions", str(len(running)))
    product = await _named(d, text)
    if product is not None:
        return await d.switch("price", {"product": product.id})
    shelf = await shelf_of(d, text)
    if shelf is not None:
        return await _of_a_shelf(d, shelf, running)
    if not running:
        return d.say("utter_no_promotions", buttons=[FIND])
    d.say("utter_promotions", buttons=[FIND], list="\n".join(_line(d, item) for item in running[:MOST]))


async def _named(d: Dialogue, text: str) -> Product | None:
    """The one product whose own name a text has."""
    hits = [hit.product for hit in await search_products(d.session, text, d.language, EXAMPLES)] if text.strip() else []
    called = plainest(hits, text)
    return called[0] if len(called) == 1 else None


async def _of_a_shelf(d: Dialogue, shelf: str, running: list[Promotion]) -> None:
    """What is cheaper on that shelf: the promotions for it or for things on it, with some of the things."""
    name = next((product_name(d, row) for row in await categories(d.session) if row.id == shelf), shelf)
    there = await products_in(d.session, shelf)
    fits = [item for item in running if any(covers(item, product.id, shelf) for product in there)]
    own = [item for item in fits if item.scope != "all"]
    if not own:
        others = "\n".join(_line(d, item) for item in running[:MOST])
        if not running:
            return d.say("utter_no_promotions", buttons=[FIND])
        return d.say("utter_no_promotions_here", buttons=[FIND], name=name, list=others)
    cheaper = [product for product in there if any(covers(item, product.id, shelf) for item in own)][:EXAMPLES]
    cards = await shown(d, cheaper)
    products = "\n".join(f"• {card['title']}: {card['subtitle']}" for card in cards)
    lines = "\n".join(_line(d, item) for item in own)
    buttons = [(product_name(d, item), payload("ask_price", product=item.id)) for item in cheaper]
    d.say("utter_promotions_here", cards=cards, buttons=buttons, name=name, list=lines, products=products)


def _line(d: Dialogue, item: Promotion) -> str:
    name, percent = product_name(d, item), f"{item.percent}%"
    cut = f"-{percent}" if item.percent and percent not in name else ""
    if item.amount and str(int(item.amount)) not in name:
        cut = f"-{money(item.amount, d.language)}"
    parts = [f"• {name}", cut]
    if item.coupon:
        parts.append(d.text("utter_part_coupon", code=item.coupon))
    if item.minimum:
        parts.append(d.text("utter_part_minimum", amount=money(item.minimum, d.language)))
    if item.ends_at:
        parts.append(d.text("utter_part_ends", day=day_words(local_day(item.ends_at), d.today, d.language)))
    return ", ".join(part for part in parts if part)


# Why a code does not work


async def _explain(d: Dialogue, text: str, code: str, promotion: Promotion | None) -> None:
    d.turn.looked_up("promotions", f"{code}: {'known' if promotion else 'unknown'}")
    if promotion is None:
        return d.say("utter_coupon_unknown", buttons=[SHOW, HUMAN], code=code)
    bare = fold(text).replace(fold(code), " ")
    running = await active_promotions(d.session, d.now)
    amount = _GOODS.search(bare)
    basket = Basket(
        await _named(d, bare) or await _subject(d),
        Decimal(amount[1]) if amount else None,
        await orders_placed(d.session, d.customer_id) if d.customer_id is not None else 0,
    )
    problem = coupon_problem(promotion, basket, running, d.now)
    d.turn.looked_up("promotions", f"{code}: {problem or 'no problem known'}")
    day = promotion.ends_at if problem == "expired" else promotion.starts_at
    d.say(
        f"utter_coupon_{problem or 'fine'}",
        buttons=[SHOW, HUMAN],
        code=code,
        day=day_words(local_day(day), d.today, d.language) if day else "",
        what=await _covered(d, promotion),
        product=product_name(d, basket.product) if basket.product else "",
        amount=money(promotion.minimum, d.language) if promotion.minimum else "",
        conditions=await _conditions(d, promotion),
    )


async def _subject(d: Dialogue) -> Product | None:
    """The one product talked about; the first of a list has not been chosen by anybody."""
    return await find_product(d.session, d.state.shown[0].id) if len(d.state.shown) == 1 else None


async def _covered(d: Dialogue, promotion: Promotion) -> str:
    """What a coupon is for, in words."""
    if promotion.scope == "category":
        rows = {row.id: product_name(d, row) for row in await categories(d.session)}
        return rows.get(promotion.target or "", promotion.target or "")
    product = await find_product(d.session, promotion.target or "") if promotion.scope == "product" else None
    return product_name(d, product) if product is not None else d.text("utter_part_everything")


async def _conditions(d: Dialogue, promotion: Promotion) -> str:
    parts = [d.text("utter_part_covers", what=await _covered(d, promotion))]
    if promotion.minimum:
        parts.append(d.text("utter_part_minimum", amount=money(promotion.minimum, d.language)))
    if promotion.first_order:
        parts.append(d.text("utter_part_first_order"))
    if promotion.ends_at:
        parts.append(d.text("utter_part_ends", day=day_words(local_day(promotion.ends_at), d.today, d.language)))
    return "; ".join(parts)


async def bare_code(d: Dialogue) -> str | None:
    """A code said alone, or with what only its failing is called, is about that code whatever its intent."""
    if len(d.parse.text.split()) > 14 or d.parse.intent == "ask_promotions" or d.state.question is not None:
        return None
    if not re.search(r"[A-Z]{4}|\d", d.parse.text) and not _ABOUT_A_CODE.search(fold(d.parse.text)):
        return None
    named = coupon_named(d.parse.text, await coupons(d.session))
    return "promotions" if named is not None and named[1] is not None else None


LISTENERS.append(bare_code)
