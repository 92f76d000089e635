"""What a customer sees of their conversation: messages after a cursor, who owns it, who is typing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State, public_owner
from bot.services.ports import Bell, Clock
from bot.storage.database import Database
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Message

PAGE = 200
NOTED_EVERY = dt.timedelta(seconds=20)
"""Well under what makes a customer absent (reach.GONE)."""


@dataclass(frozen=True)
class View:
    """`cursor` is the id of the last message seen; passing it back gives only what is newer."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    cursor: int = 0
    owner: str = "bot"
    typing: bool = False

    def state(self) -> tuple[str, bool]:
        return self.owner, self.typing


class Reading:
    def __init__(self, database: Database, clock: Clock, bell: Bell) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell

    async def view(self, conversation_id: str, after: int) -> View:
        """What is new, and who owns it at that same moment: an answer never shows before the hand-over it tells of."""
        async with self._database.snapshot() as session:
            conversation = await session.get_one(Conversation, conversation_id)
            rows = list(
                await session.scalars(
                    select(Message)
                    .where(Message.conversation_id == conversation_id, Message.id > after, Message.kind == "message")
                    .order_by(Message.id)
                    .limit(PAGE)
                )
            )
            messages = await as_json(session, rows)
            typing = conversation.state in (State.BOT, State.RESOLVED) and await self._at_work(session, conversation)
        cursor = rows[-1].id if rows else after
        return View(messages, cursor, public_owner(State(conversation.state)), typing)

    async def _at_work(self, session: AsyncSession, conversation: Conversation) -> bool:
        """True while something waits for the bot's answer: what it says is committed together with its being done."""
        unread = select(Message.id).where(Message.conversation_id == conversation.id, Message.processed_at.is_(None))
        return conversation.resuming or await session.scalar(unread.limit(1)) is not None

    async def wait(self, conversation_id: str, after: int, seconds: float) -> View:
        """As `view`, but waits up to that long for a message, or a change of who owns it or types."""
        async with self._bell.listen(f"conversation:{conversation_id}") as bell:
            deadline = asyncio.get_running_loop().time() + seconds
            first = view = await self.view(conversation_id, after)
            while True:
                left = deadline - asyncio.get_running_loop().time()
                if view.messages or view.state() != first.state() or left <= 0:
                    return view
                await bell.wait(left)
                view = await self.view(conversation_id, after)

    async def seen(self, link: ChannelLink) -> None:
        """The customer's page is there: an answer will be read without an e-mail. Noted now and then, not each time."""
        now = self._clock.now()
        if link.last_seen_at is not None and now - link.last_seen_at < NOTED_EVERY:
            return
        link.last_seen_at = now
        async with self._database.write() as session:
            await session.execute(update(ChannelLink).where(ChannelLink.id == link.id).values(last_seen_at=now))


async def as_json(session: AsyncSession, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages in the contract's form, with the buttons that still work and their attachments."""
    ids = [message.id for message in messages]
    buttons: dict[int, list[dict[str, str]]] = {}
    files: dict[int, list[dict[str, str]]] = {}
    if ids:
        live = select(Button).where(Button.message_id.in_(ids), ~Button.expired).order_by(Button.position)
        for button in await session.scalars(live):
            buttons.setdefault(button.message_id, []).append({"id": button.id, "title": button.title})
        for file in await session.scalars(select(Attachment).where(Attachment.message_id.in_(ids))):
            files.setdefault(file.message_id or 0, []).append({"id": file.id, "name": file.name, "type": file.type})
    return [_one(message, buttons.get(message.id, []), files.get(message.id, [])) for message in messages]


def _one(message: Message, buttons: list[dict[str, str]], files: list[dict[str, str]]) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": message.id,
        "sender": message.sender,
        "text": message.text,
        "buttons": buttons,
        "cards": message.cards,
        "attachments": files,
        "at": message.created_at.isoformat(),
    }
    if message.sender == "customer" and message.external_id:
        view["client_id"] = message.external_id
    if message.author:
        view["author"] = message.author
    return view
