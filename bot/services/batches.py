"""Customers' messages on their way through: which form one turn, which are still to be done, what is kept of a parse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from bot.storage.tables import Message


def together(messages: list[Message]) -> list[Message]:
    """The messages of the next turn: a button press alone, otherwise all texts up to the next press."""
    if not messages or messages[0].press:
        return messages[:1]
    return [m for i, m in enumerate(messages) if not any(before.press for before in messages[: i + 1])]


def unprocessed(message_ids: Sequence[int]) -> Any:
    return select(Message).where(Message.id.in_(message_ids), Message.processed_at.is_(None)).order_by(Message.id)


def brief(parse: dict[str, Any]) -> dict[str, Any]:
    """What of a parse is worth keeping with a message."""
    if not parse:
        return {}
    intent = parse.get("intent") or {}
    return {
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0), 4),
        "ranking": [
            {"intent": r["name"], "confidence": round(float(r["confidence"]), 4)}
            for r in parse.get("intent_ranking", [])[:3]
        ],
        "entities": [{"entity": e["entity"], "value": e["value"]} for e in parse.get("entities", [])],
    }
