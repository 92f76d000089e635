"""What must hold in every conversation, whoever talks about whatever."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.storage import shop as tables
from tests.simulator.memory import Memory
from tests.simulator.texts import UNFILLED, plain, recognised
from tests.simulator.world import Turn, World

GUARDED = re.compile(
    r"^utter_(status_|parcel|refund_status_|refund_overdue|complaint_(open|overdue|accepted|rejected|closed)$|"
    r"payment_(paid|overpaid|pending|failed|on_delivery|unpaid|refunded)|invoice_(link|sent|waiting)|"
    r"confirm_|return_refused_|already_cancelled)"
)
"""Texts that tell about an order: nobody may hear one before its proof."""
TELLING = ("return_lines", "complaint_line", "exchange_line", "exchange_variant", "return_confirm")
"""Questions whose options are what somebody has bought."""
_WORD = re.compile(r"[\w@.+-]*[\w@]", re.UNICODE)


class Secrets:
    """Whose each e-mail, phone, name, parcel and case number of the shop is."""

    def __init__(self, world: World) -> None:
        self._owners: dict[str, set[str]] = {}
        self._public = {value.lower() for value in world.profile.values()}
        for order in world.orders.values():
            whose = f"order {order.number}"
            for row in (order, order.customer):
                for value in (row.email, row.phone, row.street, getattr(row, "recipient", None)):
                    self._note(value, whose)
            self._note(order.customer.name, whose)
            for parcel in order.shipments:
                self._note(parcel.tracking_number, whose)
            cases: list[Any] = [*order.returns, *order.complaints, *order.invoices, *order.exchanges]
            for case in cases:
                self._note(case.number, whose)
                self._note(getattr(case, "label_code", None), whose)
            self._note(order.number, whose)

    def _note(self, value: str | None, whose: str) -> None:
        if value and len(value) > 4:
            self._owners.setdefault(value.lower(), set()).add(whose)

    @cached_property
    def _longest(self) -> int:
        return max(value.count(" ") for value in self._owners) + 1

    def leaked(self, text: str, orders: set[str], told: str) -> list[str]:
        """What in a text is about none of those orders and was not said by the customer themselves."""
        words = _WORD.findall(plain(text).lower())
        allowed = {f"order {number}" for number in orders}
        found = []
        for size in range(1, self._longest + 1):
            for at in range(len(words) - size + 1):
                value = " ".join(words[at : at + size])
                owners = self._owners.get(value)
                if owners and not owners & allowed and value not in told and not self._is_public(value):
                    found.append(value)
        return found

    def _is_public(self, value: str) -> bool:
        return any(value in public for public in self._public)


@dataclass
class Watch:
    """Looks at every turn of one conversation; `problems` is what it found."""

    secrets: Secrets
    articles: dict[str, str]
    """Beginnings of articles by the language they are in."""
    memory: Memory
    language: str
    others: set[str]
    """Numbers of further orders the customer may see: their own, when they are identified."""
    stubborn: bool = False
    problems: list[str] = field(default_factory=list)
    questions: int = 0
    redundant: int = 0
    said_by_customer: str = ""
    _before: str = ""
    _asked: str = ""
    _times: int = 0

    def customer_says(self, text: str) -> None:
        self.said_by_customer += "\n" + plain(text).lower()

    def sees(self, turn: Turn, *, interrupted: bool = False) -> None:
        """`interrupted`: the customer did not try to answer what was asked, so that it may come again."""
        names = self._texts(turn)
        self._language(turn, names)
        self._proof(turn, {name for group in names for name, _ in group})
        self._dead_end(turn)
        self._loops(turn, interrupted)
        self._redundancy(turn, {name for group in names for name, _ in group}, interrupted)

    def greeting(self, turn: Turn) -> None:
        self._language(turn, self._texts(turn))

    def after_human(self, turn: Turn) -> None:
        if turn.bots:
            self.problems.append(f"the assistant talks while a human has the conversation: {turn.text[:80]!r}")

    def _texts(self, turn: Turn) -> list[set[tuple[str, str]]]:
        return [recognised(message.text) for message in turn.messages]

    def _language(self, turn: Turn, names: list[set[tuple[str, str]]]) -> None:
        for message, found in zip(turn.messages, names, strict=True):
            whole = "\n".join([message.text, *(button.title for button in turn.buttons)])
            if UNFILLED.search(whole):
                self.problems.append(f"unfilled text: {UNFILLED.search(whole)!r} in {message.text[:80]!r}")
            spoken = {language for _, language in found}
            if not spoken and (known := self.articles.get(plain(message.text)[:60])):
                spoken = {known}
            if spoken and self.language not in spoken:
                self.problems.append(f"wrong language: {message.text[:80]!r} to somebody who writes {self.language}")

    def _proof(self, turn: Turn, names: set[str]) -> None:
        mine = {order.number for order in self.memory.proven} | self.others
        said = "\n".join([m.text for m in turn.messages] + [str(m.cards) for m in turn.messages])
        said += "\n" + "\n".join(button.title for button in turn.buttons)
        if leaked := self.secrets.leaked(said, mine, self.said_by_customer):
            self.problems.append(f"tells what is not theirs to know: {leaked}")
        told = [name for name in names if GUARDED.match(name)]
        asks = (turn.question or {}).get("key", "").partition(":")[0]
        if not mine and (told or asks in TELLING):
            self.problems.append(f"tells about an order before its proof: {told or asks}")

    def _dead_end(self, turn: Turn) -> None:
        if turn.state != "bot" and turn.state != "resolved":
            return
        if not any(message.text.strip() for message in turn.messages):
            self.problems.append("dead end: nothing was said")

    def _loops(self, turn: Turn, interrupted: bool) -> None:
        if self.stubborn:
            return
        said = turn.text
        if said and said == self._before and not interrupted:
            self.problems.append(f"says the same twice in a row: {said[:80]!r}")
        self._before = said
        key = (turn.question or {}).get("key", "")
        self._times = self._times + (not interrupted) if key and key == self._asked else 1
        self._asked = key
        if self._times >= 3:
            self.problems.append(f"asks {key} three times")

    def _redundancy(self, turn: Turn, names: set[str], interrupted: bool) -> None:
        for question in turn.asked:
            self.questions += 1
            if question["redundant"]:
                self.redundant += 1
                self.problems.append(f"redundant by the engine's own count: {question['key']}")
        if turn.question is None or turn.state != "bot" or interrupted:
            return
        if "utter_not_an_answer" in names:
            return self.memory.forget(turn.question["key"])  # heard, but not understood: another fault
        why = self.memory.redundant(turn.question)
        if why is not None:
            self.redundant += 1
            self.problems.append(f"redundant question {turn.question['key']}: {why}")

    def asks_for_email_again(self, turn: Turn) -> None:
        """A handoff out of hours asks for an e-mail to answer to: not one who has given it."""
        names = {name for message in turn.messages for name, _ in recognised(message.text)}
        told = "email" in self.memory.told or self.memory.customer is not None
        if "utter_handoff_leave_email" in names and told:
            self.redundant += 1
            self.problems.append("redundant: asks for the e-mail on handing over, which is known")


def own_orders(world: World, customer: tables.Customer | None) -> set[str]:
    return {o.number for o in world.orders.values() if customer is not None and o.customer_id == customer.id}
