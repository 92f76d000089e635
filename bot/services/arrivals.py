"""What customers do on outside channels, in one form whatever the channel; and what the gateway needs of a channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from bot.services.ports import ChannelSender


class Kind(StrEnum):
    TEXT = "text"
    PRESS = "press"
    """`value` is the button's id."""
    FILES = "files"
    """`text` is the caption."""
    EDIT = "edit"
    """`text` is what the message says now."""
    START = "start"
    """The customer opened the chat; `value` is the token of the link they came by, if there was one."""
    COMMAND = "command"
    """`value` is one of COMMANDS; `text` is how it was written."""
    CONTACT = "contact"
    """Their own phone number, in `value`."""
    REMARK = "remark"
    """Something a machine cannot read: `value` is one of REMARKS, `text` what else is known of it."""
    GONE = "gone"
    """The customer blocked us."""
    BACK = "back"
    """The customer takes our messages again."""
    HUMAN = "human"
    """A colleague answered in the channel's own inbox, past the desk."""
    CONFIRMED = "confirmed"
    """The channel says that it has our message: `value` is its key, with the part's number."""
    REFUSED = "refused"
    """Not a customer of ours, such as a group: nothing is kept, the channel itself deals with it."""


COMMANDS = ("human", "stop", "language", "help")
REMARKS = ("sticker", "voice", "video", "location", "contact", "other")


@dataclass(frozen=True)
class ArrivingFile:
    """`id` is what the channel fetches it by."""

    id: str
    name: str
    size: int = 0


@dataclass(frozen=True)
class Arrival:
    """One thing a customer did. `address` and `external_id` are the channel's own: whose chat, and which event."""

    kind: Kind
    address: str
    external_id: str
    place: int
    """Its place among the events of that address."""
    at: dt.datetime | None
    """When it happened, where the channel says so."""
    message_id: str = ""
    """The channel's id of the message, by which an edit names it later."""
    text: str = ""
    value: str = ""
    files: tuple[ArrivingFile, ...] = ()
    language: str | None = None
    name: str | None = None
    """What the customer calls themselves there."""


def words(text: str) -> tuple[Kind, dict[str, str]]:
    """Kind, value and text of something written: one of our commands (`/start token`, `/human@shop_bot`) or a text."""
    command, _, rest = text.partition(" ")
    name = command.removeprefix("/").partition("@")[0].lower()
    if command.startswith("/") and name == "start":
        return Kind.START, {"value": rest.strip(), "text": "/start"}
    if command.startswith("/") and name in COMMANDS:
        return Kind.COMMAND, {"value": name, "text": f"/{name} {rest}".strip()}
    return Kind.TEXT, {"text": text}


@dataclass(frozen=True)
class Result:
    """What became of an arrival, for the channel to show: `button` is the pressed one's title."""

    conversation_id: str | None = None
    language: str = "pl"
    wake: bool = False
    """True when something waits to be dealt with."""
    awaited: bool = False
    """True when it is the assistant who will answer: the channel shows that it is typing."""
    button: str | None = None
    expired: bool = False


class FileRefused(Exception):
    """The file cannot be had: `reason` is `size`, `type` or `failed`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Accept = Callable[[str, list[dict[str, Any]]], Awaitable[int]]


class Channel(ChannelSender, Protocol):
    """An outside channel: Telegram, Messenger. Its events are kept as it sent them and translated when processed."""

    name: str
    toasts: bool
    """True where an expired button is said in passing (`settled`), not by a message."""

    async def start(self, accept: Accept) -> None:
        """Begin to receive: `await accept(name, events)` returns when they are stored. Never waits for the network."""
        ...

    async def stop(self) -> None:
        """Receive nothing any more; sending still works."""
        ...

    async def close(self) -> None: ...

    def challenge(self, query: Mapping[str, str]) -> str:
        """What to answer when the channel checks the webhook's address. Raises Forbidden or NotFound."""
        ...

    def events(self, headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
        """The events of a call of the webhook, once it is proven to be the channel's. Raises Forbidden, BadRequest."""
        ...

    def translate(self, event: dict[str, Any]) -> Arrival | None:
        """What an event means; None when it means nothing to us. Pure."""
        ...

    async def fetch(self, file: ArrivingFile, most: int) -> bytes:
        """A customer's file. Raises FileRefused, or RetryLater."""
        ...

    async def typing(self, address: str) -> None:
        """Show that an answer is being written. Failures are the channel's own affair."""
        ...

    async def settled(self, arrival: Arrival, result: Result) -> None:
        """An arrival is processed: whatever the channel wants done after it, such as marking a pressed button."""
        ...

    def link(self, token: str) -> str | None:
        """The address that opens the chat and brings `token` along, once the channel knows its own name."""
        ...
