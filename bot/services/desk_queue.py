"""The queue as agents see it: pages of conversations, each in the few words that choose the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State, public_owner
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.shop import Customer
from bot.storage.tables import ChannelLink, Conversation, EventRecord, Fact, Message, Promise, User

VIEWS = ("waiting", "mine", "all", "resolved")
PAGE = 50
PREVIEW = 140
READ_AGAIN = dt.timedelta(minutes=15)
"""Opening the same conversation again within this time is the same reading."""


@dataclass(frozen=True)
class Page:
    conversations: list[dict[str, Any]]
    cursor: int
    """The last event this page knows: what follows it is news."""
    next: int | None
    """Number of the next page, if there is one."""


async def latest_event(session: AsyncSession) -> int:
    return int(await session.scalar(select(func.max(EventRecord.id))) or 0)


async def page(session: AsyncSession, view: str, user: User, number: int) -> Page:
    """Page `number`, from 0. The cursor is read first, so that nothing falls between the page and the events."""
    cursor = await latest_event(session)
    query = _query(view, user).offset(number * PAGE).limit(PAGE + 1)
    found = list(await session.scalars(query))
    following = number + 1 if len(found) > PAGE else None
    return Page(await summaries(session, found[:PAGE]), cursor, following)


def _query(view: str, user: User) -> Select[Any]:
    query = select(Conversation)
    newest = Conversation.updated_at.desc(), Conversation.id
    if view == "waiting":
        for_me = case((Conversation.reserved_for_id == user.id, 0), else_=1)
        late = case((Conversation.escalated_at.is_not(None), 0), else_=1)
        waiting = query.where(Conversation.state == State.WAITING)
        return waiting.order_by(late, for_me, Conversation.waiting_since, Conversation.id)
    if view == "mine":
        at_work = Conversation.state.in_([State.ASSIGNED, State.SNOOZED])
        return query.where(at_work, Conversation.assignee_id == user.id).order_by(*newest)
    if view == "resolved":
        return query.where(Conversation.state == State.RESOLVED).order_by(*newest)
    # A chat window that was opened and never written in is nobody's work.
    spoken = or_(Conversation.last_customer_at.is_not(None), Conversation.state != State.BOT)
    return query.where(spoken).order_by(*newest)


async def summaries(session: AsyncSession, conversations: Sequence[Conversation]) -> list[dict[str, Any]]:
    """The conversations in a queue's words, with a fixed number of queries however many there are."""
    ids = [conversation.id for conversation in conversations]
    if not ids:
        return []
    last = await _last_messages(session, ids)
    names = await _customer_names(session, conversations)
    staff = await _staff(session, conversations)
    channels = await _channels(session, ids)
    promised = await _promised(session, ids)
    return [
        {
            "id": c.id,
            "state": c.state,
            "owner": public_owner(State(c.state)),
            "language": c.language,
            "customer": names.get(c.id),
            "channels": channels.get(c.id, []),
            "reason": c.handoff.get("reason") if c.state in HUMAN else None,
            "last": _last(last.get(c.id)),
            "unanswered": _after(c.last_customer_at, c.last_agent_at),
            "waiting_since": iso(c.waiting_since),
            "promised_at": iso(promised.get(c.id)),
            "escalated": c.escalated_at is not None,
            "snoozed_until": iso(c.snoozed_until),
            "assignee": staff.get(c.assignee_id),
            "reserved_for": staff.get(c.reserved_for_id),
            "outcome": c.outcome.get("outcome"),
            "created_at": iso(c.created_at),
            "updated_at": iso(c.updated_at),
        }
        for c in conversations
    ]


HUMAN = frozenset({State.WAITING, State.ASSIGNED, State.SNOOZED})
"""States in which the reason of the handoff is what matters."""


def iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


async def note_reading(database: Database, conversation_id: str, user: User, now: dt.datetime) -> None:
    """Who looked at a customer's data and when belongs to the audit trail; once a while is enough."""
    mine = and_(
        EventRecord.conversation_id == conversation_id,
        EventRecord.kind == "read",
        EventRecord.actor == f"user:{user.id}",
        EventRecord.at > now - READ_AGAIN,
    )
    async with database.read() as session:
        if await session.scalar(select(EventRecord.id).where(mine).limit(1)) is not None:
            return
    async with database.write() as session:
        announce(session, conversation_id, "read", f"user:{user.id}", now)


def _last(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {"sender": message.sender, "text": message.text[:PREVIEW], "at": iso(message.created_at)}


def _after(customer: dt.datetime | None, agent: dt.datetime | None) -> bool:
    return customer is not None and (agent is None or customer > agent)


async def _last_messages(session: AsyncSession, ids: Iterable[str]) -> dict[str, Message]:
    newest = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(ids), Message.kind == "message")
        .group_by(Message.conversation_id)
    )
    rows = await session.scalars(select(Message).where(Message.id.in_(newest.scalar_subquery())))
    return {row.conversation_id: row for row in rows}


async def _channels(session: AsyncSession, ids: Iterable[str]) -> dict[str, list[str]]:
    links = select(ChannelLink).where(ChannelLink.conversation_id.in_(ids)).order_by(ChannelLink.id)
    channels: dict[str, list[str]] = {}
    for link in await session.scalars(links):
        known = channels.setdefault(link.conversation_id, [])
        if link.channel not in known:
            known.append(link.channel)
    return channels


async def _promised(session: AsyncSession, ids: Iterable[str]) -> dict[str, dt.datetime]:
    rows = await session.execute(
        select(Promise.conversation_id, func.max(Promise.due_at))
        .where(Promise.conversation_id.in_(ids), Promise.kind == "human_reply", Promise.kept_at.is_(None))
        .group_by(Promise.conversation_id)
    )
    return {row[0]: row[1] for row in rows}


async def _customer_names(session: AsyncSession, conversations: Sequence[Conversation]) -> dict[str, str]:
    """The shop's customer where one is proven, otherwise the name they told."""
    told = select(Fact).where(
        Fact.conversation_id.in_([c.id for c in conversations]), Fact.key == "name", ~Fact.superseded
    )
    names = {fact.conversation_id: fact.value for fact in await session.scalars(told.order_by(Fact.id))}
    known = {c.customer_id for c in conversations if c.customer_id}
    if known:
        rows = await session.scalars(select(Customer).where(Customer.id.in_(known)))
        by_id = {row.id: row.name for row in rows}
        names |= {c.id: by_id[c.customer_id] for c in conversations if c.customer_id in by_id}
    return names


async def _staff(session: AsyncSession, conversations: Sequence[Conversation]) -> dict[int | None, dict[str, Any]]:
    ids = {c.assignee_id for c in conversations} | {c.reserved_for_id for c in conversations}
    rows = await session.scalars(select(User).where(User.id.in_([i for i in ids if i is not None])))
    return {row.id: {"id": row.id, "name": row.name} for row in rows}
