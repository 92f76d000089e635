"""Which size to take: from the size table in the shop's articles, what was told, and what was bought before."""

from __future__ import annotations

import re

from sqlalchemy import select

from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.domain.wishes import gender_said
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.choosing import named_in, shown
from bot.services.flows.knowledge import say_article
from bot.services.flows.product_facts import first_sentence
from bot.services.flows.products import about_product
from bot.services.flows.proof import HUMAN, is_open_to, product_name
from bot.services.flows.references import is_chatter, one_of
from bot.services.flows.variants import size_key
from bot.shop.catalogue import availability, find_product
from bot.shop.knowledge import search_articles
from bot.shop.lexical import stem
from bot.shop.orders import find_order, orders_of
from bot.storage.shop import Article, Order, Product

KINDS = {"shoe_size": ("buty", "boots"), "size": ("kurtka odzież", "jacket clothes")}
"""What a size table is searched with, for each kind of size."""
ORDERS = 10
"""Former orders looked at."""
_CENTIMETRES = re.compile(r"\b(\d{2,3}(?:[.,]\d)?) ?(?:cm|centym\w*)\b")
_LENGTHS = re.compile(r"\b(\d{2}(?:[.,]\d)?) cm (?:to |is |- |– )(\d{2})\b")
_LENGTHS_AFTER = re.compile(r"\b(\d{2}) [-–] (\d{2}(?:[.,]\d)?) cm")
_ADDED = re.compile(r"\b(?:doda\w*|dolicz\w*|adds?) (\d) cm")
_INSOLE = re.compile(r"\b(wkladk|insole)")
_RANGES = re.compile(r"\b(x{0,2}s|m|x{0,2}l) (\d{2,3})[-–](\d{2,3})")
_WOMEN = re.compile(r"\b(damsk\w+|women)")
_MEN = re.compile(r"\b(mesk\w+|men)\b")


@flow("size_advice", fleeting=True)
async def size_advice(d: Dialogue) -> None:
    product = await _product(d)
    kind = size_key(product) if product is not None else _kind(d.frame.text)
    table = await _table(d, kind)
    gender = gender_said(d.frame.text) or (product.gender if product is not None else None) or d.fact("gender")
    size = _measured(table, d.frame.text, gender) if table is not None else None
    lines = [d.text("utter_part_size_measured", size=size)] if size is not None else []
    if size is not None:
        d.turn.ledger.note(kind, size, d.turn.source())
    else:
        lines = await _known(d, product, kind)
        size = d.fact(kind)
    if product is None and not lines:
        return say_article(d, table, HUMAN) if table is not None else d.say("utter_size_unknown", buttons=[HUMAN])
    if product is not None:
        # With nothing to go by the table itself is the advice.
        measures = [table.summary] if table is not None and not lines else []
        lines += measures + _fit(table, product) + _there(d, product, size)
        await shown(d, [product])
    whole = [("utter_button_size_table", payload("inform", article=table.slug))] if table is not None else []
    asked = [about_product("utter_button_availability", "ask_availability", product, size=size)] if product else []
    name = product_name(d, product) if product is not None else ""
    d.say(
        "utter_size_advice" if name else "utter_plain", buttons=[*asked, *whole, HUMAN], name=name, text=" ".join(lines)
    )


async def _product(d: Dialogue) -> Product | None:
    """The product named, pointed at or talked about; None where the question is about sizes as such."""
    text = _CENTIMETRES.sub(" ", d.frame.text)
    named = await named_in(d, text)
    if named is not None:
        d.turn.looked_up("product", product_name(d, named))
        return named
    rest = [word for word in words(d.frame.text) if not is_chatter(word)]
    general = any(word.startswith(("but", "kurt", "boot", "shoe", "jacket", "rekaw", "glove")) for word in rest)
    pointed = one_of(d.state.shown, text) or (d.fact("product") if not general else None)
    return await find_product(d.session, pointed) if pointed is not None else None


def _kind(text: str) -> str:
    shoes = re.search(r"\b(but|obuw|stop|wkladk|boot|shoe|foot|feet|sanda)", fold(text))
    return "shoe_size" if shoes else "size"


async def _table(d: Dialogue, kind: str) -> Article | None:
    """The article with the size table of that kind of thing."""
    query = KINDS[kind][0 if d.language == "pl" else 1]
    asked = f"rozmiar {query}" if d.language == "pl" else f"size {query}"
    hits = [hit.article for hit in await search_articles(d.session, asked, d.language)]
    sized = [article for article in hits if article.topic == "sizes"]
    if sized:
        return sized[0]
    same = select(Article).where(Article.topic == "sizes", Article.language == d.language).order_by(Article.slug)
    others = list(await d.session.scalars(same))
    titled = {stem(word) for word in words(query)}
    return next(
        (row for row in others if titled & {stem(word) for word in words(f"{row.title} {row.keywords or ''}")}), None
    )


def _measured(table: Article, text: str, gender: str | None) -> str | None:
    """The size for the centimetres told: the smallest that is long enough, or the one whose range has them."""
    said = _CENTIMETRES.search(fold(text))
    if said is None:
        return None
    measure = float(said[1].replace(",", "."))
    added = _ADDED.search(fold(table.body))
    if added is not None and not _INSOLE.search(fold(text)):
        measure += float(added[1])  # the table is of insoles, the customer measured a foot
    part = _part(fold(table.body), gender)
    lengths = [(float(cm.replace(",", ".")), size) for cm, size in _LENGTHS.findall(part)]
    lengths += [(float(cm.replace(",", ".")), size) for size, cm in _LENGTHS_AFTER.findall(part)]
    # "26 cm - 41" also reads as "… 25 - 26 cm": a size is the larger number.
    long_enough = sorted((cm, size) for cm, size in lengths if float(size) > cm >= measure)
    if long_enough and measure > min(cm for cm, _ in lengths) - 1:
        return str(long_enough[0][1])
    ranges = _RANGES.findall(part)
    return next((str(size).upper() for size, low, high in ranges if int(low) <= measure < int(high)), None)


def _part(body: str, gender: str | None) -> str:
    """The part of a table for women or for men, where it has both; unisex things go by the men's sizes."""
    women, men = _WOMEN.search(body), _MEN.search(body)
    if women is None:
        return body
    if gender == "women":
        return body[women.start() :]
    return body[: women.start()] if men is None or men.start() < women.start() else body[men.start() :]


async def _known(d: Dialogue, product: Product | None, kind: str) -> list[str]:
    """What this person told or bought, where it may be talked about."""
    told = d.fact(kind)
    lines = [d.text("utter_part_size_told", size=told)] if told else []
    bought = await _bought(d, product, kind)
    if bought is not None:
        order, size = bought
        lines.append(d.text("utter_part_size_bought", size=size, number=order.number))
        if not told:
            d.turn.ledger.note(kind, size, {"kind": "lookup", "what": "order"})
    return lines


async def _bought(d: Dialogue, product: Product | None, kind: str) -> tuple[Order, str] | None:
    """The newest thing of that kind this proven customer bought and kept."""
    orders = await orders_of(d.session, d.customer_id, ORDERS) if d.customer_id is not None else []
    for number in d.turn.ledger.values("proven_order"):
        order = await find_order(d.session, number)
        orders += [order] if order is not None and is_open_to(d, order) else []
    for short in orders:
        order = await find_order(d.session, short.number)
        back = {line.line_id for row in (order.returns if order else []) for line in row.lines}
        for line in order.lines if order is not None and order.status != "cancelled" else []:
            item = line.variant
            if line.id in back or not item.size or (product is not None and item.product.category != product.category):
                continue
            if item.size.isdigit() == (kind == "shoe_size") and (item.size.isdigit() or len(item.size) <= 3):
                return order, item.size  # type: ignore[return-value]
    return None


def _fit(table: Article | None, product: Product) -> list[str]:
    """The table's sentence about how this one is cut."""
    called = {stem(fold(word)) for word in product.name_pl.split()[1:] if word[0].isupper()}
    sentences = re.split(r"(?<=[.!?])\s", table.body) if table is not None else []
    own = [part for part in sentences if called & {stem(word) for word in words(part)}]
    return [first_sentence(own[0]) + "."] if own else []


def _there(d: Dialogue, product: Product, size: str | None) -> list[str]:
    """Whether that size is in stock, else which ones are."""
    sizes = availability(product).sizes
    if size is not None and availability(product, size).variants:
        free = availability(product, size).free
        return [d.text("utter_part_size_is_there" if free else "utter_part_size_is_out", size=size)]
    return [d.text("utter_part_sizes", list=", ".join(sizes))] if sizes else []
