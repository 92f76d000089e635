"""The facts ledger: what this customer told or was looked up, newest first, and the one place that adds to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Conversation, Fact


class Ledger:
    """The facts of one conversation, and for reading those of the same customer's other conversations."""

    def __init__(self, session: AsyncSession, conversation_id: str, facts: list[Fact], now: dt.datetime) -> None:
        self._session = session
        self._conversation_id = conversation_id
        self._facts = facts
        self._now = now

    def get(self, key: str) -> str | None:
        """What is known under `key`: this conversation's newest word on it, else the customer's from another one."""
        fact = self.fact(key)
        return fact.value if fact else None

    def fact(self, key: str) -> Fact | None:
        known = [fact for fact in self._facts if fact.key == key and not fact.superseded]
        own = [fact for fact in known if fact.conversation_id == self._conversation_id]
        newest = own or known
        return newest[-1] if newest else None

    def all(self) -> list[Fact]:
        return [fact for fact in self._facts if not fact.superseded]

    def values(self, key: str) -> list[str]:
        """Every value ever noted under `key` in this conversation, oldest first."""
        return [f.value for f in self._facts if f.key == key and f.conversation_id == self._conversation_id]

    def note(self, key: str, value: str, source: dict[str, Any], *, confirmed: bool = False) -> Fact:
        """Add a fact. It replaces the one before it under the same key; saying the same again changes nothing."""
        before = self.fact(key)
        if before is not None and before.conversation_id == self._conversation_id:
            if before.value == value:
                before.confirmed = before.confirmed or confirmed
                return before
            before.superseded = True
        fact = Fact(
            conversation_id=self._conversation_id,
            key=key,
            value=value,
            source=source,
            confirmed=confirmed,
            superseded=False,
            created_at=self._now,
        )
        self._session.add(fact)
        self._facts.append(fact)
        return fact

    def turn_page(self, key: str, value: str) -> None:
        """The customer is on a page about `value`. Noted once for each page: what is said on it afterwards counts more."""
        pages = [f for f in self._facts if f.key == key and f.source.get("kind") == "page"]
        if not pages or pages[-1].value != value or pages[-1].conversation_id != self._conversation_id:
            self.forget(key)
            self.note(key, value, {"kind": "page"})

    def confirm(self, *keys: str) -> None:
        for key in keys:
            fact = self.fact(key)
            if fact is not None:
                fact.confirmed = True

    def forget(self, key: str) -> None:
        """Take back what is known under `key`: it turned out wrong. The row stays, superseded, for the record."""
        for fact in self._facts:
            if fact.key == key and fact.conversation_id == self._conversation_id:
                fact.superseded = True


async def load_ledger(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> Ledger:
    """The ledger of a conversation; with a known customer it also reads what they told in their other ones."""
    mine = Fact.conversation_id == conversation.id
    if conversation.customer_id is not None:
        same = select(Conversation.id).where(Conversation.customer_id == conversation.customer_id)
        mine = or_(mine, Fact.conversation_id.in_(same) & Fact.key.in_(LASTING))
    facts = await session.scalars(select(Fact).where(mine).order_by(Fact.id))
    return Ledger(session, conversation.id, list(facts), now)


LASTING = ("email", "phone", "postcode", "nip", "preferred_hours", "size", "shoe_size", "gender", "needs", "budget")
"""Keys that stay true from one conversation to the next; an order number is only about the present one."""
