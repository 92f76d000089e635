"""A member of staff leaves: whoever they were talking to is not left behind."""

from __future__ import annotations

import structlog
from sqlalchemy import select, update

from bot.domain.conversation import Event, State
from bot.domain.hours import OpeningHours
from bot.responses import Responses
from bot.services.ownership import Change, changing
from bot.services.ports import Bell, Clock
from bot.storage.database import Database
from bot.storage.tables import Conversation, User

log = structlog.get_logger(__name__)

HELD = (State.ASSIGNED, State.SNOOZED)


class Leaving:
    """Everything that goes back to the queue at once when an account is closed."""

    def __init__(self, database: Database, clock: Clock, responses: Responses, bell: Bell, hours: OpeningHours) -> None:
        self._database = database
        self._clock = clock
        self._responses = responses
        self._bell = bell
        self._hours = hours

    async def release(self, user: User) -> int:
        """Give the user's open conversations back to the queue; their customers are told. How many there were."""
        held = select(Conversation.id).where(Conversation.assignee_id == user.id, Conversation.state.in_(HELD))
        async with self._database.read() as session:
            found = list(await session.scalars(held))
        released = 0
        for conversation_id in found:
            async with changing(self._database, self._bell, self._clock, conversation_id) as change:
                # Looked at again: a colleague may have taken it a moment ago.
                if change.conversation.assignee_id == user.id and change.conversation.state in HELD:
                    await back_to_queue(change, user, self._responses, self._hours)
                    released += 1
        async with self._database.write() as session:
            kept = update(Conversation).where(Conversation.reserved_for_id == user.id)
            await session.execute(kept.values(reserved_for_id=None))
        return released


async def back_to_queue(change: Change, agent: User | None, responses: Responses, hours: OpeningHours) -> None:
    """The agent is gone: the conversation waits for another one, and the customer hears so with an honest time."""
    conversation = change.conversation
    if conversation.state == State.SNOOZED:
        change.move(Event.WAKE, "system")
    change.move(Event.AGENT_GONE, "system", before=agent.name if agent else None)
    conversation.assignee_id = conversation.reserved_for_id = None
    conversation.waiting_since = change.now
    conversation.escalated_at = conversation.snoozed_until = None
    # Flushed before the queue is counted: this conversation is part of it now.
    await change.session.flush()
    await change.promise_again(responses, hours, "utter_desk_agent_gone")
