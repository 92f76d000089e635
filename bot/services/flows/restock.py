"""Being told when something is back in stock, and no longer wanting to be."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import fold, words
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.choosing import shown, the_product
from bot.services.flows.goods import end_of, variant_title
from bot.services.flows.products import shop_colour, variant_name
from bot.services.flows.proof import HUMAN, product_name
from bot.services.flows.undo import undo_button, undoable
from bot.services.flows.variants import variant_asked
from bot.services.transcript import PULLED
from bot.services.wording import day_words
from bot.shop.catalogue import availability, find_product, free_pieces
from bot.shop.lexical import stem
from bot.storage.shop import Product
from bot.storage.tables import ChannelLink, Promise

NO_DAY = dt.timedelta(days=90)
"""How long a delivery without a date is watched for; then the customer hears that it has not come."""
_NO_MORE = re.compile(
    r"\b(juz nie|nie (chce|potrzebuje|powiadamia|pisz|wysyla)|anuluj|wypis|rezygn|wylacz|no longer|not? (need|longer|more)|"
    r"no notif|never ?mind|bez powiadom|niewazne|"
    r"don.?t (notify|tell|want|need|let)|stop|cancel|unsubscribe|any ?more)"
)


@flow("notify_restock", fleeting=True)
async def notify_restock(d: Dialogue) -> None:
    if not d.parse.pressed and _NO_MORE.search(fold(d.frame.text)):
        return await _withdraw(d)
    product = await the_product(d)
    size, colour = await _variant(d, product)
    found = availability(product, size, colour)
    named = variant_name(d, product, size, colour)
    d.turn.looked_up("availability", f"{named}: {found.free}")
    similar = ("utter_button_recommend", payload("recommend_product", like=product.id))
    if not found.variants:
        colour = await shop_colour(d, colour)
        return d.say("utter_not_made", buttons=[similar], name=variant_name(d, product, size, colour), made="")
    if found.free > 0:
        return d.say("utter_available", cards=await shown(d, [product]), name=named, sizes="")
    wanted = {"product": product.id, "size": size, "colour": colour}
    if any(_same(promise, wanted) for promise in await open_promises(d)):
        return d.say("utter_restock_already", buttons=[similar], name=named)
    d.turn.ledger.note("wish", f"restock: {named}"[:500], d.turn.source())
    day = found.restock_on if found.restock_on is not None and found.restock_on >= d.today else None
    due = end_of(d, day) if day is not None else d.now + NO_DAY
    d.turn.promise("restock", due, **wanted, day=day.isoformat() if day else None, email=d.fact("email"))
    when = day_words(day, d.today, d.language) if day is not None else ""
    buttons = [undo_button(d, "restock", f"{product.id}/{size or ''}/{colour or ''}"), similar]
    d.say("utter_restock_noted" if day else "utter_restock_noted_no_day", buttons=buttons, name=named, day=when)
    if d.rules.mails and d.fact("email") is None and not await _can_be_reached(d):
        d.say("utter_restock_leave_email")


async def _variant(d: Dialogue, product: Product) -> tuple[str | None, str | None]:
    """Which size and colour; asked where several are sold out and the sentence does not say."""
    size, colour = variant_asked(d, product)
    out = [item for item in availability(product, size, colour).variants if not free_pieces(item)]
    key = f"restock_variant:{product.id}"
    one = len(out) == 1 or len(out) == len(product.variants)
    if key not in d.frame.answers and (one or not out):
        only = out[0] if len(out) == 1 else None
        return (only.size, _colour(d, only)) if only is not None and len(product.variants) > 1 else (size, colour)
    options = [Option(item.sku, variant_title(d, item), _called(variant_title(d, item))) for item in out]
    name = product_name(d, product)
    sku = await d.ask(key, "utter_ask_restock_variant", kind="choice", options=options, name=name)
    chosen = next((item for item in product.variants if item.sku == sku), None)
    return (chosen.size, _colour(d, chosen)) if chosen is not None else (size, colour)


def _colour(d: Dialogue, variant: object) -> str | None:
    own: str | None = getattr(variant, f"colour_{d.language}")
    return own


async def open_promises(d: Dialogue) -> list[Promise]:
    """What this conversation's customer is still to be told of, oldest first."""
    mine = (Promise.conversation_id == d.turn.conversation.id) & (Promise.kind == "restock")
    query = select(Promise).where(mine, Promise.kept_at.is_(None)).order_by(Promise.id)
    return list(await d.session.scalars(query))


def _same(promise: Promise, wanted: dict[str, str | None]) -> bool:
    return all(promise.details.get(key) == value for key, value in wanted.items())


async def _withdraw(d: Dialogue) -> None:
    """No news any more: of the product named or talked about, or of the only one; otherwise it is asked of which."""
    promises = await open_promises(d)
    if not promises:
        return d.say("utter_restock_none", buttons=[HUMAN])
    titles = [await _title(d, promise) for promise in promises]
    options = [Option(promise.id, title, _called(title)) for promise, title in zip(promises, titles, strict=True)]
    chosen = promises[0].id
    if len(promises) > 1:
        chosen = await d.ask("restock_promise", "utter_ask_restock_promise", kind="choice", options=options)
    promise = next(item for item in promises if item.id == chosen)
    _end(d, promise)
    d.say("utter_restock_withdrawn", name=await _title(d, promise))


def _called(title: str) -> tuple[str, ...]:
    """The beginnings of the words of a title: "granatowa", "Szałas"."""
    return tuple(stem(word) for word in words(title))


async def _title(d: Dialogue, promise: Promise) -> str:
    product = await find_product(d.session, str(promise.details.get("product")))
    name = product_name(d, product) if product is not None else str(promise.details.get("product"))
    return ", ".join(part for part in (name, promise.details.get("size"), promise.details.get("colour")) if part)


def _end(d: Dialogue, promise: Promise) -> None:
    promise.details = promise.details | {"withdrawn": True}
    promise.kept_at = d.now


@undoable("restock")
async def undo_restock(d: Dialogue, number: str) -> bool:
    product, size, colour = (part or None for part in number.split("/", 2))
    wanted = {"product": product, "size": size, "colour": colour}
    mine = [promise for promise in await open_promises(d) if _same(promise, wanted)]
    for promise in mine:
        _end(d, promise)
    return bool(mine)


async def _can_be_reached(d: Dialogue) -> bool:
    """True where the customer gets messages when they are away: on every channel but the shop's own pages."""
    links = select(ChannelLink.id).where(
        ChannelLink.conversation_id == d.turn.conversation.id, ChannelLink.active, ChannelLink.channel.not_in(PULLED)
    )
    return await d.session.scalar(links.limit(1)) is not None
