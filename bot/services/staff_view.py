"""Messages as staff see them: the customer's form plus what only staff may know, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.privacy import without_contacts
from bot.services.reading import as_json
from bot.storage.tables import Button, ChannelLink, Conversation, Delivery, Message, User

SESSION_BREAK = dt.timedelta(hours=1)
"""A silence longer than this begins a new session of the transcript."""
PAGE = 60


@dataclass(frozen=True)
class Transcript:
    """Messages, oldest first. `before` and `after` are the ids to ask for the neighbouring pages with, if there are any."""

    messages: list[dict[str, Any]]
    before: int | None
    after: int | None


async def staff_messages(session: AsyncSession, messages: Sequence[Message], viewer: int) -> list[dict[str, Any]]:
    """`messages`, oldest first, each also with `kind`, `channel`, `intent`, `offered`, `delivery` and `session_break`.

    E-mails and phones in them are whole for the agent who has the conversation and for whoever supervises, and masked
    for every other `viewer`.
    """
    links = {message.link_id for message in messages if message.link_id is not None}
    rows = await session.execute(select(ChannelLink.id, ChannelLink.channel).where(ChannelLink.id.in_(links)))
    channels = {row[0]: row[1] for row in rows}
    ids = [message.id for message in messages if message.sender != "customer"]
    deliveries = await _deliveries(session, ids)
    offered = await _offered(session, ids)
    views = await as_json(session, messages)
    theirs = await _conversations_of(session, messages, viewer)
    before: dt.datetime | None = None
    for message, view in zip(messages, views, strict=True):
        view["kind"] = message.kind
        view["edits"] = message.edits
        if message.conversation_id not in theirs:
            view["text"] = without_contacts(view["text"])
            view["edits"] = [edit | {"text": without_contacts(edit["text"])} for edit in message.edits]
        view["channel"] = channels.get(message.link_id or 0)
        view["intent"] = message.parse.get("intent")
        view["offered"] = offered.get(message.id, [])
        view["delivery"] = deliveries.get(message.id)
        view["undelivered"] = (view["delivery"] or {}).get("state") == "failed"
        view["session_break"] = before is not None and message.created_at - before > SESSION_BREAK
        if message.author_id is not None:
            view["author_id"], view["client_id"] = message.author_id, message.external_id
        before = message.created_at
    return views


async def _conversations_of(session: AsyncSession, messages: Sequence[Message], viewer: int) -> set[str]:
    """Those of the messages' conversations that the viewer has; all of them for a manager or an administrator."""
    ids = {message.conversation_id for message in messages}
    supervises = select(User.id).where(User.id == viewer, User.role != "agent").exists()
    own = select(Conversation.id).where(Conversation.id.in_(ids), or_(Conversation.assignee_id == viewer, supervises))
    return set(await session.scalars(own))


async def _offered(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Every button that was shown, with whether it still works."""
    found: dict[int, list[dict[str, Any]]] = {}
    for button in await session.scalars(select(Button).where(Button.message_id.in_(ids)).order_by(Button.position)):
        shown = {"id": button.id, "title": button.title, "expired": button.expired}
        found.setdefault(button.message_id, []).append(shown)
    return found


async def _deliveries(session: AsyncSession, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What became of each message that had to be sent somewhere; the worst counts where there were several."""
    rows = await session.execute(
        select(Delivery, ChannelLink.channel)
        .join(ChannelLink, ChannelLink.id == Delivery.link_id)
        .where(Delivery.message_id.in_(ids))
        .order_by(Delivery.id)
    )
    found: dict[int, dict[str, Any]] = {}
    for delivery, channel in rows:
        state = {"sent": "sent", "dead": "failed"}.get(delivery.status, "retrying" if delivery.attempts else "pending")
        known = found.get(delivery.message_id)
        if known is None or WORSE.index(state) > WORSE.index(known["state"]):
            found[delivery.message_id] = {"state": state, "channel": channel, "error": delivery.error}
    return found


WORSE = ("sent", "pending", "retrying", "failed")


async def transcript(
    session: AsyncSession,
    conversation_id: str,
    viewer: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> Transcript:
    """A page of every channel's messages, notes included: the newest one, or before, after or around a message."""
    mine = select(Message).where(Message.conversation_id == conversation_id)
    back, forth = mine.order_by(Message.id.desc()), mine.order_by(Message.id)
    if around is not None:
        older = await _some(session, back.where(Message.id <= around), PAGE // 2)
        newer = await _some(session, forth.where(Message.id > around), PAGE // 2)
    elif after is not None:
        older, newer = [], await _some(session, forth.where(Message.id > after), PAGE)
    else:
        older, newer = await _some(session, back if before is None else back.where(Message.id < before), PAGE), []
    rows = [*reversed(older), *newer]
    if not rows:
        return Transcript([], None, None)
    previous = await session.scalar(back.where(Message.id < rows[0].id).limit(1))
    more = await session.scalar(forth.where(Message.id > rows[-1].id).limit(1))
    views = await staff_messages(session, rows, viewer)
    views[0]["session_break"] = previous is not None and rows[0].created_at - previous.created_at > SESSION_BREAK
    return Transcript(views, rows[0].id if previous else None, rows[-1].id if more else None)


async def _some(session: AsyncSession, query: Any, count: int) -> list[Message]:
    return list(await session.scalars(query.limit(count)))


async def live_buttons(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, list[str]]:
    """The buttons of each conversation that still work."""
    found: dict[str, list[str]] = {number: [] for number in conversation_ids}
    working = select(Button.conversation_id, Button.id).where(
        Button.conversation_id.in_(conversation_ids), ~Button.expired
    )
    for conversation_id, button in await session.execute(working):
        found[conversation_id].append(button)
    return found
