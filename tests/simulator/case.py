"""What one simulated customer wants, knows and would answer, and how to tell that they got it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.conversation import Reason
from bot.storage import shop as tables
from tests.simulator.texts import plain
from tests.simulator.world import Talk, Turn, World


@dataclass(frozen=True)
class Answer:
    """How a question is answered: `value` is the option (for several a list) a button would carry, `act` the words.

    `words` are further words for it, as they are, beside the button's title.
    """

    value: Any = None
    act: str = ""
    words: Sequence[str] = ()


YES, NO, SKIP = Answer(True, "say.yes"), Answer(False, "say.no"), Answer(None, "skip")


@dataclass
class Heard:
    """What a conversation came to: what the assistant said since the customer asked, and where to look it up."""

    world: World
    talk: Talk
    turns: list[Turn] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything said, cards and the titles of buttons included."""
        said = []
        for turn in self.turns:
            for message in turn.messages:
                said += [message.text, *(str(part) for card in message.cards for part in _parts(card))]
            said += [button.title for button in turn.buttons]
        return plain("\n".join(said))

    def says(self, *parts: str) -> bool:
        """True if each of these is in what was said; alternatives in one are separated by |."""
        text = self.text.lower()
        return all(any(plain(one).lower() in text for one in part.split("|")) for part in parts)


def _parts(card: dict[str, Any]) -> list[Any]:
    return [card.get("title"), card.get("subtitle"), card.get("url"), *(s.get("title") for s in card.get("steps", ()))]


Reached = Callable[[Heard], Awaitable[bool]]


@dataclass
class Case:
    """`facts` the customer can tell, `details` may be told with the opening: {question: speech act}."""

    goal: str
    intent: str
    opening: str
    reached: Reached
    facts: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    order: tables.Order | None = None
    human: frozenset[str] = frozenset()
    """Reasons for a human that are the right end of it."""
    wrong: dict[str, str] = field(default_factory=dict)
    """Facts told first, by somebody who has no right to the order or has made a mistake."""
    stubborn: bool = False
    """Somebody who tries again and again: the same question may come back."""
    confirms: tuple[str, ...] = ()
    """What the question for a confirmation must name."""
    undone: Reached | None = None
    """Set for somebody who takes back at once what was done: how to tell that it is undone."""
    language: str = ""


Maker = Callable[["Making"], Case | None]
GOALS: dict[str, Maker] = {}
ALONE: dict[str, float] = {}
"""The share of a goal's conversations that may need a human who was not meant to be needed."""


def goal(name: str, *, may_need_human: float = 0.1) -> Callable[[Maker], Maker]:
    """Register a maker of cases under the name its row in the table has."""

    def register(maker: Maker) -> Maker:
        GOALS[name] = maker
        ALONE[name] = may_need_human
        return maker

    return register


@dataclass
class Making:
    """What makers draw from: a shop whose orders are given away once, so that conversations do not meet."""

    world: World
    random: random.Random
    language: str
    customer: tables.Customer | None
    """Set when the customer is to be identified: their orders only."""
    taken: set[str]

    def order(self, fits: Callable[[tables.Order], bool], *, alone: bool = True) -> tables.Order | None:
        """An order that fits and that nobody else is talking about, reserved for this conversation."""
        orders = [o for o in self.world.orders.values() if o.number not in self.taken and fits(o) and o.email]
        if self.customer is not None:
            orders = [o for o in orders if o.customer_id == self.customer.id]
        if not orders:
            return None
        chosen = self.random.choice(orders)
        if alone:
            self.taken.add(chosen.number)
        return chosen

    def facts(self, order: tables.Order) -> dict[str, str]:
        """What proves that order, by e-mail mostly and by phone at times."""
        if order.phone and self.random.random() < 0.25:
            return {"order_number": order.number, "phone": _spoken(order.phone)}
        return {"order_number": order.number, "email": str(order.email)}

    def name(self, product: tables.Product) -> str:
        return product.name_pl if self.language == "pl" else product.name_en

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)


def _spoken(phone: str) -> str:
    digits = phone.removeprefix("+48")
    return " ".join((digits[:3], digits[3:6], digits[6:])) if len(digits) == 9 else phone


def only(reason: Reason) -> frozenset[str]:
    return frozenset({reason.value})


async def never(heard: Heard) -> bool:
    """For goals that end with a human only."""
    return False
