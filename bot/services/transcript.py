"""The one place that adds to a transcript: the message, its buttons, its deliveries and the event that announces it."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Button, ChannelLink, Conversation, Delivery, EventRecord, Message

PULLED = ("web", "shell", "email")
"""Channels that no delivery is made for here: their customers read the transcript, or are written to when they left."""


async def say(
    session: AsyncSession,
    conversation: Conversation,
    now: dt.datetime,
    *,
    sender: str,
    text: str,
    buttons: Sequence[tuple[str, str]] = (),
    cards: Sequence[dict[str, Any]] = (),
    author: str | None = None,
    author_id: int | None = None,
    kind: str = "message",
    external_id: str | None = None,
) -> Message:
    """Add something the bot, the system or an agent says, within the caller's transaction (it flushes for the id).

    `buttons` are (title, payload). A message that is not a note is queued for every active link that must be sent to.
    """
    message = Message(
        conversation_id=conversation.id,
        sender=sender,
        kind=kind,
        text=text,
        cards=list(cards),
        author=author,
        author_id=author_id,
        external_id=external_id,
        created_at=now,
        processed_at=now,
    )
    session.add(message)
    conversation.updated_at = now
    await session.flush()
    for position, (title, meaning) in enumerate(buttons):
        session.add(
            Button(
                id=secrets.token_urlsafe(12),
                conversation_id=conversation.id,
                message_id=message.id,
                position=position,
                title=title,
                payload=meaning,
            )
        )
    if kind == "message":
        links = await session.scalars(
            select(ChannelLink).where(
                ChannelLink.conversation_id == conversation.id,
                ChannelLink.active,
                ChannelLink.channel.not_in(PULLED),
            )
        )
        session.add_all(Delivery(message_id=message.id, link_id=link.id, next_attempt_at=now) for link in links)
    announce(session, conversation.id, "message", actor_of(sender, author_id), now, message_id=message.id)
    return message


def announce(
    session: AsyncSession, conversation_id: str | None, kind: str, actor: str, now: dt.datetime, **details: Any
) -> None:
    """Add an event for the consoles that follow and for the audit trail. No customer text in `details`."""
    session.add(EventRecord(conversation_id=conversation_id, kind=kind, actor=actor, details=details, at=now))


def actor_of(sender: str, user_id: int | None) -> str:
    return f"user:{user_id}" if user_id is not None else sender


async def expire_buttons(session: AsyncSession, conversation_id: str) -> None:
    """What was asked before no longer stands: a press of it now gets `button_expired`."""
    await session.execute(
        update(Button).where(Button.conversation_id == conversation_id, ~Button.expired).values(expired=True)
    )


def topics(conversation_id: str) -> tuple[str, str]:
    """The bell's topics to ring once a change of this conversation is committed."""
    return f"conversation:{conversation_id}", "desk"
