"""The one transaction at the end of a turn: all of it is stored, or nothing."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Reason, State
from bot.domain.errors import OwnerChanged
from bot.domain.facts import told
from bot.services.batches import brief
from bot.services.open_turn import OpenTurn, Saying
from bot.services.ports import BrainReply, Clock
from bot.services.telemetry import STAGE_SECONDS, TURN_SECONDS, TURNS
from bot.services.transcript import expire_buttons, say
from bot.services.waiting_room import call_human
from bot.storage.database import Collected
from bot.storage.tables import Conversation, Message, TurnRecord, Unrecognised

log = structlog.get_logger(__name__)


async def commit_turn(
    unit: Collected, turn: OpenTurn, reply: BrainReply, sayings: Sequence[Saying], clock: Clock, started: float
) -> None:
    """Store what the turn came to and what it said. Raises OwnerChanged when anyone was there before."""
    conversation = turn.conversation
    parse = reply.parse
    if not turn.absorbed:
        turn.language = parse.get("language") or turn.language
    facts = [(e["name"], e["value"]) for e in reply.events if e.get("event") == "slot"]
    if not turn.absorbed:
        facts += [(e["entity"], e["value"]) for e in parse.get("entities", [])]
    for key, value in told(facts):
        turn.ledger.note(key, value, turn.source())
    now = clock.now()
    begun = time.monotonic()
    async with unit.commit() as session:
        await _still_ours(session, turn, now)
        conversation.language = turn.language
        conversation.dialogue = turn.dialogue.to_dict()
        conversation.resuming = False
        conversation.failures = conversation.failures + 1 if turn.outcome.kind == "not_understood" else 0
        conversation.state = State.BOT
        await expire_buttons(session, conversation.id)
        for saying in sayings:
            await say(
                session,
                conversation,
                now,
                sender="bot",
                text=saying.text,
                buttons=saying.buttons,
                cards=saying.cards,
            )
        for write in turn.at_commit:
            await write(session)
        _record(session, turn, reply, started)
        if turn.outcome.kind == "handoff" and turn.outcome.reason:
            call_human(session, conversation, turn.outcome.reason, turn.messages, now)
    ended = time.monotonic()
    seconds = ended - started
    TURNS.labels(turn.outcome.kind).inc()
    TURN_SECONDS.observe(seconds)
    _note_stages(turn, ended - begun)
    log.info(
        "turn",
        conversation=conversation.id,
        intent=(parse.get("intent") or {}).get("name"),
        outcome=turn.outcome.kind,
        ms=round(seconds * 1000),
    )


def _note_stages(turn: OpenTurn, commit_seconds: float) -> None:
    """Where the time of this turn went; its actions run inside the brain's call."""
    if turn.messages:
        waited = (turn.now - turn.messages[0].created_at).total_seconds()
        STAGE_SECONDS.labels("queue").observe(max(0.0, waited))
        STAGE_SECONDS.labels("brain").observe(max(0.0, turn.brain_seconds - turn.action_seconds))
        STAGE_SECONDS.labels("actions").observe(turn.action_seconds)
    STAGE_SECONDS.labels("commit").observe(commit_seconds)


async def _still_ours(session: AsyncSession, turn: OpenTurn, now: dt.datetime) -> None:
    """Take the rows this commit depends on. Raises OwnerChanged when anyone was there before."""
    conversation = turn.conversation
    owned = await session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation.id,
            Conversation.version == conversation.version,
            Conversation.state.in_([State.BOT, State.RESOLVED]),
        )
        .values(updated_at=now)
        .execution_options(synchronize_session=False)
    )
    ids = [message.id for message in turn.messages]
    taken = await session.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.processed_at.is_(None))
        .values(processed_at=now)
        .execution_options(synchronize_session=False)
    )
    if owned.rowcount != 1 or taken.rowcount != len(ids):  # type: ignore[attr-defined]
        raise OwnerChanged()


def _record(session: AsyncSession, turn: OpenTurn, reply: BrainReply, started: float) -> None:
    parse = reply.parse
    intent = parse.get("intent") or {}
    for message in turn.messages:
        message.parse = brief(parse)
    session.add(
        TurnRecord(
            conversation_id=turn.conversation.id,
            message_ids=[message.id for message in turn.messages],
            intent=intent.get("name"),
            confidence=intent.get("confidence"),
            ranking=brief(parse).get("ranking", []),
            outcome=turn.outcome.to_dict(),
            lookups=turn.lookups,
            questions=turn.questions,
            events=reply.events,
            started_at=turn.now,
            milliseconds=round((time.monotonic() - started) * 1000),
        )
    )
    if turn.outcome.kind == "not_understood" or turn.outcome.reason is Reason.NOT_UNDERSTOOD:
        session.add(
            Unrecognised(
                conversation_id=turn.conversation.id,
                text="\n".join(message.text for message in turn.messages),
                language=parse.get("language") or turn.language,
                ranking=brief(parse).get("ranking", []),
                created_at=turn.now,
            )
        )
