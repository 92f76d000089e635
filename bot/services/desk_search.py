"""Finding a conversation: by who it is with, by an order, by its number, or by what was said in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidValue
from bot.domain.facts import TOLD
from bot.domain.privacy import without_contacts
from bot.domain.text import fold
from bot.services.desk_summaries import summaries
from bot.services.paging import beyond, decode, encode, sorting
from bot.storage.search_index import matches, terms
from bot.storage.shop import Customer, Order
from bot.storage.tables import Conversation, Fact, Message

PAGE = 20
SHORTEST, LONGEST = 2, 200
ROUND = 60
ROUNDS = 20
"""A common word is looked for in so many rounds of so many messages; the next page goes on from there."""
CANDIDATES = 500
EXCERPT = 70
"""Characters shown on each side of what was found."""
CALLED_BY = (
    *("order_number", "proven_order", "email", "phone", "name", "nip", "postcode"),
    *("return_number", "complaint_number", "exchange_number", "invoice_number"),
)
"""Facts a conversation is looked for by."""
_ID = re.compile(r"[\w-]{6,32}", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
# Letters that a name may carry an accent on: any letter stands for them where the database cannot fold.
_ACCENTED = re.compile(r"[acdeghilnorstuyz]")


@dataclass(frozen=True)
class Found:
    results: list[dict[str, Any]]
    """{"conversation", "match": {"field", "message_id", "excerpt": [{"text", "hit"}], "sender", "at"}}"""
    next: str | None


@dataclass(frozen=True)
class _Asked:
    session: AsyncSession
    text: str
    terms: list[list[str]]
    dialect: str
    who: ColumnElement[bool]
    """The condition on conversations that are found by whom or what they are about."""


async def search(session: AsyncSession, query: str, after: str | None = None) -> Found:
    """Conversations about the one asked for, newest first, then those in which it was said.

    Raises InvalidValue for a query too short or too long, BadRequest for a cursor that is not ours.
    """
    query = query.strip()
    asked_terms = terms(query)
    if not asked_terms or not SHORTEST <= len(query) <= LONGEST:
        raise InvalidValue(details={"field": "q", "least": SHORTEST, "most": LONGEST})
    dialect = session.get_bind().dialect.name
    who = await _who(session, query, asked_terms, dialect)
    asked = _Asked(session, query, asked_terms, dialect, who)
    results: list[dict[str, Any]] = []
    if after is None or after.startswith("w"):
        results, following = await _about(asked, after)
        if following is not None:
            return Found(results, following)
        after = None
    said, following = await _said(asked, after, PAGE - len(results))
    return Found([*results, *said], following)


async def _who(session: AsyncSession, query: str, asked: list[list[str]], dialect: str) -> ColumnElement[bool]:
    normal = {value for key, check in TOLD.items() if (value := check(query)) and key in ("email", "phone", "nip")}
    number = query.lstrip("#")
    conditions: list[ColumnElement[bool]] = [Conversation.id.in_(await _numbers(session, query))]
    facts = select(Fact.conversation_id).where(Fact.key.in_(CALLED_BY), ~Fact.superseded)
    for wanted in (asked, *(terms(value) for value in normal)):
        conditions.append(Conversation.id.in_(facts.where(matches(Fact, wanted, dialect))))
    people = await _customers(session, query, asked, normal)
    if people:
        conditions.append(Conversation.customer_id.in_(people))
    if number.isascii() and number.isalnum():
        conditions.append(Conversation.customer_id.in_(select(Order.customer_id).where(Order.number == number)))
    return or_(*conditions)


async def _numbers(session: AsyncSession, query: str) -> list[str]:
    """Ids of conversations that begin like this. A condition on its own would cost the others their indexes."""
    if not _ID.fullmatch(query):
        return []
    same = select(Conversation.id).where(Conversation.id.startswith(query, autoescape=True))
    return list(await session.scalars(same.order_by(Conversation.id).limit(PAGE)))


async def _customers(session: AsyncSession, query: str, asked: list[list[str]], normal: set[str]) -> list[str]:
    """Ids of the shop's customers who are called that, have that address, or that number."""
    exact = or_(Customer.id == query, Customer.email.in_(normal), Customer.phone.in_(normal))
    named: ColumnElement[bool] = false()
    words = [word for term in asked for word in term]
    if all(not word.isdigit() for word in words):
        pattern = [Customer.name.ilike("%" + _ACCENTED.sub("_", word) + "%") for word in words]
        named = Customer.id.in_(select(Conversation.customer_id)) & pattern[0]
        for more in pattern[1:]:
            named = named & more
    rows = await session.execute(select(Customer.id, Customer.name, exact).where(or_(exact, named)).limit(CANDIDATES))
    return [row[0] for row in rows if row[2] or _begins(fold(row[1]), words)]


def _begins(name: str, words: Sequence[str]) -> bool:
    parts = _WORD.findall(name)
    return all(any(part.startswith(word) for part in parts) for word in words)


async def _about(asked: _Asked, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    order = ((Conversation.updated_at, True), (Conversation.id, False))
    query = select(Conversation).where(asked.who)
    if after is not None:
        query = query.where(beyond(order, decode(after[1:], dt.datetime, str)))
    rows = list(await asked.session.scalars(query.order_by(*sorting(order)).limit(PAGE + 1)))
    shown = rows[:PAGE]
    following = "w" + encode(shown[-1].updated_at, shown[-1].id) if len(rows) > PAGE else None
    facts = await _facts(asked, [row.id for row in shown])
    found = []
    for view in await summaries(asked.session, shown):
        fact = facts.get(view["id"])
        field, value = (fact.key, fact.value) if fact else ("customer", view["customer"] or view["id"])
        if view["id"].startswith(asked.text):
            field, value = "id", view["id"]
        match = {"field": field, "message_id": (fact.source.get("message_id") if fact else None)}
        found.append({"conversation": view, "match": match | {"excerpt": excerpt(value, asked.terms)}})
    return found, following


async def _facts(asked: _Asked, ids: list[str]) -> dict[str, Fact]:
    """For each conversation the fact that was found."""
    known = select(Fact).where(Fact.conversation_id.in_(ids), Fact.key.in_(CALLED_BY), ~Fact.superseded)
    rows = await asked.session.scalars(known.where(matches(Fact, asked.terms, asked.dialect)))
    return {row.conversation_id: row for row in rows}


async def _said(asked: _Asked, after: str | None, room: int) -> tuple[list[dict[str, Any]], str | None]:
    """Each conversation once, by the newest message that fits; cursor: where the search began and how far it came."""
    start, came = decode(after[1:], int, int) if after else (None, None)
    lowest, found, passed = came, dict[str, int](), set[str]()
    fits = matches(Message, asked.terms, asked.dialect)
    query = select(Message.id, Message.conversation_id).where(fits).order_by(Message.id.desc()).limit(ROUND)
    for _ in range(ROUNDS):
        page = query if lowest is None else query.where(Message.id < lowest)
        rows = list(await asked.session.execute(page.where(Message.conversation_id.not_in([*found, *passed]))))
        start = start or (rows[0][0] if rows else None)
        shown = and_(fits, Message.id >= came, Message.id <= start) if came is not None else None
        passed |= await _shown_before(asked, {row[1] for row in rows}, shown)
        for number, conversation_id in rows:
            if conversation_id in passed:
                continue
            if len(found) == room and conversation_id not in found:
                return await _views(asked, found), "s" + encode(start, number + 1)
            found.setdefault(conversation_id, number)
        if len(rows) < ROUND:
            return await _views(asked, found), None
        lowest = rows[-1][0]
    return await _views(asked, found), "s" + encode(start, lowest)


async def _shown_before(asked: _Asked, ids: set[str], shown: ColumnElement[bool] | None) -> set[str]:
    """Those of `ids` that were found by who they are about, or by a newer message on a page before."""
    if not ids:
        return set()
    about = select(Conversation.id).where(Conversation.id.in_(ids), asked.who)
    known = set(await asked.session.scalars(about))
    if shown is not None:
        known |= set(
            await asked.session.scalars(select(Message.conversation_id).where(Message.conversation_id.in_(ids), shown))
        )
    return known


async def _views(asked: _Asked, found: dict[str, int]) -> list[dict[str, Any]]:
    if not found:
        return []
    conversations = await asked.session.scalars(select(Conversation).where(Conversation.id.in_(found)))
    views = {view["id"]: view for view in await summaries(asked.session, list(conversations))}
    messages = {m.id: m for m in await asked.session.scalars(select(Message).where(Message.id.in_(found.values())))}
    results = []
    for conversation_id, number in found.items():
        message = messages[number]
        match = {
            "field": "note" if message.kind == "note" else "message",
            "message_id": number,
            "excerpt": excerpt(without_contacts(message.text), asked.terms),
            "sender": message.sender,
            "at": message.created_at.isoformat(),
        }
        results.append({"conversation": views[conversation_id], "match": match})
    return results


def excerpt(text: str, asked: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """The part of `text` around what was found, in pieces; `hit` pieces are what was found."""
    words = [(fold(match.group()), *match.span()) for match in _WORD.finditer(text)]
    hits: list[tuple[int, int]] = []
    for term in asked:
        for index in range(len(words) - len(term) + 1):
            run = [word for word, _, _ in words[index : index + len(term)]]
            if run[:-1] == list(term[:-1]) and run[-1].startswith(term[-1]):
                hits.append((words[index][1], words[index + len(term) - 1][2]))
    hits.sort()
    first = hits[0][0] if hits else 0
    begin, end = max(0, first - EXCERPT), first + 2 * EXCERPT
    if begin:
        begin = text.find(" ", begin, first) + 1 or begin
    pieces, at = [], begin
    for left, right in hits:
        if at <= left and right <= end:
            pieces += [{"text": text[at:left], "hit": False}, {"text": text[left:right], "hit": True}]
            at = right
    pieces.append({"text": text[at:end], "hit": False})
    if begin:
        pieces.insert(0, {"text": "…", "hit": False})
    if end < len(text):
        pieces.append({"text": "…", "hit": False})
    return [piece for piece in pieces if piece["text"]]
