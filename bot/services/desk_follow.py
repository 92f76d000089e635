"""Following the event table: what happened since a cursor, each event once, however the commits were ordered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.desk_queue import LATE, counts, latest_event
from bot.services.desk_summaries import summaries
from bot.services.ports import Clock
from bot.services.staff_view import live_buttons, staff_messages
from bot.storage.database import Database
from bot.storage.tables import Conversation, EventRecord, Message

BATCH = 200
MOST_GAPS = 1000
SHOWN = ("message", "state", "escalated", "fact", "delivery", "delivery_dead", "link", "edited")
"""Kinds that change what a desk shows; log-ins and readings are only for the audit."""


class Follower:
    """One console's place in the events. `user_id` is whose it is."""

    def __init__(self, database: Database, clock: Clock, user_id: int) -> None:
        self._database = database
        self._clock = clock
        self._user_id = user_id
        self._gaps: dict[int, dt.datetime] = {}
        self.cursor = 0
        self.behind = False
        """True while there is more than the last `news` could hold."""

    async def begin(self, asked: Callable[[], Awaitable[int | None]]) -> None:
        """Begin after the event `asked` names, or, when it names none, with what happens from this call on."""
        async with self._database.read() as session:
            newest = await latest_event(session)
        after = await asked()
        self.cursor = newest if after is None else after

    async def news(self) -> list[dict[str, Any]]:
        """Frames for the console: the changed conversations first, then each event with its cursor; empty when none."""
        async with self._database.read() as session:
            events = await self._events(session)
            shown = [event for event in events if event.kind in SHOWN and event.conversation_id]
            frames = await self._frames(session, shown)
            # The first message of a customer makes a conversation of an opened window.
            if any(event.kind in ("state", "message") for event in shown):
                frames.append({"type": "counts", "counts": await counts(session, self._user_id)})
            return frames

    async def _events(self, session: AsyncSession) -> list[EventRecord]:
        now, cursor = self._clock.now(), self.cursor
        self._gaps = {number: until for number, until in self._gaps.items() if until > now}
        query = select(EventRecord).where(or_(EventRecord.id > cursor, EventRecord.id.in_(list(self._gaps))))
        events = list(await session.scalars(query.order_by(EventRecord.id).limit(BATCH)))
        newest = max([cursor, *(event.id for event in events)])
        missing = set(range(cursor + 1, newest)[-MOST_GAPS:]) - {event.id for event in events}
        self._gaps |= dict.fromkeys(missing, now + LATE)
        for event in events:
            self._gaps.pop(event.id, None)
        self.cursor, self.behind = newest, len(events) == BATCH
        return events

    async def _frames(self, session: AsyncSession, events: list[EventRecord]) -> list[dict[str, Any]]:
        ids = list(dict.fromkeys(event.conversation_id for event in events if event.conversation_id))
        changed = await session.scalars(select(Conversation).where(Conversation.id.in_(ids)))
        by_id = {summary["id"]: summary for summary in await summaries(session, list(changed))}
        numbers = [event.details["message_id"] for event in events if event.kind == "message"]
        rows = await session.scalars(select(Message).where(Message.id.in_(numbers)).order_by(Message.id))
        messages = {message["id"]: message for message in await staff_messages(session, list(rows), self._user_id)}
        buttons = await live_buttons(session, ids)
        frames: list[dict[str, Any]] = [
            {"type": "conversation", "conversation": by_id[number], "buttons": buttons[number]}
            for number in ids
            if number in by_id
        ]
        for event in events:
            frame = {"conversation_id": event.conversation_id, "cursor": event.id}
            if event.kind == "message" and event.details["message_id"] in messages:
                frames.append({"type": "message", "message": messages[event.details["message_id"]], **frame})
            elif event.kind != "message":
                frames.append({"type": "state", "event": event.kind, "details": event.details, **frame})
        return frames
