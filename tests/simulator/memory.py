"""What the customer has told and what the assistant has looked up: the simulator's own account, kept beside the engine's.

A question for any of it is redundant, whatever the engine thinks of that question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.storage import shop as tables

SAME = {"invoice_nip": "nip", "callback_phone": "phone"}
"""Questions in free text for what is a fact."""
CONTACTS = ("email", "phone", "postcode")
LASTING = ("email", "phone", "postcode", "nip", "preferred_hours")
"""What an identified customer's later conversations know too."""


@dataclass
class Memory:
    """`told`: key -> the newest value told, by words or button. `wrong`: values told by mistake, not corrected yet."""

    customer: tables.Customer | None = None
    told: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    proven: list[tables.Order] = field(default_factory=list)

    def tell(self, **facts: str) -> None:
        """The customer says so; what corrects a mistake ends it."""
        for key, value in facts.items():
            self.wrong.discard(self.told.get(key, ""))
            self.told[key] = value

    def mistake(self, **facts: str) -> None:
        self.tell(**facts)
        self.wrong |= set(facts.values())

    def answer(self, key: str) -> None:
        self.told.setdefault(key, "answered")

    def forget(self, *keys: str) -> None:
        """The customer takes an answer back: it may be asked for again."""
        for key in keys:
            self.told.pop(key, None)

    def next_conversation(self) -> None:
        self.told = {key: value for key, value in self.told.items() if key in LASTING}
        self.proven = []

    def known(self, key: str) -> bool:
        """True if nobody needs to ask: told and not wrong, vouched for by the shop, or on a proven order."""
        if key in self.told:
            return self.told[key] not in self.wrong
        rows: list[Any] = [*self.proven, *([self.customer] if self.customer else [])]
        return key in (*CONTACTS, "nip") and any(getattr(row, key, None) for row in rows)

    def prove(self, order: tables.Order | None) -> None:
        """After each message: has the customer by now said what opens that order?"""
        if order is None or order in self.proven or self.wrong:
            return
        contacts = {str(value) for row in (order, order.customer) for value in (row.email, row.phone, row.postcode)}
        given = {_digits(self.told.get("phone", "")), self.told.get("email", ""), self.told.get("postcode", "")}
        opened = self.told.get("order_number") == order.number and contacts & {value for value in given if value}
        if opened or (self.customer is not None and order.customer_id == self.customer.id):
            self.proven.append(order)

    def redundant(self, question: dict[str, Any]) -> str | None:
        """Why this question need not have been asked; None if it is a fair one."""
        key = str(question["key"])
        entity = key.partition(":")[0]
        if question["kind"] != "fact":
            if entity == "order_choice" and self._good("order_number"):
                return "the order was named already"
            if entity in SAME and self._good(SAME[entity]):  # which phone to call is the customer's choice
                return f"{SAME[entity]} known already"
            return f"{key} was told already" if entity in self.told or key in self.told else None
        wanted = _wanted(entity, question["facts"])
        if self.wrong:
            return None  # what was told does not fit, and nobody but the customer knows why
        known = [name for name in wanted if self.known(name)]
        return f"{', '.join(known)} known already" if known else None

    def _good(self, key: str) -> bool:
        return key in self.told and self.told[key] not in self.wrong


def _wanted(entity: str, facts: Iterable[str]) -> list[str]:
    """What a question for facts is after: proof is any contact."""
    return list(CONTACTS) if entity == "email" and "phone" in facts else [entity]


def _digits(phone: str) -> str:
    digits = "".join(c for c in phone if c.isdigit())
    return f"+48{digits}" if len(digits) == 9 else f"+{digits}" if digits else ""
