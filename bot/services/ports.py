"""What the use cases need of the outside world, each with a fake in `tests/fakes.py` under one contract suite."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class BrainRequest:
    """One turn for the brain. `key` names this attempt: actions called for it carry it back."""

    key: str
    text: str
    language: str
    events: list[dict[str, Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    parse: dict[str, Any] | None = None
    """For a button: what it means. The text is then not parsed."""


@dataclass(frozen=True)
class BrainReply:
    parse: dict[str, Any]
    """{"intent": {"name", "confidence"}, "intent_ranking", "entities", "language"}."""
    messages: list[dict[str, Any]]
    """[{"text", "buttons": [{"title", "payload"}], "cards": []}]."""
    events: list[dict[str, Any]]


class Brain(Protocol):
    """Understands and decides; keeps nothing. Every method raises BrainUnavailable when it cannot."""

    async def turn(self, request: BrainRequest) -> BrainReply: ...

    async def parse(self, text: str, language: str) -> dict[str, Any]: ...

    async def ready(self) -> bool:
        """True when a turn would be answered now. Never raises."""
        ...

    @property
    def starting(self) -> bool:
        """True during the first start of a process: messages then wait longer than for a brain that crashed."""
        ...


class GiveUp(Exception):
    """The channel will never take this message: the link is dead or the text is refused."""


class LinkDead(GiveUp):
    """Nothing reaches this customer on this channel until they write again. `problem` is `blocked` or `unreachable`."""

    def __init__(self, reason: str, problem: str = "blocked") -> None:
        super().__init__(reason)
        self.problem = problem


class RetryLater(Exception):
    """The channel may take it later. `after` is in seconds, as the channel asked; None leaves the pace to the outbox."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


@dataclass(frozen=True)
class OutgoingFile:
    name: str
    type: str
    path: Path


@dataclass(frozen=True)
class Outgoing:
    """A message on its way out. `key` is the same on every try: channels that can, dedupe on it."""

    key: str
    conversation_id: str
    address: str
    text: str
    language: str
    author: str | None
    buttons: list[dict[str, str]]
    cards: list[dict[str, Any]]
    files: list[OutgoingFile] = field(default_factory=list)
    sender: str = "bot"
    """bot, system or agent: a channel may let a human write when the bot may not."""
    one_time_link: str | None = None
    """The link that goes with it (bot.services.one_time_links), by its number."""
    part: int = 0
    """How many parts of it the channel has taken already."""
    last_customer_at: dt.datetime | None = None
    """When the customer last wrote on this link."""
    quiet: float | None = None
    """For how many seconds nothing was sent on this link, by whichever gateway; None when nothing ever was."""


@dataclass(frozen=True)
class Sent:
    """The channel took one part. `receipts` are its own ids of it; with `more`, the next part is still to be sent."""

    receipts: list[str] = field(default_factory=list)
    more: bool = False


class ChannelSender(Protocol):
    async def send(self, message: Outgoing) -> Sent | None:
        """Hand it to the channel, or its next part; None when that was all. Raises GiveUp, LinkDead or RetryLater."""
        ...


class Listening(Protocol):
    async def wait(self, seconds: float) -> bool:
        """True when the bell rang since the last wait, False after that many seconds."""
        ...


class Bell(Protocol):
    """Wakes whoever waits for news of a topic. It carries no data: the listener reads the database."""

    def ring(self, *topics: str) -> None: ...

    def listen(self, topic: str) -> AbstractAsyncContextManager[Listening]: ...
