"""What an agent gets at the moment of claiming: everything that is known, so that nothing is asked twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.dialogue import DialogueState
from bot.responses import Responses
from bot.services.context_shop import ShopSide, shop_side
from bot.services.context_words import Known, Words
from bot.services.ledger import Ledger, load_ledger
from bot.services.reach import REPLY_WINDOWS
from bot.storage.shop import Product
from bot.storage.tables import ChannelLink, Conversation, Fact, Message, Promise, TurnRecord, VerificationAttempt

ATTEMPTS = 30
MESSAGES_A_TURN = 10
"""More than are said around one turn are not looked through for what the bot answered."""
PREVIOUS = 3


async def handoff_context(
    session: AsyncSession,
    responses: Responses,
    conversation: Conversation,
    messages: Sequence[dict[str, Any]],
    language: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """Every field of the handoff contract but the transcript, with the words in the viewer's `language`.

    `messages` is the newest page of the transcript, as staff see it.
    """
    ledger = await load_ledger(session, conversation, now)
    turns = await _turns(session, conversation.id)
    previous = await _previous(session, conversation)
    promises = await _promises(session, conversation.id, now)
    shop = await shop_side(session, conversation, ledger, previous, now)
    promised = max((p["due"] for p in promises if p["kind"] == "human_reply" and p["kept_at"] is None), default=None)
    dialogue = DialogueState.from_dict(conversation.dialogue)
    known = Known(conversation, dialogue, turns, messages, shop, promised, now, ledger.get("proven_order"))
    words = Words(responses, language)
    summary = words.summary(known)
    return {
        "reason": words.reason(conversation),
        "summary": " · ".join(part["text"] for part in summary),
        "summary_parts": summary,
        "customer": shop.customer,
        "facts": await _facts(session, ledger, conversation, words),
        "orders": shop.orders,
        "cases": shop.cases,
        "intent": await _intent(session, conversation, turns, dialogue),
        "bot_attempts": await _attempts(session, conversation.id, turns),
        "promises": [{key: value for key, value in p.items() if key != "due"} for p in promises],
        "previous": previous,
        "suggestions": await words.suggestions(session, known),
        "deadlines": await _deadlines(session, conversation, shop, promised, now),
    }


async def _turns(session: AsyncSession, conversation_id: str) -> list[TurnRecord]:
    newest = select(TurnRecord).where(TurnRecord.conversation_id == conversation_id).order_by(TurnRecord.id.desc())
    return list(reversed(list(await session.scalars(newest.limit(ATTEMPTS)))))


async def _facts(
    session: AsyncSession, ledger: Ledger, conversation: Conversation, words: Words
) -> list[dict[str, Any]]:
    """What is known under each key, with where it comes from; contacts whole, because agents use them.

    `label` is what people read where the value is a code.
    """
    keys = dict.fromkeys(fact.key for fact in ledger.all())
    facts = [fact for fact in (ledger.fact(key) for key in keys) if fact is not None]
    return [
        {
            "key": fact.key,
            "value": fact.value,
            "label": await _label(session, fact, words),
            "source": fact.source,
            "message_id": fact.source.get("message_id") if fact.conversation_id == conversation.id else None,
            "from_conversation": fact.conversation_id if fact.conversation_id != conversation.id else None,
            "at": fact.created_at.isoformat(),
            "confirmed": fact.confirmed,
        }
        for fact in facts
    ]


async def _label(session: AsyncSession, fact: Fact, words: Words) -> str:
    if fact.key == "product" and (product := await session.get(Product, fact.value)) is not None:
        return product.name_en if words.language == "en" else product.name_pl
    return words.result(fact.value) if fact.key == "order_status" else fact.value


async def _intent(
    session: AsyncSession, conversation: Conversation, turns: Sequence[TurnRecord], dialogue: DialogueState
) -> dict[str, Any]:
    """What the triggering message was taken for; without one, the last turn's."""
    number = conversation.handoff.get("message_id")
    message = await session.get(Message, number) if number else None
    parse = message.parse if message else {}
    if not parse.get("intent") and turns:
        last = turns[-1]
        parse = {"intent": last.intent, "confidence": last.confidence, "ranking": last.ranking}
    upset = conversation.handoff.get("reason") == "frustrated" or dialogue.abuse > 0
    upset = upset or parse.get("intent") == "express_frustration"
    return {
        "name": parse.get("intent"),
        "confidence": parse.get("confidence"),
        "top": list(parse.get("ranking") or [])[:3],
        "sentiment": "negative" if upset else "positive" if parse.get("intent") == "thank" else "neutral",
    }


async def _attempts(session: AsyncSession, conversation_id: str, turns: Sequence[TurnRecord]) -> list[dict[str, Any]]:
    """What the bot took in, looked up and answered, turn by turn."""
    begin = min((number for turn in turns for number in turn.message_ids), default=0)
    rows = list(
        await session.execute(
            select(Message.id, Message.sender, Message.text)
            .where(Message.conversation_id == conversation_id, Message.id >= begin, Message.kind == "message")
            .order_by(Message.id)
            .limit(ATTEMPTS * MESSAGES_A_TURN)
        )
    )
    texts = {row.id: row.text for row in rows}
    said = [row for row in rows if row.sender in ("bot", "system")]
    attempts = []
    for turn, following in zip(turns, [*turns[1:], None], strict=False):
        begin = max(turn.message_ids, default=0)
        end = min(following.message_ids, default=begin) if following else None
        answers = [m.text for m in said if m.id > begin and (end is None or m.id < end)]
        attempts.append(
            {
                "at": turn.started_at.isoformat(),
                "message_ids": turn.message_ids,
                "asked": "\n".join(texts.get(number, "") for number in turn.message_ids),
                "intent": turn.intent,
                "confidence": turn.confidence,
                "looked_up": turn.lookups,
                "answered": "\n".join(answers) if turn.message_ids else "",
                "outcome": turn.outcome,
                "error": turn.error,
            }
        )
    return attempts


async def _promises(session: AsyncSession, conversation_id: str, now: dt.datetime) -> list[dict[str, Any]]:
    rows = await session.scalars(select(Promise).where(Promise.conversation_id == conversation_id).order_by(Promise.id))
    return [
        {
            "kind": row.kind,
            "details": row.details,
            "due": row.due_at,
            "due_at": row.due_at.isoformat(),
            "made_at": row.created_at.isoformat(),
            "kept_at": row.kept_at.isoformat() if row.kept_at else None,
            "state": "kept" if row.kept_at and row.kept_at <= row.due_at else "open" if row.due_at >= now else "broken",
        }
        for row in rows
    ]


async def _previous(session: AsyncSession, conversation: Conversation) -> list[dict[str, Any]]:
    """The last three other conversations of the same customer, and what came of them.

    The same customer is who has proved to be, or who has proved an order that was proved here: a name proves nothing.
    """
    proved = VerificationAttempt.success
    orders = select(VerificationAttempt.order_number).where(
        VerificationAttempt.conversation_id == conversation.id, proved
    )
    about = select(VerificationAttempt.conversation_id).where(VerificationAttempt.order_number.in_(orders), proved)
    same: list[ColumnElement[bool]] = [Conversation.id.in_(about)]
    if conversation.customer_id is not None:
        same.append(Conversation.customer_id == conversation.customer_id)
    newest = select(Conversation).where(or_(*same), Conversation.id != conversation.id)
    newest = newest.order_by(Conversation.updated_at.desc()).limit(PREVIOUS)
    found = list(await session.scalars(newest))
    intents: dict[str, list[str]] = {}
    rows = await session.execute(
        select(TurnRecord.conversation_id, TurnRecord.intent)
        .where(TurnRecord.conversation_id.in_([row.id for row in found]), TurnRecord.intent.is_not(None))
        .order_by(TurnRecord.id)
    )
    for conversation_id, intent in rows:
        if intent and intent not in intents.setdefault(conversation_id, []):
            intents[conversation_id].append(intent)
    return [
        {
            "id": row.id,
            "state": row.state,
            "at": row.updated_at.isoformat(),
            "reason": row.handoff.get("reason"),
            "intents": intents.get(row.id, [])[:5],
            "outcome": row.outcome,
        }
        for row in found
    ]


async def _deadlines(
    session: AsyncSession, conversation: Conversation, shop: ShopSide, promised: dt.datetime | None, now: dt.datetime
) -> dict[str, Any]:
    """By when an answer was promised, how long each channel still takes one, and the law's clock."""
    windows = []
    links = await session.scalars(
        select(ChannelLink).where(ChannelLink.conversation_id == conversation.id, ChannelLink.active)
    )
    for link in links:
        if link.channel in REPLY_WINDOWS and link.last_seen_at is not None:
            freely, by_human = (link.last_seen_at + span for span in REPLY_WINDOWS[link.channel])
            windows.append({"channel": link.channel, "until": freely.isoformat(), "human_until": by_human.isoformat()})
    legal = [
        {key: case[key] for key in ("kind", "number", "due_on", "days_left")}
        for case in shop.cases
        if case["open"] and case["due_on"]
    ]
    return {
        "promised_at": promised.isoformat() if promised else None,
        "overdue": promised is not None and promised < now,
        "reply_windows": windows,
        "legal": legal,
    }
