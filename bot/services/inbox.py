"""Receiving: what a customer sends is checked at the door, stored once, and only then acknowledged."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import account_in
from bot.domain.errors import (
    BadRequest,
    ButtonExpired,
    InvalidText,
    InvalidValue,
    NotFound,
    TextTooLong,
    TooManyRequests,
    Unauthorized,
)
from bot.domain.privacy import without_secrets
from bot.responses import Responses
from bot.services.identity import Identity
from bot.services.ledger import load_ledger
from bot.services.page import Page
from bot.services.ports import Bell, Clock
from bot.services.telemetry import ACCEPTED
from bot.services.transcript import announce, say, topics
from bot.storage.database import Database
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Message

LONGEST_TEXT = 4000
FLOOD_MESSAGES, FLOOD_SECONDS = 10, 5.0


@dataclass(frozen=True)
class Session:
    conversation_id: str
    link_id: int
    token: str


@dataclass(frozen=True)
class Incoming:
    """One message from a customer: exactly one of text, button or attachment. `external_id` is the channel's own id."""

    external_id: str
    text: str | None = None
    button: str | None = None
    attachment: str | None = None
    page: Page | None = None
    """Where the customer is as they write."""
    language: str | None = None
    """The language the customer has chosen on the page: the conversation goes on in it."""


@dataclass(frozen=True)
class Accepted:
    message_id: int
    new: bool


class Inbox:
    """Opens conversations and accepts messages. `wake(conversation_id)` is called once a message is committed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        responses: Responses,
        bell: Bell,
        wake: Callable[[str], None],
        languages: list[str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._responses = responses
        self._bell = bell
        self._wake = wake
        self._languages = languages

    async def open_session(
        self,
        language: str | None = None,
        identity: Identity | None = None,
        resume: str | None = None,
        page: Page | None = None,
        fresh: bool = False,
    ) -> Session:
        """A new web conversation with its greeting, the identified customer's open one, or the one to `resume`.

        The token is shown once. `resume` is the id of a conversation that a signed link vouches for. `fresh` asks for
        a new conversation even where the customer has an open one with the bot.
        """
        self._check_language(language)
        now = self._clock.now()
        token = secrets.token_urlsafe(32)
        async with self._database.write() as session:
            conversation = await session.get(Conversation, resume) if resume else None
            if conversation is None and identity is not None:
                conversation = await self._open_one(session, identity, but_bots=fresh)
            if conversation is None:
                conversation = await self._start(session, language, identity, now)
            if page is not None:
                await page.note(session, await load_ledger(session, conversation, now))
            link = ChannelLink(
                conversation_id=conversation.id,
                channel="web",
                address=token_hash(token),
                active=True,
                last_seen_at=now,
                created_at=now,
            )
            session.add(link)
            await session.flush()
            opened = Session(conversation.id, link.id, token)
        self._bell.ring(*topics(opened.conversation_id))
        return opened

    async def authenticate(self, token: str) -> ChannelLink:
        """The web link of a bearer token. Raises Unauthorized."""
        async with self._database.read() as session:
            link = await session.scalar(
                select(ChannelLink).where(
                    ChannelLink.channel == "web", ChannelLink.address == token_hash(token), ChannelLink.active
                )
            )
        if link is None:
            raise Unauthorized()
        return link

    async def accept(self, link: ChannelLink, incoming: Incoming) -> Accepted:
        """Store a message once. The same external id again gives the same answer and stores nothing."""
        if not incoming.external_id or len(incoming.external_id) > 200:
            raise BadRequest(details={"field": "client_id"})
        self._check_language(incoming.language)
        given = [v for v in (incoming.text, incoming.button, incoming.attachment) if v is not None]
        if len(given) != 1:
            raise BadRequest(details={"field": "text, button or attachment", "given": len(given)})
        now = self._clock.now()
        async with self._database.write() as session:
            # Held, so that ids of messages follow the order of their commits: they are the cursors of who reads.
            conversation = await session.get_one(Conversation, link.conversation_id, with_for_update=True)
            known = await self._lookup(session, link, incoming.external_id)
            if known is not None:
                return Accepted(known, new=False)
            text = clean_text(incoming.text) if incoming.text is not None else ""
            await check_flood(session, link, now)
            message = Message(
                conversation_id=conversation.id,
                link_id=link.id,
                external_id=incoming.external_id,
                sender="customer",
                text=text,
                created_at=now,
                processed_at=None,
            )
            session.add(message)
            if incoming.button is not None:
                await press(session, conversation, message, incoming.button)
            await session.flush()
            if incoming.attachment is not None:
                await self._attach(session, conversation, message, incoming.attachment, now)
            if incoming.page is not None:
                await incoming.page.note(session, await load_ledger(session, conversation, now))
            keep_account(conversation, incoming.text or "")
            conversation.language = incoming.language or conversation.language
            conversation.last_customer_at = conversation.updated_at = now
            announce(session, conversation.id, "message", "customer", now, message_id=message.id)
        ACCEPTED.labels("button" if incoming.button else "file" if incoming.attachment else "text").inc()
        self._bell.ring(*topics(link.conversation_id))
        self._wake(link.conversation_id)
        return Accepted(message.id, new=True)

    async def _lookup(self, session: AsyncSession, link: ChannelLink, external_id: str) -> int | None:
        return await session.scalar(
            select(Message.id).where(Message.link_id == link.id, Message.external_id == external_id)
        )

    async def _attach(
        self, session: AsyncSession, conversation: Conversation, message: Message, attachment_id: str, now: dt.datetime
    ) -> None:
        attachment = await session.get(Attachment, attachment_id)
        if attachment is None or attachment.conversation_id != conversation.id or attachment.message_id is not None:
            raise NotFound()
        attachment.message_id = message.id
        # There is nothing to understand in a file: it is in the transcript, and the bot says what it does with it.
        message.press = {"payload": "/attachment"}
        message.text = attachment.name

    def _check_language(self, language: str | None) -> None:
        if language is not None and language not in self._languages:
            raise InvalidValue(details={"field": "language", "allowed": self._languages})

    async def _open_one(self, session: AsyncSession, identity: Identity, *, but_bots: bool) -> Conversation | None:
        """The customer's conversation that goes on: never one a human has been called to is left behind."""
        over = ["resolved", "bot"] if but_bots else ["resolved"]
        return await session.scalar(
            select(Conversation)
            .where(Conversation.customer_id == identity.customer_id, Conversation.state.not_in(over))
            .order_by(Conversation.updated_at.desc())
            .limit(1)
        )

    async def _start(
        self, session: AsyncSession, language: str | None, identity: Identity | None, now: dt.datetime
    ) -> Conversation:
        conversation = Conversation(
            id=secrets.token_hex(12),
            language=language or (identity.language if identity else None) or self._languages[0],
            customer_id=identity.customer_id if identity else None,
            verified={"how": "signed_identity", "at": now.isoformat()} if identity else {},
            state="bot",
            version=1,
            created_at=now,
            updated_at=now,
        )
        session.add(conversation)
        await session.flush()
        name = ""
        if identity is not None:
            ledger = await load_ledger(session, conversation, now)
            for key, value in identity.facts():
                ledger.note(key, value, {"kind": "identity"}, confirmed=True)
            name = identity.first_name
        response = "utter_greeting_session_named" if name else "utter_greeting_session"
        greeting = self._responses.render(response, conversation.language, name=name)
        await say(session, conversation, now, sender="bot", text=greeting.text, buttons=greeting.buttons)
        return conversation


async def check_flood(session: AsyncSession, link: ChannelLink, now: dt.datetime) -> None:
    """Raises TooManyRequests, with the seconds until the next is accepted, after FLOOD_MESSAGES in FLOOD_SECONDS."""
    mine = (Message.conversation_id == link.conversation_id) & (Message.link_id == link.id)
    newest = select(Message.created_at).where(mine, Message.sender == "customer").order_by(Message.id.desc())
    tenth = await session.scalar(newest.offset(FLOOD_MESSAGES - 1).limit(1))
    wait = FLOOD_SECONDS - (now - tenth).total_seconds() if tenth is not None else 0.0
    if wait > 0:
        raise TooManyRequests(retry_after=max(1, round(wait + 0.5)))


async def press(session: AsyncSession, conversation: Conversation, message: Message, button: str) -> None:
    """Make `message` the press of that button. Raises ButtonExpired, having changed nothing."""
    pressed = await session.get(Button, button)
    if pressed is None or pressed.conversation_id != conversation.id or pressed.expired:
        live = await session.scalars(
            select(Button)
            .where(Button.conversation_id == conversation.id, ~Button.expired)
            .order_by(Button.message_id, Button.position)
        )
        raise ButtonExpired(details={"buttons": [{"id": b.id, "title": b.title} for b in live]})
    message.text = pressed.title
    message.press = {"button": pressed.id, "payload": pressed.payload}
    # A second click, on this button or on the one beside it, is about a question that has its answer.
    await session.execute(update(Button).where(Button.message_id == pressed.message_id).values(expired=True))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def keep_account(conversation: Conversation, text: str) -> None:
    """Keep the account number of a text before it is masked: a refund to an account needs it, and nothing else has it."""
    conversation.refund_account = account_in(text) or conversation.refund_account


def clean_text(text: str) -> str:
    """The text as it is stored. Raises InvalidText or TextTooLong; card numbers and the like are masked."""
    if not isinstance(text, str):
        raise InvalidText(details={"reason": "not_text"})
    if any(unicodedata.category(c) == "Cs" or (unicodedata.category(c) == "Cc" and c not in "\n\t\r") for c in text):
        raise InvalidText(details={"reason": "control_characters"})
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidText(details={"reason": "empty"})
    if len(text) > LONGEST_TEXT:
        raise TextTooLong(limit=LONGEST_TEXT, details={"limit": LONGEST_TEXT, "length": len(text)})
    return without_secrets(text)
