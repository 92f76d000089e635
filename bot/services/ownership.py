"""Changing who owns a conversation: one row locked, one transaction, the bell after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Event, State, after
from bot.domain.errors import NotFound
from bot.domain.hours import OpeningHours
from bot.domain.payloads import payload
from bot.responses import Responses
from bot.services.ports import Bell, Clock
from bot.services.transcript import announce, expire_buttons, say, topics
from bot.services.waiting import expectation
from bot.services.wording import moment_words
from bot.storage.database import Database
from bot.storage.tables import Conversation, Promise


@dataclass
class Change:
    """A conversation held for one transaction. What was read of it cannot change before the commit."""

    session: AsyncSession
    conversation: Conversation
    now: dt.datetime

    def move(self, event: Event, actor: str, **details: object) -> State:
        """Apply `event`: the state that follows, a new version, an announcement. Raises what `after` raises."""
        conversation = self.conversation
        following = after(event, State(conversation.state))
        conversation.state = following.value
        conversation.version += 1
        conversation.updated_at = self.now
        announce(self.session, conversation.id, "state", actor, self.now, state=following.value, **details)
        return following

    async def keep_promises(self) -> None:
        """A human answered, or nobody has to any more: what was promised about that is settled."""
        await self.session.execute(
            update(Promise)
            .where(
                Promise.conversation_id == self.conversation.id,
                Promise.kind == "human_reply",
                Promise.kept_at.is_(None),
            )
            .values(kept_at=self.now)
        )

    async def promise_again(
        self, responses: Responses, hours: OpeningHours, response: str, least: dt.timedelta = dt.timedelta(0)
    ) -> None:
        """Tell the waiting customer a new honest time, at least `least` of open hours from now, with the way back."""
        conversation, now = self.conversation, self.now
        due = await expectation(self.session, hours, now, conversation.waiting_since)
        due_at = max(due.due_at, hours.after(now, least))
        self.session.add(
            Promise(conversation_id=conversation.id, kind="human_reply", details={}, due_at=due_at, created_at=now)
        )
        await expire_buttons(self.session, conversation.id)
        text = responses.text(
            response,
            conversation.language,
            when=moment_words(due_at, now, hours.zone, conversation.language),
            place=due.place,
        )
        button = responses.text("utter_button_back_to_bot", conversation.language), payload("back_to_bot")
        await say(self.session, conversation, now, sender="system", text=text, buttons=[button])
        conversation.noticed_at = now


@asynccontextmanager
async def changing(database: Database, bell: Bell, clock: Clock, conversation_id: str) -> AsyncIterator[Change]:
    """Hold a conversation for a change; leaving normally commits and rings, an exception changes nothing.

    The row is locked, so two changes at once come one after the other and the second sees what the first did: that is
    what lets exactly one of several claims win. A bot's turn in flight fails on the version. Raises NotFound.
    """
    async with database.write() as session:
        conversation = await session.get(Conversation, conversation_id, with_for_update=True)
        if conversation is None:
            raise NotFound()
        yield Change(session, conversation, clock.now())
    bell.ring(*topics(conversation_id))
