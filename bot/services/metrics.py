"""How the service does over some days: how much the bot settles, what it hands over, whether it asks what it knows."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Reason, State
from bot.domain.errors import InvalidValue
from bot.services.ports import Clock
from bot.storage.database import Database
from bot.storage.tables import Conversation, EventRecord, Message, TurnRecord

DAYS = 30
"""Days shown when none are asked for."""
MOST_DAYS = 366
DAILY = ("conversations", "turns", "not_understood", "handoffs")
REASONS = frozenset(reason.value for reason in Reason)


class Metrics:
    """Days are the shop's: `zone` says when one begins."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    async def measure(self, first: str | None = None, last: str | None = None) -> dict[str, Any]:
        """The figures of the days `first` to `last` (ISO dates, both included). Raises InvalidValue."""
        begin, end = self._days(first, last)
        since = dt.datetime.combine(begin, dt.time(), self._zone)
        until = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), self._zone)
        async with self._database.snapshot() as session:
            turns = await _turns(session, since, until)
            handed, human_seconds = await _handoffs(session, since, until)
            conversations = await _conversations(session, since, until)
            days = await self._by_day(session, begin, end)
        return {
            "from": begin.isoformat(),
            "to": end.isoformat(),
            **conversations,
            **turns,
            "handoffs": {"total": sum(handed.values()), "by_reason": dict(handed.most_common())},
            "first_human_reply_seconds": {
                "count": len(human_seconds),
                "median": percentile(human_seconds, 0.5),
                "p95": percentile(human_seconds, 0.95),
            },
            "days": days,
        }

    async def _by_day(self, session: AsyncSession, begin: dt.date, end: dt.date) -> list[dict[str, Any]]:
        """For each day: conversations begun, turns, those not understood, and handoffs."""
        days = {begin + dt.timedelta(days=n): dict.fromkeys(DAILY, 0) for n in range((end - begin).days + 1)}
        since = dt.datetime.combine(begin, dt.time(), self._zone)
        until = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), self._zone)
        async for name, at in _moments(session, since, until):
            days[at.astimezone(self._zone).date()][name] += 1
        return [{"day": day.isoformat(), **figures} for day, figures in days.items()]

    def _days(self, first: str | None, last: str | None) -> tuple[dt.date, dt.date]:
        end = _day("to", last) or self._clock.now().astimezone(self._zone).date()
        begin = _day("from", first) or end - dt.timedelta(days=DAYS - 1)
        if begin > end:
            raise InvalidValue(details={"reason": "days_reversed", "field": "from"})
        if (end - begin).days >= MOST_DAYS:
            raise InvalidValue(details={"reason": "too_many_days", "field": "from", "most": MOST_DAYS})
        return begin, end


def _day(field: str, value: str | None) -> dt.date | None:
    """Only YYYY-MM-DD: the standard library also reads week dates, which nobody means."""
    if not value:
        return None
    try:
        day = dt.datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError as error:
        raise InvalidValue(details={"reason": "bad_day", "field": field}) from error
    if not 2000 <= day.year <= 2200:
        raise InvalidValue(details={"reason": "bad_day", "field": field})
    return day


async def _moments(
    session: AsyncSession, since: dt.datetime, until: dt.datetime
) -> AsyncIterator[tuple[str, dt.datetime]]:
    """(one of DAILY, when) of everything that is counted by day."""
    begun = select(Conversation.created_at).where(Conversation.created_at >= since, Conversation.created_at < until)
    for at in await session.scalars(begun):
        yield "conversations", at
    turns = select(TurnRecord.started_at, TurnRecord.outcome)
    in_time = turns.where(TurnRecord.started_at >= since, TurnRecord.started_at < until)
    for at, outcome in await session.execute(in_time):
        yield "turns", at
        if _missed(outcome):
            yield "not_understood", at
    states = select(EventRecord.at, EventRecord.details).where(EventRecord.kind == "state")
    for at, details in await session.execute(states.where(EventRecord.at >= since, EventRecord.at < until)):
        if details.get("state") == State.WAITING and details.get("reason") in REASONS:
            yield "handoffs", at


def _missed(outcome: dict[str, Any]) -> bool:
    return outcome.get("kind") == "not_understood" or outcome.get("reason") == "not_understood"


async def _turns(session: AsyncSession, since: dt.datetime, until: dt.datetime) -> dict[str, Any]:
    columns = select(TurnRecord.intent, TurnRecord.outcome, TurnRecord.questions)
    rows = await session.stream(columns.where(TurnRecord.started_at >= since, TurnRecord.started_at < until))
    intents: Counter[str] = Counter()
    total = missed = questions = redundant = 0
    async for intent, outcome, asked in rows:
        total += 1
        missed += _missed(outcome)
        questions += len(asked)
        redundant += sum(bool(question.get("redundant")) for question in asked)
        if intent:
            intents[intent] += 1
    return {
        "turns": total,
        "not_understood_rate": _share(missed, total),
        "questions": questions,
        "repeat_rate": _share(redundant, questions),
        "intents": dict(intents.most_common()),
    }


async def _handoffs(session: AsyncSession, since: dt.datetime, until: dt.datetime) -> tuple[Counter[str], list[float]]:
    """Handoffs by reason, and the seconds from each until a human's first words to the customer after it."""
    events = await session.execute(
        select(EventRecord.conversation_id, EventRecord.at, EventRecord.details)
        .where(EventRecord.kind == "state", EventRecord.at >= since, EventRecord.at < until)
        .order_by(EventRecord.id)
    )
    reasons: Counter[str] = Counter()
    waiting: list[tuple[str, dt.datetime]] = []
    for conversation_id, at, details in events:
        if details.get("state") == State.WAITING and details.get("reason") in REASONS:
            reasons[details["reason"]] += 1
            waiting.append((conversation_id or "", at))
    return reasons, await _waits(session, waiting, since)


async def _waits(session: AsyncSession, waiting: list[tuple[str, dt.datetime]], since: dt.datetime) -> list[float]:
    replies: dict[str, list[dt.datetime]] = {}
    if waiting:
        said = await session.stream(
            select(Message.conversation_id, Message.created_at)
            .where(Message.sender == "agent", Message.kind == "message", Message.created_at >= since)
            .order_by(Message.id)
        )
        async for conversation_id, at in said:
            replies.setdefault(conversation_id, []).append(at)
    seconds = []
    again: dict[str, dt.datetime] = {}
    for conversation_id, at in reversed(waiting):
        # A conversation handed over again before anyone answered waits once, from the second time on.
        first = next((reply for reply in replies.get(conversation_id, ()) if reply >= at), None)
        if first is not None and (conversation_id not in again or first <= again[conversation_id]):
            seconds.append((first - at).total_seconds())
        again[conversation_id] = at
    return seconds


async def _conversations(session: AsyncSession, since: dt.datetime, until: dt.datetime) -> dict[str, Any]:
    """Conversations the bot answered in; resolved by it are those that no human had to do with."""
    spoken = select(TurnRecord.conversation_id).where(TurnRecord.started_at >= since, TurnRecord.started_at < until)
    human = select(EventRecord.conversation_id).where(
        EventRecord.kind == "state",
        EventRecord.conversation_id.is_not(None),
        EventRecord.at >= since,
        EventRecord.at < until,
        EventRecord.details["state"].as_string().in_([State.WAITING, State.ASSIGNED]),
    )
    counted = select(func.count()).select_from(Conversation)
    begun = await session.scalar(counted.where(Conversation.created_at >= since, Conversation.created_at < until))
    answered = await session.scalar(counted.where(Conversation.id.in_(spoken))) or 0
    alone = await session.scalar(counted.where(Conversation.id.in_(spoken), Conversation.id.not_in(human))) or 0
    return {"conversations": begun or 0, "answered": answered, "bot_resolved_share": _share(alone, answered)}


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1) if ordered else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
