"""An open turn: the unit of work between a customer's message and the one transaction that answers it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Reason
from bot.domain.dialogue import DialogueState
from bot.services.ledger import Ledger
from bot.storage.tables import Conversation, Message, Promise


@dataclass
class Outcome:
    """What a turn came to, beside its messages. `kind`: handoff, resolved, not_understood or answered."""

    kind: str = "answered"
    reason: Reason | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind} | ({"reason": self.reason.value} if self.reason else {})


@dataclass
class Saying:
    """A message the bot is about to say: `buttons` are (title, payload)."""

    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class OpenTurn:
    """What actions may see and do during one turn. Nothing of it exists for anyone else until it is committed."""

    key: str
    conversation: Conversation
    messages: list[Message]
    """The customer's messages this turn answers; empty when the bot speaks up by itself after a human returned."""
    session: AsyncSession
    """Reads see the database, writes are gathered (`add`) and flushed when the turn commits."""
    ledger: Ledger
    dialogue: DialogueState
    now: dt.datetime
    language: str
    outcome: Outcome = field(default_factory=Outcome)
    lookups: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a running action, so that a turn that timed out is never torn down under one."""
    waiting: list[Any] = field(default_factory=list)
    """Requests of a message with several (bot.services.several.Waiting), until the last one has been taken in."""
    human: Reason | None = None
    """Why one of several requests calls a human, once the others have been answered."""
    answered: bool = False
    """True once the message has answered the open question."""
    taken: bool = False
    """True once the message has been dealt with as a whole: its further parts say nothing new."""
    absorbed: bool = False
    """True once a dialogue has taken this turn's entities into the ledger, the right one of several included."""
    at_commit: list[Callable[[AsyncSession], Awaitable[None]]] = field(default_factory=list)
    """What is written last, in the transaction that commits: there rows get their ids."""
    closed: bool = False
    brain_seconds: float = 0.0
    """How long the brain's call took, actions included."""
    action_seconds: float = 0.0

    def source(self) -> dict[str, Any]:
        """Where a fact told in this turn comes from."""
        if not self.messages:
            return {"kind": "lookup", "what": "resumed"}
        return {"kind": "message", "message_id": self.messages[-1].id}

    def promise(self, kind: str, due_at: dt.datetime, **details: Any) -> None:
        self.session.add(
            Promise(
                conversation_id=self.conversation.id, kind=kind, details=details, due_at=due_at, created_at=self.now
            )
        )

    def looked_up(self, what: str, result: str) -> None:
        self.lookups.append({"what": what, "result": result})


class OpenTurns:
    """The turns under way in this process, by the key that action calls carry."""

    def __init__(self) -> None:
        self._turns: dict[str, OpenTurn] = {}

    def add(self, turn: OpenTurn) -> None:
        self._turns[turn.key] = turn

    def remove(self, turn: OpenTurn) -> None:
        self._turns.pop(turn.key, None)

    def get(self, key: str) -> OpenTurn | None:
        turn = self._turns.get(key)
        return None if turn is None or turn.closed else turn

    def __len__(self) -> int:
        return len(self._turns)
