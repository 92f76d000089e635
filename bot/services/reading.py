"""What a customer sees of their conversation: messages after a cursor, who owns it, who is typing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State, public_owner
from bot.domain.hours import OpeningHours
from bot.services.ports import Bell, Clock
from bot.services.waiting import expectation
from bot.services.wording import rounded_up
from bot.storage.database import Database
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Message, Promise, User

PAGE = 200
QUEUE_SECONDS = 5.0
"""How often a waiting customer's place is looked at: nothing rings for them when somebody before them is served."""
NOTED_EVERY = dt.timedelta(seconds=20)
"""Well under what makes a customer absent (reach.GONE)."""
NOTED_TOGETHER_SECONDS = 1.0


@dataclass(frozen=True)
class View:
    """`cursor` is the id of the last message seen; passing it back gives only what is newer."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    cursor: int = 0
    owner: str = "bot"
    typing: bool = False
    place: int | None = None
    """Of a waiting customer: 1 is next."""
    eta: str | None = None
    """By when a waiting customer was told to expect an answer."""
    agent: str | None = None
    """Name of the human whose conversation it is."""

    def state(self) -> dict[str, Any]:
        """All but the messages, in the contract's form: of place, time and agent only what there is."""
        more = {"place": self.place, "eta": self.eta, "agent": self.agent}
        known = {name: value for name, value in more.items() if value is not None}
        return {"owner": self.owner, "typing": self.typing, **known}


class Reading:
    def __init__(self, database: Database, clock: Clock, bell: Bell, hours: OpeningHours) -> None:
        self._hours = hours
        self._database = database
        self._clock = clock
        self._bell = bell
        self._present: set[int] = set()
        self._noting: asyncio.Task[None] | None = None

    async def view(self, conversation_id: str, after: int) -> View:
        """What is new, and who owns it at that same moment: an answer never shows before the hand-over it tells of."""
        async with self._database.snapshot() as session:
            unread = exists().where(Message.conversation_id == conversation_id, Message.processed_at.is_(None))
            mine = select(Conversation, unread).where(Conversation.id == conversation_id)
            conversation, waits = (await session.execute(mine)).one()
            rows = list(
                await session.scalars(
                    select(Message)
                    .where(Message.conversation_id == conversation_id, Message.id > after, Message.kind == "message")
                    .order_by(Message.id)
                    .limit(PAGE)
                )
            )
            messages = await as_json(session, rows)
            # True while something waits for the bot's answer: what it says is committed together with its being done.
            typing = conversation.state in (State.BOT, State.RESOLVED) and (conversation.resuming or waits)
            place, eta = await self._waiting(session, conversation)
            assigned = conversation.assignee_id if conversation.state in (State.ASSIGNED, State.SNOOZED) else None
            agent = await session.scalar(select(User.name).where(User.id == assigned)) if assigned else None
        cursor = rows[-1].id if rows else after
        return View(messages, cursor, public_owner(State(conversation.state)), typing, place, eta, agent)

    async def _waiting(self, session: AsyncSession, conversation: Conversation) -> tuple[int | None, str | None]:
        """Place and time of a waiting customer. The time is the one promised to them, as long as it lies ahead."""
        if conversation.state != State.WAITING:
            return None, None
        now = self._clock.now()
        due = await expectation(session, self._hours, now, conversation.waiting_since)
        promised = await session.scalar(
            select(func.max(Promise.due_at)).where(
                Promise.conversation_id == conversation.id, Promise.kind == "human_reply", Promise.kept_at.is_(None)
            )
        )
        at = promised if promised is not None and promised > now else due.due_at
        return due.place, rounded_up(at).isoformat()

    async def wait(self, conversation_id: str, after: int, seconds: float) -> View:
        """As `view`, but waits up to that long for a message, or a change of who owns it or types."""
        async with self._bell.listen(f"conversation:{conversation_id}") as bell:
            deadline = asyncio.get_running_loop().time() + seconds
            first = view = await self.view(conversation_id, after)
            while True:
                left = deadline - asyncio.get_running_loop().time()
                if view.messages or view.state() != first.state() or left <= 0:
                    return view
                await bell.wait(left if view.place is None else min(left, QUEUE_SECONDS))
                view = await self.view(conversation_id, after)

    def present(self, link: ChannelLink) -> None:
        """As `seen`, without waiting: what thousands of open chats have to note is written together."""
        if self._lately(link):
            return
        if not self._present:
            self._noting = asyncio.create_task(self._note_present())
        self._present.add(link.id)

    async def _note_present(self) -> None:
        await asyncio.sleep(NOTED_TOGETHER_SECONDS)
        ids, self._present = self._present, set()
        await self._note(ids)

    async def seen(self, link: ChannelLink) -> None:
        """The customer's page is there: an answer will be read without an e-mail. Noted now and then, not each time."""
        if not self._lately(link):
            await self._note({link.id})

    def _lately(self, link: ChannelLink) -> bool:
        """True if it was noted a moment ago; otherwise it is now."""
        now = self._clock.now()
        if link.last_seen_at is not None and now - link.last_seen_at < NOTED_EVERY:
            return True
        link.last_seen_at = now
        return False

    async def _note(self, ids: Collection[int]) -> None:
        noted = update(ChannelLink).where(ChannelLink.id.in_(ids)).values(last_seen_at=self._clock.now())
        async with self._database.write() as session:
            await session.execute(noted.execution_options(synchronize_session=False))


async def as_json(session: AsyncSession, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages in the contract's form, with the buttons that still work and their attachments."""
    ids = [message.id for message in messages]
    buttons: dict[int, list[dict[str, str]]] = {}
    files: dict[int, list[dict[str, str]]] = {}
    # Customers' messages have no buttons and the bot's have no files: most of the time one of the two need not be asked.
    if any(message.sender != "customer" for message in messages):
        live = select(Button).where(Button.message_id.in_(ids), ~Button.expired).order_by(Button.position)
        for button in await session.scalars(live):
            buttons.setdefault(button.message_id, []).append({"id": button.id, "title": button.title})
    if any(message.sender != "bot" for message in messages):
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
