"""What a waiting customer may honestly expect: their place, and by when a human answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.hours import OpeningHours
from bot.storage.tables import Conversation, User

MINUTES_EACH = 4
"""Assumed length of one conversation with an agent until the next can be taken."""
NOBODY_HERE_MINUTES = 30
"""What is promised in opening hours while no agent is at the desk."""
AGENT_PRESENT = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Expectation:
    place: int
    due_at: dt.datetime
    open_now: bool
    minutes: int
    """Whole minutes until `due_at`, at least one."""


async def expectation(
    session: AsyncSession, hours: OpeningHours, now: dt.datetime, waiting_since: dt.datetime | None = None
) -> Expectation:
    """For a conversation waiting since then, or about to wait. Place 1 is next."""
    ahead = select(func.count()).where(Conversation.state == "waiting")
    if waiting_since is not None:
        ahead = ahead.where(Conversation.waiting_since < waiting_since)
    place = int(await session.scalar(ahead) or 0) + 1
    present = select(func.count()).where(User.active, User.last_seen_at > now - AGENT_PRESENT)
    agents = int(await session.scalar(present) or 0)
    minutes = -(-place // agents) * MINUTES_EACH if agents else NOBODY_HERE_MINUTES + place * MINUTES_EACH
    due_at = hours.after(now, dt.timedelta(minutes=minutes))
    return Expectation(place, due_at, hours.is_open(now), max(1, round((due_at - now).total_seconds() / 60)))
