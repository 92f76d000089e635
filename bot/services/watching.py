"""Promises are kept, or broken visibly: goods that came back are told of, what is overdue becomes a human's work.

One round looks at what was promised and not kept. Each promise is settled in one transaction with what is said about it,
under its conversation's lock: killed anywhere, and with any number of gateways, the customer is told once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Reason, State
from bot.domain.errors import TellOnceError
from bot.domain.payloads import payload
from bot.responses import Responses
from bot.services.ledger import load_ledger
from bot.services.ownership import Change, changing
from bot.services.ports import Bell, Clock
from bot.services.reach import tell
from bot.services.speaking import ShopRules
from bot.services.transcript import say
from bot.services.waiting import expectation
from bot.services.waiting_room import call_human
from bot.services.wording import day_words, moment_words
from bot.shop.catalogue import Availability, availability, find_product
from bot.storage.database import Database
from bot.storage.shop import Complaint, Product, Return, Variant
from bot.storage.tables import Conversation, Promise

log = structlog.get_logger(__name__)

OURS = (State.BOT, State.RESOLVED)
"""States in which the bot may speak; in the others a human owns the conversation."""
NO_DAY = dt.timedelta(days=90)
"""How long a delivery without a date is watched for before the customer hears that it has not come."""
CANCELLED = dt.datetime.max.replace(tzinfo=dt.UTC)
"""In place of the day a cancelled return was paid back: nothing is owed any more, from now on."""
AT_ONCE = 500
"""Promises settled in one round; the next round goes on."""


@dataclass(frozen=True)
class Watch:
    """What a round works with."""

    responses: Responses
    rules: ShopRules

    def day(self, day: dt.date, now: dt.datetime, language: str) -> str:
        return day_words(day, now.astimezone(self.rules.hours.zone).date(), language)


async def run(database: Database, clock: Clock, responses: Responses, bell: Bell, rules: ShopRules) -> int:
    """One round; returns how many promises it did something about."""
    watch, now = Watch(responses, rules), clock.now()
    async with database.read() as session:
        due = await _due(session, now)
    done = 0
    for promise_id, conversation_id in due[:AT_ONCE]:
        try:
            async with changing(database, bell, clock, conversation_id) as change:
                promise = await change.session.get(Promise, promise_id)
                if promise is not None and promise.kept_at is None:
                    done += await _settle(change, promise, watch)
        except TellOnceError as error:
            log.info("watching_overtaken", conversation=conversation_id, code=error.code)
    return done


async def _due(session: AsyncSession, now: dt.datetime) -> list[tuple[int, str]]:
    """The promises something can be done about, oldest first, with their conversations."""
    rows = list(
        await session.execute(
            select(Promise, Conversation.state)
            .join(Conversation, Conversation.id == Promise.conversation_id)
            .where(Promise.kept_at.is_(None), Promise.kind.in_(SETTLED))
            .order_by(Promise.id)
        )
    )
    here = await _in_stock(session, {str(p.details.get("product")) for p, _ in rows if p.kind == "restock"})
    kept = await _kept(session, [p for p, _ in rows])
    held = await _held_back(session, [p for p, _ in rows])
    found = []
    for promise, state in rows:
        overdue = promise.due_at <= now and not promise.details.get("raised") and promise.id not in held
        back = promise.kind == "restock" and promise.details.get("product") in here
        told = back and promise.details.get("noted") and State(state) not in OURS
        # A human who has the conversation sees there what is overdue; news of a delivery waits until they are done.
        if promise.id in kept or (overdue and State(state) in OURS) or (back and not told):
            found.append((promise.id, promise.conversation_id))
    return found


async def _in_stock(session: AsyncSession, products: set[str]) -> set[str]:
    """Those of the products with anything free, or that are sold no more."""
    known = {row[0]: row[1] for row in await session.execute(_active(products))}
    free = select(Variant.product_id).where(Variant.product_id.in_(products), Variant.stock > Variant.reserved)
    return set(await session.scalars(free)) | {number for number in products if not known.get(number)}


def _active(products: set[str]) -> Any:
    return select(Product.id, Product.active).where(Product.id.in_(products))


async def _kept(session: AsyncSession, promises: Sequence[Promise]) -> dict[int, dt.datetime]:
    """The promises that the shop's data keep, with when: money that was paid back, a complaint that was answered."""
    numbers = {kind: {str(p.details.get("number")) for p in promises if p.kind == kind} for kind in SETTLED}
    returns = select(Return.number, Return.refunded_at, Return.status).where(Return.number.in_(numbers["refund"]))
    answered = select(Complaint.number, Complaint.answered_at).where(
        Complaint.number.in_(numbers["complaint_answer"]), Complaint.answered_at.is_not(None)
    )
    when: dict[tuple[str, str], dt.datetime] = {}
    for number, paid_at, status in await session.execute(returns):
        if paid_at is not None or status == "cancelled":
            when["refund", number] = paid_at or CANCELLED
    when |= {("complaint_answer", number): at for number, at in await session.execute(answered) if at is not None}
    found = {p.id: when.get((p.kind, str(p.details.get("number")))) for p in promises}
    return {number: at for number, at in found.items() if at is not None}


async def _held_back(session: AsyncSession, promises: Sequence[Promise]) -> set[int]:
    """The refunds that nobody is late with: the goods were never sent back, and until then the shop may wait."""
    owed = {p.id: str(p.details.get("number")) for p in promises if p.kind == "refund"}
    if not owed:
        return set()
    opened = select(Return.number).where(Return.number.in_(owed.values()), Return.status == "opened")
    numbers = set(await session.scalars(opened))
    return {number for number, of in owed.items() if of in numbers}


async def _settle(change: Change, promise: Promise, watch: Watch) -> bool:
    """Do what is due about one promise, if it still is. True when something changed."""
    if promise.kind == "restock":
        return await _restock(change, promise, watch)
    kept = await _kept(change.session, [promise])
    if promise.id in kept:
        promise.kept_at = min(kept[promise.id], change.now)
        return True
    if promise.due_at > change.now or promise.details.get("raised") or State(change.conversation.state) not in OURS:
        return False
    if await _held_back(change.session, [promise]):
        return False
    if promise.kind == "callback" and change.conversation.state == State.RESOLVED:
        promise.kept_at = change.now  # an agent closed the case: the call was made
        return True
    await _raise(change, promise, watch)
    return True


# Goods that come back


async def _restock(change: Change, promise: Promise, watch: Watch) -> bool:
    wanted = promise.details
    product = await find_product(change.session, str(wanted.get("product")))
    language = change.conversation.language
    ours = State(change.conversation.state) in OURS
    if product is None or not product.active:
        if not ours:
            return False
        name = getattr(product, f"name_{language}", None) or str(wanted.get("product"))
        promise.kept_at, promise.details = change.now, wanted | {"closed": True}
        await tell(change, watch.responses.text("utter_restock_gone", language, name=name), [])
        return True
    found = availability(product, wanted.get("size"), wanted.get("colour"))
    name = ", ".join(
        part for part in (getattr(product, f"name_{language}"), wanted.get("size"), wanted.get("colour")) if part
    )
    if found.free > 0:
        return await _back(change, promise, watch, product, name, found)
    if promise.due_at > change.now or not ours:
        return False
    return await _late(change, promise, watch, name, found)


async def _back(
    change: Change, promise: Promise, watch: Watch, product: Product, name: str, found: Availability
) -> bool:
    """Tell the customer; while a human has the conversation, tell the human, and the customer when they are done."""
    language = change.conversation.language
    text = watch.responses.text("utter_restock_back", language, name=name, count=found.free)
    if State(change.conversation.state) not in OURS:
        if promise.details.get("noted"):
            return False
        promise.details = promise.details | {"noted": change.now.isoformat()}
        await say(change.session, change.conversation, change.now, sender="system", text=text, kind="note")
        return True
    about = {key: value for key in ("product", "size", "colour") if (value := promise.details.get(key))}
    buttons = [
        (watch.responses.text("utter_button_availability", language), payload("ask_availability", **about)),
        (watch.responses.text("utter_button_price", language), payload("ask_price", product=product.id)),
    ]
    card = {
        "title": name,
        "subtitle": watch.responses.text("utter_part_in_stock", language),
        "url": product.url or f"{watch.rules.address}/products/{product.id}",
        "buttons": [],
    }
    if not await tell(change, text, buttons, [card]):
        if promise.details.get("raised"):
            return False
        # No channel takes it from a bot any more: somebody has to write, where a human still may.
        await _raise(change, promise, watch)
        return True
    promise.kept_at = change.now
    ledger = await load_ledger(change.session, change.conversation, change.now)
    ledger.note("product", product.id, {"kind": "lookup", "what": "restock"})
    return True


async def _late(change: Change, promise: Promise, watch: Watch, name: str, found: Availability) -> bool:
    """The day has passed and nothing came: the customer hears so, with the new day where there is one."""
    language, zone = change.conversation.language, watch.rules.hours.zone
    today = change.now.astimezone(zone).date()
    day = found.restock_on if found.restock_on is not None and found.restock_on >= today else None
    when = watch.day(day, change.now, language) if day is not None else ""
    response = "utter_restock_late" if day is not None else "utter_restock_late_no_day"
    promise.details = promise.details | {"broken": promise.due_at.isoformat(), "day": day.isoformat() if day else None}
    promise.due_at = dt.datetime.combine(day, dt.time(23, 59), zone) if day is not None else change.now + NO_DAY
    await tell(change, watch.responses.text(response, language, name=name, day=when), [])
    return True


# What a human must see to


async def _raise(change: Change, promise: Promise, watch: Watch) -> None:
    """The promise becomes work: the conversation waits for a human, and the customer is told that it does."""
    conversation, now, language = change.conversation, change.now, change.conversation.language
    promise.details = promise.details | {"raised": now.isoformat()}
    due = await expectation(change.session, watch.rules.hours, now)
    change.session.add(
        Promise(conversation_id=conversation.id, kind="human_reply", details={}, due_at=due.due_at, created_at=now)
    )
    if promise.kind != "restock":
        text = watch.responses.text(
            f"utter_promise_late_{promise.kind}",
            language,
            number=promise.details.get("number", ""),
            day=watch.day(promise.due_at.astimezone(watch.rules.hours.zone).date(), now, language),
            when=moment_words(due.due_at, now, watch.rules.hours.zone, language),
        )
        await tell(change, text, [(watch.responses.text("utter_button_back_to_bot", language), payload("back_to_bot"))])
    conversation.state = State.BOT
    call_human(change.session, conversation, Reason.PROMISE, [], now)
    conversation.handoff = conversation.handoff | {
        "text": watch.responses.text(f"utter_desk_late_{promise.kind}", language)
    }


SETTLED = ("restock", "refund", "complaint_answer", "callback")
"""The kinds of promises looked after here; `human_reply` is the desk's."""
