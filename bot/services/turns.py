"""The serial turns of a conversation: its waiting messages are taken in order, and whoever owns it deals with them.

One turn is one unit of work. Reads happen while the brain thinks, every write is gathered, and one transaction at the end
stores all of it, if the conversation still belongs to the bot at the version the turn began with and the messages are still
unprocessed. Killed at any moment before that, the turn has had no effect and is done again from scratch.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State
from bot.domain.dialogue import DialogueState, Parse
from bot.domain.errors import BrainLost, BrainUnavailable, OwnerChanged
from bot.domain.tone import Policies
from bot.responses import Responses
from bot.services.batches import together
from bot.services.dialogue import Dialogue, ShopRules
from bot.services.ledger import load_ledger
from bot.services.meaning import plain_meaning
from bot.services.open_turn import OpenTurn, OpenTurns, Saying
from bot.services.ports import Bell, Brain, BrainReply, BrainRequest, Clock
from bot.services.transcript import say, topics
from bot.services.turn_commit import commit_turn
from bot.services.waiting_room import WaitingRoom
from bot.storage.database import Collected, Database
from bot.storage.tables import Conversation, Message, TurnRecord

HISTORY = 40
"""Rasa events carried into a turn at most, some five turns: facts, not events, carry what is old."""
TOGETHER = 10
"""Messages that become one turn at most."""
TRIES = 3
"""Times a turn is run when the brain was lost, or when its commit met a conflict that is not a change of owner."""


@dataclass(frozen=True)
class TurnLimits:
    answer_seconds: float = 10.0
    """A brain slower than this is treated as down."""
    starting_seconds: float = 60.0
    """How long messages wait for a brain that is coming up."""
    tell_after_seconds: float = 3.0
    """After this long of waiting for a brain that comes up, the customer is told."""


class TurnFailed(Exception):
    """The brain answered, but an action failed or nothing came of the turn."""


class Turns:
    """Processes what customers wrote. Call `process` for one conversation at a time only (see Workers)."""

    def __init__(
        self,
        database: Database,
        brain: Brain,
        clock: Clock,
        responses: Responses,
        policies: Policies,
        rules: ShopRules,
        bell: Bell,
        limits: TurnLimits | None = None,
    ) -> None:
        self.database = database
        self.brain = brain
        self.clock = clock
        self.responses = responses
        self.policies = policies
        self.rules = rules
        self.bell = bell
        self.limits = limits or TurnLimits()
        self.open = OpenTurns()
        self.waiting_room = WaitingRoom(database, brain, clock, responses, rules.hours)

    async def process(self, conversation_id: str) -> None:
        """Deal with everything the customer wrote, until nothing is left."""
        conflicts = 0
        while True:
            async with self.database.read() as session:
                conversation, batch = await self._next(session, conversation_id)
            resuming = conversation is not None and conversation.resuming and conversation.state == State.BOT
            if conversation is None or not (batch or resuming):
                return
            try:
                if resuming:
                    await self._resume(conversation_id)
                elif conversation.state in (State.BOT, State.RESOLVED):
                    await self._bot_turn(conversation_id, [m.id for m in batch])
                else:
                    await self.waiting_room.take(conversation_id, batch)
                conflicts = 0
            except OwnerChanged:
                continue
            except IntegrityError:
                conflicts += 1
                if conflicts >= TRIES:
                    await self.waiting_room.take_failed(conversation_id, [m.id for m in batch], "conflict")
            finally:
                self.bell.ring(*topics(conversation_id))

    @asynccontextmanager
    async def acting(self, key: str) -> AsyncIterator[OpenTurn]:
        """The open turn of that key, for as long as an action runs. Raises LookupError when it is over."""
        turn = self.open.get(key)
        if turn is None:
            raise LookupError(f"no open turn {key}")
        async with turn.lock:
            if turn.closed:
                raise LookupError(f"turn {key} is over")
            began = time.monotonic()
            try:
                yield turn
            finally:
                turn.action_seconds += time.monotonic() - began

    def dialogue(self, turn: OpenTurn, parse: Parse) -> Dialogue:
        """What an action talks through during `turn`."""
        return Dialogue(turn, parse, self.responses, self.policies, self.rules)

    # Taking messages

    async def _next(self, session: AsyncSession, conversation_id: str) -> tuple[Conversation | None, list[Message]]:
        waiting = and_(Message.conversation_id == Conversation.id, Message.processed_at.is_(None))
        both = select(Conversation, Message).outerjoin(Message, waiting).where(Conversation.id == conversation_id)
        rows = (await session.execute(both.order_by(Message.id).limit(TOGETHER))).all()
        return (rows[0][0] if rows else None), together([row[1] for row in rows if row[1] is not None])

    async def _begin(self, unit: Collected, conversation_id: str, message_ids: Sequence[int]) -> OpenTurn:
        session = unit.session
        conversation = await session.get_one(Conversation, conversation_id)
        messages = list(await session.scalars(select(Message).where(Message.id.in_(message_ids)).order_by(Message.id)))
        if conversation.state not in (State.BOT, State.RESOLVED):
            raise OwnerChanged()
        now = self.clock.now()
        ledger = await load_ledger(session, conversation, now)
        return OpenTurn(
            key=f"{conversation_id}.{secrets.token_hex(6)}",
            conversation=conversation,
            messages=messages,
            session=session,
            ledger=ledger,
            dialogue=DialogueState.from_dict(conversation.dialogue),
            now=now,
            language=conversation.language,
        )

    # The bot's turn

    async def _bot_turn(self, conversation_id: str, message_ids: Sequence[int]) -> None:
        """One turn, tried again while the brain comes back from a crash and the customer's time is not over."""
        started = time.monotonic()
        problem = ""
        for _ in range(TRIES):  # a message that kills the brain each time must not do so for ever
            if problem and not await self._brain_awaited(conversation_id, started):
                break
            async with self.database.collect() as unit:
                turn = await self._begin(unit, conversation_id, message_ids)
                try:
                    reply = await self._ask_brain(turn)
                    sayings = [_saying(message) for message in reply.messages]
                    if not sayings and turn.outcome.kind == "answered":
                        raise TurnFailed("no message and no outcome")
                    return await commit_turn(unit, turn, reply, sayings, self.clock, started)
                except BrainLost as error:
                    problem = str(error)
                except (BrainUnavailable, TurnFailed, TimeoutError) as error:
                    problem = str(error) or type(error).__name__
                    break
        await self.waiting_room.take_failed(conversation_id, message_ids, problem)

    async def _resume(self, conversation_id: str) -> None:
        """A human gave it back to go on: the bot takes up the suspended flow by itself."""
        async with self.database.collect() as unit:
            turn = await self._begin(unit, conversation_id, [])
            dialogue = self.dialogue(turn, Parse("", "resume", pressed=True))
            await dialogue.resume()
            await commit_turn(unit, turn, BrainReply({}, [], []), dialogue.said, self.clock, time.monotonic())

    async def _ask_brain(self, turn: OpenTurn) -> BrainReply:
        request = BrainRequest(
            key=turn.key,
            text="\n".join(message.text for message in turn.messages),
            language=turn.language,
            events=await self._history(turn),
            slots={"last_human_outcome": turn.conversation.outcome.get("outcome")},
            parse=await plain_meaning(turn.session, turn.messages),
        )
        self.open.add(turn)
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.limits.answer_seconds):
                return await self.brain.turn(request)
        finally:
            turn.brain_seconds = time.monotonic() - began
            self.open.remove(turn)
            # An action of a turn that timed out may still be reading: wait for it, then nothing can start any more.
            async with turn.lock:
                turn.closed = True

    async def _history(self, turn: OpenTurn) -> list[dict[str, Any]]:
        recent = await turn.session.scalars(
            select(TurnRecord.events)
            .where(TurnRecord.conversation_id == turn.conversation.id)
            .order_by(TurnRecord.id.desc())
            .limit(HISTORY // 5)
        )
        events: list[dict[str, Any]] = []
        for batch in recent:
            if len(events) + len(batch) > HISTORY:
                break
            events = [*batch, *events]
        return events

    # When the bot cannot

    async def _brain_awaited(self, conversation_id: str, began: float) -> bool:
        """Wait for a brain that is coming up; a customer who waits long is told once. False when its time is over."""
        told_yet = False
        while True:
            waited = time.monotonic() - began
            longest = self.limits.starting_seconds if self.brain.starting else self.limits.answer_seconds
            if await self.brain.ready():
                return True
            if waited > longest:
                return False
            if waited > self.limits.tell_after_seconds and not told_yet:
                await self._system_says(conversation_id, "utter_one_moment")
                told_yet = True
            await asyncio.sleep(0.1)

    async def _system_says(self, conversation_id: str, response: str) -> None:
        async with self.database.write() as session:
            conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
            if conversation.state in (State.BOT, State.RESOLVED):
                text = self.responses.text(response, conversation.language)
                await say(session, conversation, self.clock.now(), sender="system", text=text)
        self.bell.ring(*topics(conversation_id))


def _saying(message: dict[str, Any]) -> Saying:
    buttons = [(button["title"], button["payload"]) for button in message.get("buttons") or ()]
    return Saying(message.get("text") or "", buttons, list(message.get("cards") or ()))
