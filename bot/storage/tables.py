"""Tables of the conversation: who talks to whom, what was said, known, promised and delivered; staff; training."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base, Code, JsonDict, JsonList, Text, Timestamp


class Conversation(Base):
    """One customer's thread. `version` grows with every change of owner; what is said is committed only against it."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "state", "updated_at"),
        Index(None, "updated_at"),
        Index(None, "customer_id"),
        Index(None, "assignee_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[Code] = mapped_column(default="bot")
    version: Mapped[int] = mapped_column(default=1)
    language: Mapped[Code] = mapped_column(default="pl")
    customer_id: Mapped[Code | None]
    verified: Mapped[JsonDict] = mapped_column(default=dict)
    """How the customer proved who they are: {"how": "signed_identity", "at": iso}; empty when they have not."""
    dialogue: Mapped[JsonDict] = mapped_column(default=dict)
    """The stack of flows and the open question (bot.domain.dialogue.DialogueState)."""
    resuming: Mapped[bool] = mapped_column(default=False, index=True)
    """A human gave it back to go on with a suspended flow, and the bot has not done so yet."""
    failures: Mapped[int] = mapped_column(default=0)
    """Turns not understood in a row."""
    refund_account: Mapped[Text | None]
    """The account number the customer wrote last, which their messages keep masked; empty once a refund has it."""
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reserved_for_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """The agent a transfer or a resolved conversation points to: alerted first."""
    handoff: Mapped[JsonDict] = mapped_column(default=dict)
    """Why a human was called: {"reason", "message_id", "text", "at"}."""
    outcome: Mapped[JsonDict] = mapped_column(default=dict)
    """How the human ended it: {"outcome", "note", "by", "at"}."""
    waiting_since: Mapped[Timestamp | None]
    snoozed_until: Mapped[Timestamp | None]
    noticed_at: Mapped[Timestamp | None]
    """When a waiting customer was last told place and time."""
    escalated_at: Mapped[Timestamp | None]
    last_customer_at: Mapped[Timestamp | None]
    last_agent_at: Mapped[Timestamp | None]
    created_at: Mapped[Timestamp]
    updated_at: Mapped[Timestamp]


class ChannelLink(Base):
    """A way to reach the customer of a conversation. `address` is the chat id, the e-mail, or a web token's hash."""

    __tablename__ = "channel_links"
    __table_args__ = (UniqueConstraint("conversation_id", "channel", "address"), Index(None, "channel", "address"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    channel: Mapped[Code]
    address: Mapped[Text]
    active: Mapped[bool] = mapped_column(default=True)
    problem: Mapped[Code | None]
    """Why nothing reaches the customer here any more: `blocked` or `unreachable`; such a link is not active."""
    last_seen_at: Mapped[Timestamp | None]
    """When the customer's page last asked for news; on other channels, when the customer last wrote."""
    created_at: Mapped[Timestamp]


class ChannelEvent(Base):
    """What an outside channel sent, each event once, until it is processed: then only its id is kept, for a while."""

    __tablename__ = "channel_events"
    __table_args__ = (UniqueConstraint("channel", "external_id"), Index(None, "processed_at", "channel", "address"))

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Code]
    external_id: Mapped[str] = mapped_column(String(200))
    address: Mapped[Text]
    """Who it is about; empty once processed."""
    place: Mapped[int] = mapped_column(BigInteger)
    """Its place among the events of that address, by the channel's own count or clock."""
    payload: Mapped[JsonDict] = mapped_column(default=dict)
    error: Mapped[Text | None]
    received_at: Mapped[Timestamp]
    processed_at: Mapped[Timestamp | None]


class Message(Base):
    """Everything said, by anyone. A customer's row is the inbox too: `processed_at` is null until a turn took it."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("link_id", "external_id"),
        Index(None, "conversation_id", "id"),
        Index("ix_messages_inbox", "processed_at", "sender"),
        {"sqlite_autoincrement": True},  # ids are cursors: never used twice, even after an erasure
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("channel_links.id", ondelete="SET NULL"))
    external_id: Mapped[str | None] = mapped_column(String(200))
    """The channel's own id of the message (the page's `client_id`); unique on its link."""
    sender: Mapped[Code]
    """customer, bot, agent or system."""
    kind: Mapped[Code] = mapped_column(default="message")
    """`note` is seen by staff only."""
    author: Mapped[str | None] = mapped_column(String(100))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[Text]
    cards: Mapped[JsonList] = mapped_column(default=list)
    press: Mapped[JsonDict] = mapped_column(default=dict)
    """For a pressed button: {"button": id, "payload": "/intent{…}"}."""
    parse: Mapped[JsonDict] = mapped_column(default=dict)
    """What the NLU made of it: {"intent", "confidence", "ranking", "entities"}."""
    edits: Mapped[JsonList] = mapped_column(default=list)
    """What it said before the customer edited it: [{"text", "at"}], oldest first."""
    created_at: Mapped[Timestamp]
    processed_at: Mapped[Timestamp | None]


class Button(Base):
    """A button shown with a message. Its id travels; its payload stays here."""

    __tablename__ = "buttons"
    __table_args__ = (Index(None, "conversation_id", "expired"), Index(None, "message_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[Text]
    payload: Mapped[Text]
    expired: Mapped[bool] = mapped_column(default=False)


class Attachment(Base):
    __tablename__ = "attachments"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "message_id"), Index(None, "case_number"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    case_number: Mapped[Code | None]
    """The complaint it belongs to."""
    name: Mapped[Text]
    type: Mapped[Code]
    size: Mapped[int]
    created_at: Mapped[Timestamp]


class Delivery(Base):
    """The outbox: one message to one link. Web chat needs none, its customers read the transcript."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "status", "next_attempt_at"), Index(None, "link_id", "id"), Index(None, "message_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(ForeignKey("channel_links.id", ondelete="CASCADE"))
    status: Mapped[Code] = mapped_column(default="pending")
    """pending, sent or dead."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[Timestamp]
    part: Mapped[int] = mapped_column(default=0)
    """Where a channel takes a message in several parts: how many of them it has taken."""
    receipts: Mapped[JsonList] = mapped_column(default=list)
    """The channel's own ids of those parts."""
    error: Mapped[Text | None]
    sent_at: Mapped[Timestamp | None]


class Fact(Base):
    """Something told or looked up. The newest row of a key that is not `superseded` is what is known."""

    __tablename__ = "facts"
    __table_args__ = (Index(None, "conversation_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    key: Mapped[Code]
    value: Mapped[Text]
    source: Mapped[JsonDict]
    """{"kind": "message", "message_id"} | {"kind": "lookup", "what"} | {"kind": "identity"} | {"kind": "page"} |
    {"kind": "agent", "by"}."""
    confirmed: Mapped[bool] = mapped_column(default=False)
    superseded: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Timestamp]


class Promise(Base):
    """What the customer was told to expect, and by when."""

    __tablename__ = "promises"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "kept_at", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    kind: Mapped[Code]
    details: Mapped[JsonDict] = mapped_column(default=dict)
    due_at: Mapped[Timestamp]
    created_at: Mapped[Timestamp]
    kept_at: Mapped[Timestamp | None]


class TurnRecord(Base):
    """One turn of the bot: what it understood, looked up and did, and Rasa's events to carry into the next one."""

    __tablename__ = "turns"
    __table_args__ = (Index(None, "conversation_id", "id"), Index(None, "started_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    message_ids: Mapped[JsonList]
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float | None]
    ranking: Mapped[JsonList] = mapped_column(default=list)
    outcome: Mapped[JsonDict] = mapped_column(default=dict)
    lookups: Mapped[JsonList] = mapped_column(default=list)
    """[{"what", "result"}] for the agent: what was tried."""
    questions: Mapped[JsonList] = mapped_column(default=list)
    """[{"key", "redundant"}] asked in this turn: the repeat rate is counted from them."""
    events: Mapped[JsonList] = mapped_column(default=list)
    error: Mapped[Text | None]
    started_at: Mapped[Timestamp]
    milliseconds: Mapped[int] = mapped_column(default=0)


class EventRecord(Base):
    """What happened, in order: consoles follow it with a cursor, and it is the audit trail."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "conversation_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    kind: Mapped[Code]
    """message, state, read, login, studio…"""
    actor: Mapped[Code]
    """customer, bot, system or `user:<id>`."""
    details: Mapped[JsonDict] = mapped_column(default=dict)
    at: Mapped[Timestamp]


class VerificationAttempt(Base):
    """A try to open an order. Addresses are kept as keyed hashes: enough to count, useless to read."""

    __tablename__ = "verification_attempts"
    __table_args__ = (
        Index(None, "conversation_id"),
        Index(None, "order_number", "at"),
        Index(None, "address_hash", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    order_number: Mapped[Code]
    address_hash: Mapped[str] = mapped_column(String(64))
    success: Mapped[bool]
    at: Mapped[Timestamp]


class Feedback(Base):
    __tablename__ = "feedback"
    __table_args__ = (Index(None, "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    text: Mapped[Text]
    stars: Mapped[int | None]
    """1 to 5, where the opinion holds a number."""
    created_at: Mapped[Timestamp]


class Unrecognised(Base):
    """A sentence the bot did not understand, waiting for an admin to teach it."""

    __tablename__ = "unrecognised"
    __table_args__ = (Index(None, "resolved_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    text: Mapped[Text]
    language: Mapped[Code]
    ranking: Mapped[JsonList] = mapped_column(default=list)
    created_at: Mapped[Timestamp]
    resolved_at: Mapped[Timestamp | None]
    resolution: Mapped[JsonDict] = mapped_column(default=dict)


class User(Base):
    """Staff: role is agent, manager or admin."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[Code]
    password_hash: Mapped[Text]
    """Empty until somebody who was invited has chosen a password: nothing opens it."""
    language: Mapped[Code] = mapped_column(default="pl")
    active: Mapped[bool] = mapped_column(default=True)
    last_seen_at: Mapped[Timestamp | None]
    created_at: Mapped[Timestamp]


class UserSession(Base):
    """A log-in. The cookie's secret is kept as a hash."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(16), unique=True)
    """What its owner calls it by, to end it from elsewhere; it opens nothing."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    csrf: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    """The browser, in its own words."""
    created_at: Mapped[Timestamp]
    last_seen_at: Mapped[Timestamp]
    expires_at: Mapped[Timestamp]


class Attempt(Base):
    """A try to log in, under a hash of whose it is and one of where it came from; kept for a quarter of an hour."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "key", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[Timestamp]


class SetupLink(Base):
    """A one-time link to `/setup`: to become the first admin or, with a user, to choose that user's password."""

    __tablename__ = "setup_links"
    __table_args__ = (Index(None, "user_id"),)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[Timestamp]
    expires_at: Mapped[Timestamp]


class OneTimeLink(Base):
    """A link a customer may use once: to go on in another channel, or to show that an account is theirs."""

    __tablename__ = "one_time_links"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "customer_id"))

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    purpose: Mapped[Code]
    """continue or identify."""
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    customer_id: Mapped[Code | None]
    """The account it shows to be the customer's own."""
    number: Mapped[Code | None]
    """What the chat shows and the page of the link asks for: only who sees both is let through."""
    wrong: Mapped[int] = mapped_column(default=0)
    """Wrong numbers given."""
    created_at: Mapped[Timestamp]
    expires_at: Mapped[Timestamp]
    used_at: Mapped[Timestamp | None]


class ProjectText(Base):
    """A text that a file of the Rasa project had once, compressed. Versions name it by its digest."""

    __tablename__ = "project_texts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ProjectVersion(Base):
    """A state of the Rasa project's files: what a save in the studio, or somebody outside it, made of them."""

    __tablename__ = "project_versions"
    __table_args__ = (Index(None, "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    """first, outside, intent_saved, intent_deleted, response_saved, example_added or undone."""
    subject: Mapped[str | None] = mapped_column(String(100))
    """The intent or response it is about."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    files: Mapped[JsonDict] = mapped_column(default=dict)
    """Every file's digest by its path."""
    changes: Mapped[JsonList] = mapped_column(default=list)
    """[{"path", "before", "after", "added", "removed"}]: digests, null for no file; numbers of lines."""
    undoes_id: Mapped[int | None]
    written: Mapped[bool] = mapped_column(default=True)
    """False from before the files are replaced until they are: a crash between is made good from here."""
    created_at: Mapped[Timestamp]


class Training(Base):
    __tablename__ = "trainings"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Code] = mapped_column(default="queued")
    """queued, running, done or failed."""
    progress: Mapped[float] = mapped_column(default=0.0)
    report: Mapped[JsonDict] = mapped_column(default=dict)
    model_id: Mapped[str | None] = mapped_column(String(100))
    started_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Timestamp]
    finished_at: Mapped[Timestamp | None]


class Model(Base):
    """A trained model on disk; its id is the file's name without the ending. At most one is active."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    active: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Timestamp]
    activated_at: Mapped[Timestamp | None]
    report: Mapped[JsonDict] = mapped_column(default=dict)
