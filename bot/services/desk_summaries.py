"""Conversations in the few words that choose the next one: the same for the queue, the search and the live feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State, public_owner
from bot.domain.privacy import without_contacts
from bot.storage.shop import Customer
from bot.storage.tables import Attachment, ChannelLink, Conversation, Fact, Message, Promise, User

PREVIEW = 140
HUMAN = frozenset({State.WAITING, State.ASSIGNED, State.SNOOZED})
"""States in which the reason of the handoff is what matters."""


async def summaries(session: AsyncSession, conversations: Sequence[Conversation]) -> list[dict[str, Any]]:
    """The conversations in a queue's words, with a fixed number of queries however many there are."""
    ids = [conversation.id for conversation in conversations]
    if not ids:
        return []
    last = await _last_words(session, ids)
    names = await _customer_names(session, conversations)
    staff = await _staff(session, conversations)
    links = await _links(session, ids)
    promised = await _promised(session, ids)
    unanswered = await _unanswered(session, conversations)
    return [
        {
            "id": c.id,
            "state": c.state,
            "owner": public_owner(State(c.state)),
            "language": c.language,
            "customer": names.get(c.id),
            "channels": list(dict.fromkeys(link.channel for link in links.get(c.id, []))),
            "reason": c.handoff.get("reason") if c.state in HUMAN else None,
            "last": last.get(c.id),
            "unanswered": c.id in unanswered or _after(c.last_customer_at, c.last_agent_at),
            "unanswered_count": unanswered.get(c.id, (0, None))[0],
            "waiting_since": iso(c.waiting_since),
            "waits_since": iso(c.waiting_since or unanswered.get(c.id, (0, None))[1]),
            "promised_at": iso(promised.get(c.id)),
            "escalated": c.escalated_at is not None,
            "snoozed_until": iso(c.snoozed_until),
            "customer_seen_at": iso(_seen(links.get(c.id, []))),
            "assignee": staff.get(c.assignee_id),
            "reserved_for": staff.get(c.reserved_for_id),
            "outcome": c.outcome.get("outcome"),
            "created_at": iso(c.created_at),
            "updated_at": iso(c.updated_at),
        }
        for c in conversations
    ]


def iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _after(customer: dt.datetime | None, agent: dt.datetime | None) -> bool:
    return customer is not None and (agent is None or customer > agent)


async def _last_words(session: AsyncSession, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What was said last; while a human is called, by the customer or a human: the queue's own notices say nothing."""
    people = Message.sender.in_(["customer", "agent"])
    said = or_(people, and_(Message.sender == "bot", Conversation.state.not_in(HUMAN)))
    newest = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.kind == "message", said)
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    numbers = select(newest).where(Conversation.id.in_(ids))
    rows = list(await session.scalars(select(Message).where(Message.id.in_(numbers))))
    files = select(Attachment.message_id, Attachment.name).where(Attachment.message_id.in_([row.id for row in rows]))
    names: dict[int | None, str] = {row[0]: row[1] for row in await session.execute(files)}
    return {
        row.conversation_id: {
            "id": row.id,
            "sender": row.sender,
            "text": without_contacts(row.text)[:PREVIEW],
            "file": names.get(row.id),
            "at": iso(row.created_at),
        }
        for row in rows
    }


async def _links(session: AsyncSession, ids: Iterable[str]) -> dict[str, list[ChannelLink]]:
    found: dict[str, list[ChannelLink]] = {}
    query = select(ChannelLink).where(ChannelLink.conversation_id.in_(ids)).order_by(ChannelLink.id)
    for link in await session.scalars(query):
        found.setdefault(link.conversation_id, []).append(link)
    return found


def _seen(links: Iterable[ChannelLink]) -> dt.datetime | None:
    """When the customer's page last asked for news."""
    return max((link.last_seen_at for link in links if link.channel == "web" and link.last_seen_at), default=None)


async def _unanswered(
    session: AsyncSession, conversations: Sequence[Conversation]
) -> dict[str, tuple[int, dt.datetime | None]]:
    """How many messages a human has not answered, and since when, where a human is called."""
    called = [c for c in conversations if c.state in HUMAN and _after(c.last_customer_at, c.last_agent_at)]
    if not called:
        return {}
    since = {c.id: c.last_agent_at or _called_at(c) for c in called}
    never = {c.id for c in called if c.last_agent_at is None}
    mine = [
        and_(Message.conversation_id == c, Message.created_at >= at if c in never else Message.created_at > at)
        for c, at in since.items()
    ]
    rows = await session.execute(
        select(Message.conversation_id, func.count(), func.min(Message.created_at))
        .where(Message.sender == "customer", or_(*mine))
        .group_by(Message.conversation_id)
    )
    found: dict[str, tuple[int, dt.datetime | None]] = {row[0]: (row[1], row[2]) for row in rows}
    # Whoever never had an answer waits since the human was called, whatever they wrote since.
    return found | {c: (found.get(c, (0, None))[0], since[c]) for c in never}


def _called_at(conversation: Conversation) -> dt.datetime:
    called = conversation.handoff.get("at")
    return dt.datetime.fromisoformat(called) if called else conversation.last_customer_at or conversation.created_at


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
    ids = {i for c in conversations for i in (c.assignee_id, c.reserved_for_id) if i is not None}
    if not ids:
        return {}
    rows = await session.scalars(select(User).where(User.id.in_(ids)))
    return {row.id: {"id": row.id, "name": row.name} for row in rows}
