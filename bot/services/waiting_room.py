"""What the bot does not answer: messages of customers who wait for a human or talk to one, and turns that failed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Event, Reason, State, after
from bot.domain.dialogue import DialogueState
from bot.domain.errors import BrainUnavailable, OwnerChanged
from bot.domain.facts import told
from bot.domain.hours import OpeningHours
from bot.domain.payloads import payload
from bot.responses import Responses
from bot.services.batches import brief, unprocessed
from bot.services.ledger import load_ledger
from bot.services.open_turn import Outcome
from bot.services.ports import Brain, Clock
from bot.services.telemetry import HANDOFFS
from bot.services.transcript import announce, expire_buttons, say
from bot.services.waiting import expectation
from bot.services.wording import moment_words
from bot.storage.database import Database
from bot.storage.tables import Conversation, Message, Promise, TurnRecord

log = structlog.get_logger(__name__)

PARSE_SECONDS = 10.0
NOTICE_EVERY = dt.timedelta(minutes=3)
"""A waiting customer who writes is told place and time at most this often."""


class WaitingRoom:
    """Speaks as the gateway only. The caller rings the bell."""

    def __init__(
        self, database: Database, brain: Brain, clock: Clock, responses: Responses, hours: OpeningHours
    ) -> None:
        self.database = database
        self.brain = brain
        self.clock = clock
        self.responses = responses
        self.hours = hours

    async def take(self, conversation_id: str, batch: Sequence[Message]) -> None:
        """Store what was understood for the agent; speak only as the gateway, and only to a waiting customer."""
        press = batch[0].press.get("payload")
        parse: dict[str, Any] = {}
        if not press:
            try:
                async with asyncio.timeout(PARSE_SECONDS):
                    parse = await self.brain.parse("\n".join(m.text for m in batch), "")
            except (BrainUnavailable, TimeoutError):
                pass  # the agent reads the words; only what the machine would add to them is missing
        now = self.clock.now()
        async with self.database.write() as session:
            conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
            messages = list(await session.scalars(unprocessed([m.id for m in batch])))
            if conversation.state in (State.BOT, State.RESOLVED) or not messages:
                raise OwnerChanged()
            ledger = await load_ledger(session, conversation, now)
            source = {"kind": "message", "message_id": messages[-1].id}
            for key, value in told([(e["entity"], e["value"]) for e in parse.get("entities", [])]):
                ledger.note(key, value, source)
            for message in messages:
                message.processed_at = now
                message.parse = brief(parse)
            following = after(Event.CUSTOMER_WRITES, State(conversation.state))
            if following != conversation.state:
                conversation.state, conversation.version = following, conversation.version + 1
                conversation.snoozed_until = None
                announce(session, conversation_id, "state", "customer", now, state=following.value)
            if conversation.state == State.WAITING:
                if press == payload("back_to_bot"):
                    await self._back_to_bot(session, conversation, now)
                else:
                    await self._notice(session, conversation, now)

    async def _back_to_bot(self, session: AsyncSession, conversation: Conversation, now: dt.datetime) -> None:
        conversation.state = after(Event.BACK_TO_BOT, State(conversation.state))
        conversation.version += 1
        conversation.failures = 0
        conversation.waiting_since = None
        conversation.resuming = bool(DialogueState.from_dict(conversation.dialogue).stack)
        await expire_buttons(session, conversation.id)
        await session.execute(
            update(Promise)
            .where(Promise.conversation_id == conversation.id, Promise.kind == "human_reply", Promise.kept_at.is_(None))
            .values(kept_at=now)
        )
        text = self.responses.text("utter_bot_again", conversation.language)
        await say(session, conversation, now, sender="bot", text=text)
        announce(session, conversation.id, "state", "customer", now, state=conversation.state)

    async def _notice(self, session: AsyncSession, conversation: Conversation, now: dt.datetime) -> None:
        if conversation.noticed_at and now - conversation.noticed_at < NOTICE_EVERY:
            return
        due = await expectation(session, self.hours, now, conversation.waiting_since)
        when = moment_words(due.due_at, now, self.hours.zone, conversation.language)
        text = self.responses.text("utter_still_waiting", conversation.language, place=due.place, when=when)
        title = self.responses.text("utter_button_back_to_bot", conversation.language)
        await expire_buttons(session, conversation.id)
        await say(session, conversation, now, sender="system", text=text, buttons=[(title, payload("back_to_bot"))])
        conversation.noticed_at = now

    async def take_failed(self, conversation_id: str, message_ids: Sequence[int], problem: str) -> None:
        """The turn failed: tell the customer and call a human, in one transaction, with nothing of the turn in it."""
        log.warning("turn_failed", conversation=conversation_id, problem=problem[:200])
        now = self.clock.now()
        async with self.database.write() as session:
            conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
            messages = list(await session.scalars(unprocessed(message_ids)))
            if conversation.state not in (State.BOT, State.RESOLVED) or len(messages) != len(message_ids):
                return
            for message in messages:
                message.processed_at = now
            await expire_buttons(session, conversation_id)
            due = await expectation(session, self.hours, now)
            when = moment_words(due.due_at, now, self.hours.zone, conversation.language)
            text = self.responses.text("utter_technical_problem", conversation.language, when=when)
            buttons = [(self.responses.text("utter_button_back_to_bot", conversation.language), payload("back_to_bot"))]
            await say(session, conversation, now, sender="system", text=text, buttons=buttons)
            conversation.state = State.BOT
            session.add(
                Promise(
                    conversation_id=conversation_id, kind="human_reply", details={}, due_at=due.due_at, created_at=now
                )
            )
            session.add(
                TurnRecord(
                    conversation_id=conversation_id,
                    message_ids=list(message_ids),
                    outcome=Outcome("handoff", Reason.TOOL_ERROR).to_dict(),
                    error=problem[:500],
                    started_at=now,
                )
            )
            call_human(session, conversation, Reason.TOOL_ERROR, messages, now)


def call_human(
    session: AsyncSession,
    conversation: Conversation,
    reason: Reason,
    messages: Sequence[Message],
    now: dt.datetime,
) -> None:
    """The bot's conversation becomes a waiting one, with the reason the agent will read first."""
    HANDOFFS.labels(reason.value).inc()
    conversation.state = after(Event.HANDOFF, State(conversation.state))
    conversation.version += 1
    conversation.waiting_since = now
    conversation.noticed_at = now
    conversation.escalated_at = None
    conversation.outcome = {}
    conversation.handoff = {
        "reason": reason.value,
        "message_id": messages[-1].id if messages else None,
        "text": messages[-1].text if messages else "",
        "at": now.isoformat(),
    }
    announce(session, conversation.id, "state", "bot", now, state=State.WAITING.value, reason=reason.value)
