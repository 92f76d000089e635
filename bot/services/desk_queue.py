"""The queue as agents see it: pages of conversations in the order they should be taken, and how many there are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State
from bot.services.desk_summaries import summaries
from bot.services.paging import Order, beyond, decode, encode, sorting
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import Conversation, EventRecord, User

VIEWS = ("waiting", "mine", "all", "resolved")
PAGE = 50
MOST_COUNTED = 1000
"""A view with more conversations than this is said to have that many: nobody reads the difference."""
READ_AGAIN = dt.timedelta(minutes=15)
"""Opening the same conversation again within this time is the same reading."""
LATE = dt.timedelta(seconds=15)
"""How long a missing number is waited for: PostgreSQL ends a transaction that hangs before (`storage.database`)."""
RECENT = 1000
"""Events among which a missing number is looked for."""
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Page:
    conversations: list[dict[str, Any]]
    cursor: int
    """The last event this page knows: what follows it is news."""
    next: str | None
    """What the next page is asked for with, if there is one."""
    counts: dict[str, int]


async def latest_event(session: AsyncSession) -> int:
    """The newest event before which none is missing.

    On PostgreSQL a smaller number may be committed a moment after a larger one: a number that was left out lately may
    still come, so a cursor stays before it. Whoever follows from there hears some events a second time at most.
    """
    last = select(EventRecord.id, EventRecord.at).order_by(EventRecord.id.desc()).limit(1)
    newest = (await session.execute(last)).first()
    if newest is None or session.get_bind().dialect.name == "sqlite":
        return newest[0] if newest else 0
    before = func.lag(EventRecord.id).over(order_by=EventRecord.id).label("before")
    recent = select(EventRecord.id, EventRecord.at, before).where(EventRecord.id > newest[0] - RECENT).subquery()
    left_out = (recent.c.id > recent.c.before + 1) & (recent.c.at > newest[1] - LATE)
    return await session.scalar(select(func.min(recent.c.before)).where(left_out)) or int(newest[0])


async def page(session: AsyncSession, view: str, user: User, after: str | None) -> Page:
    """The page after that cursor. The last event is read first, so that nothing falls between the page and the events.

    Raises BadRequest for a cursor that is not of this view.
    """
    cursor = await latest_event(session)
    order, kinds = _order(view, user)
    query = select(Conversation, *(column for column, _ in order)).where(_belongs(view, user))
    if after is not None:
        query = query.where(beyond(order, decode(after, *kinds)))
    rows = list(await session.execute(query.order_by(*sorting(order)).limit(PAGE + 1)))
    following = encode(*rows[PAGE - 1][1:]) if len(rows) > PAGE else None
    found = await summaries(session, [row[0] for row in rows[:PAGE]])
    return Page(found, cursor, following, await counts(session, user.id))


def _belongs(view: str, user: User) -> ColumnElement[bool]:
    if view == "waiting":
        return Conversation.state == State.WAITING
    if view == "mine":
        return and_(Conversation.assignee_id == user.id, Conversation.state.in_([State.ASSIGNED, State.SNOOZED]))
    if view == "resolved":
        return Conversation.state == State.RESOLVED
    # A chat window that was opened and never written in is nobody's work.
    return or_(Conversation.last_customer_at.is_not(None), Conversation.state != State.BOT)


def _order(view: str, user: User) -> tuple[Order, tuple[type, ...]]:
    """Who waits longest comes first where somebody waits; elsewhere what happened last."""
    newest = (Conversation.updated_at, True), (Conversation.id, False)
    if view == "waiting":
        late = case((Conversation.escalated_at.is_not(None), 0), else_=1)
        for_me = case((Conversation.reserved_for_id == user.id, 0), else_=1)
        since = func.coalesce(Conversation.waiting_since, NEVER, type_=Conversation.waiting_since.type)
        wait = (late, False), (for_me, False), (since, False), (Conversation.id, False)
        return wait, (int, int, dt.datetime, str)
    if view == "mine":
        customer, agent = Conversation.last_customer_at, Conversation.last_agent_at
        unanswered = and_(customer.is_not(None), or_(agent.is_(None), agent < customer))
        asked_at = func.coalesce(case((unanswered, customer), else_=NEVER), NEVER, type_=customer.type)
        answered = case((unanswered, 0), else_=1)
        return ((answered, False), (asked_at, False), *newest), (int, dt.datetime, dt.datetime, str)
    return newest, (dt.datetime, str)


async def counts(session: AsyncSession, user_id: int) -> dict[str, int]:
    """How many conversations each view has for that user, up to MOST_COUNTED."""
    user = User(id=user_id)
    some = [select(Conversation.id).where(_belongs(view, user)).limit(MOST_COUNTED).subquery() for view in VIEWS]
    counted = select(*(select(func.count()).select_from(view).scalar_subquery() for view in some))
    return dict(zip(VIEWS, (await session.execute(counted)).one(), strict=True))


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
