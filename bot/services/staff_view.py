"""Messages as staff see them: the customer's form plus what only staff may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.reading import as_json
from bot.storage.tables import ChannelLink, Delivery, Message

SESSION_BREAK = dt.timedelta(hours=1)
"""A silence longer than this begins a new session of the transcript."""


async def staff_messages(session: AsyncSession, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """`messages`, oldest first, each also with `kind`, `channel`, `intent`, `delivery` and `session_break`."""
    links = {message.link_id for message in messages if message.link_id is not None}
    rows = await session.execute(select(ChannelLink.id, ChannelLink.channel).where(ChannelLink.id.in_(links)))
    channels = {row[0]: row[1] for row in rows}
    ids = [message.id for message in messages if message.sender != "customer"]
    failed = set(
        await session.scalars(
            select(Delivery.message_id).where(Delivery.message_id.in_(ids), Delivery.status == "dead")
        )
    )
    views = await as_json(session, messages)
    before: dt.datetime | None = None
    for message, view in zip(messages, views, strict=True):
        view["kind"] = message.kind
        view["channel"] = channels.get(message.link_id or 0)
        view["intent"] = message.parse.get("intent")
        view["undelivered"] = message.id in failed
        view["session_break"] = before is not None and message.created_at - before > SESSION_BREAK
        before = message.created_at
    return views


async def transcript(session: AsyncSession, conversation_id: str) -> list[dict[str, Any]]:
    """All of it, every channel, notes included."""
    rows = await session.scalars(select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id))
    return await staff_messages(session, list(rows))
