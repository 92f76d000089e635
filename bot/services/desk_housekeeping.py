"""What time brings about at the desk, with nobody pressing anything: no customer is left between two chairs."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Event, State
from bot.domain.errors import TellOnceError
from bot.domain.hours import OpeningHours
from bot.responses import Responses
from bot.services.leaving import HELD, back_to_queue
from bot.services.ownership import Change, changing
from bot.services.ports import Bell, Clock
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import Conversation, Promise, User

log = structlog.get_logger(__name__)

AGENT_GONE = dt.timedelta(minutes=10)
"""An agent whose desk showed no sign for this long is not there."""
UNANSWERED = dt.timedelta(minutes=10)
"""A customer who waits this long for an assigned agent that is gone goes back to the queue."""
LONGEST_MORE = dt.timedelta(hours=4)
"""The most open hours that a broken promise adds to the next one."""
AT_ONCE = 200


async def run(database: Database, clock: Clock, responses: Responses, bell: Bell, hours: OpeningHours) -> int:
    """One round. Each conversation is looked at again under its lock, so that two processes never do it twice."""
    now = clock.now()
    async with database.read() as session:
        due = await _due(session, now)
    changed = 0
    for conversation_id in due:
        try:
            async with changing(database, bell, clock, conversation_id) as change:
                changed += await _one(change, responses, hours)
        except TellOnceError as error:
            log.info("housekeeping_overtaken", conversation=conversation_id, code=error.code)
    return changed


async def _due(session: AsyncSession, now: dt.datetime) -> list[str]:
    asleep = select(Conversation.id).where(Conversation.state == State.SNOOZED, Conversation.snoozed_until <= now)
    unkept = Promise.kept_at.is_(None) & (Promise.kind == "human_reply")
    late = (
        select(Conversation.id)
        .outerjoin(Promise, (Promise.conversation_id == Conversation.id) & unkept)
        .where(Conversation.state == State.WAITING)
        .group_by(Conversation.id, Conversation.waiting_since)
        .having(func.coalesce(func.max(Promise.due_at), Conversation.waiting_since) <= now)
    )
    gone = (
        select(Conversation.id)
        .outerjoin(User, User.id == Conversation.assignee_id)
        .where(
            Conversation.state == State.ASSIGNED,
            Conversation.last_customer_at <= now - UNANSWERED,
            or_(Conversation.last_agent_at.is_(None), Conversation.last_agent_at < Conversation.last_customer_at),
            or_(User.last_seen_at.is_(None), User.last_seen_at <= now - AGENT_GONE),
        )
    )
    left = (
        select(Conversation.id)
        .join(User, User.id == Conversation.assignee_id)
        .where(Conversation.state.in_(HELD), ~User.active)
    )
    found: dict[str, None] = {}
    for query in (left, asleep, late, gone):
        found |= dict.fromkeys(await session.scalars(query.limit(AT_ONCE)))
    return list(found)


async def _one(change: Change, responses: Responses, hours: OpeningHours) -> bool:
    """Do what is due now, if it still is. True when something changed."""
    state = State(change.conversation.state)
    assignee = change.conversation.assignee_id
    agent = await change.session.get(User, assignee) if assignee is not None else None
    if state in HELD and agent is not None and not agent.active:
        # Their account was closed, and what should have followed at once did not.
        await back_to_queue(change, agent, responses, hours)
        return True
    if state is State.SNOOZED:
        return _wake(change)
    if state is State.WAITING:
        return await _escalate(change, responses, hours)
    if state is State.ASSIGNED:
        return await _agent_gone(change, agent, responses, hours)
    return False


def _wake(change: Change) -> bool:
    until = change.conversation.snoozed_until
    if until is not None and until > change.now:
        return False
    change.move(Event.WAKE, "system")
    change.conversation.snoozed_until = None
    return True


async def _escalate(change: Change, responses: Responses, hours: OpeningHours) -> bool:
    """The promised time has come and nobody answered: everybody's business now, and the customer is told the truth.

    Each broken promise makes the next one at least as long as the wait so far, so that the news stays rare and true.
    """
    conversation, now = change.conversation, change.now
    since = conversation.waiting_since or now
    promised = await change.session.scalar(
        select(func.max(Promise.due_at)).where(
            Promise.conversation_id == conversation.id, Promise.kind == "human_reply", Promise.kept_at.is_(None)
        )
    )
    if (promised or since) > now:
        return False
    conversation.escalated_at = now
    conversation.reserved_for_id = None
    await change.promise_again(responses, hours, "utter_desk_later", min(now - since, LONGEST_MORE))
    announce(change.session, conversation.id, "escalated", "system", now)
    return True


async def _agent_gone(change: Change, agent: User | None, responses: Responses, hours: OpeningHours) -> bool:
    conversation, now = change.conversation, change.now
    asked, answered = conversation.last_customer_at, conversation.last_agent_at
    if asked is None or asked > now - UNANSWERED or (answered is not None and answered >= asked):
        return False
    if agent is not None and agent.last_seen_at and agent.last_seen_at > now - AGENT_GONE:
        return False
    await back_to_queue(change, agent, responses, hours)
    return True
