"""The state of a dialogue: what was understood of a message, a stack of flows, at most one open question."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.domain.text import fold, words


@dataclass(frozen=True)
class Parse:
    """What the brain understood of a message. Entities keep their order; `value` may be any JSON value."""

    text: str
    intent: str
    confidence: float = 1.0
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[tuple[str, Any], ...] = ()
    pressed: bool = False
    """True for a button: it means what it says, whatever was asked."""
    language: str = ""
    """The language the message is in; empty when it does not show one."""
    before: Parse | None = None
    """What was said before the request in the same message: the "yes" of "yes, and when do I get my money?"."""
    unsure: Parse | None = None
    """Another question of the same message, of which it is not clear what it asks."""
    part: int = 0
    """Which of the message's requests this is, counted from 0."""
    requests: tuple[str, ...] = ()
    """The intents of all requests of the message, where it holds several."""
    whole: str = ""
    """The message, where this is only a part of it."""

    @property
    def more(self) -> bool:
        """True if other requests of the same message are still to come."""
        return self.part + 1 < len(self.requests)

    def entity(self, name: str) -> Any | None:
        """The last value of that entity: a customer who corrects themselves says the right one last."""
        return next((value for key, value in reversed(self.entities) if key == name), None)

    def has(self, name: str) -> bool:
        """True if the entity is there, whatever its value: a button for "no answer" carries None."""
        return any(key == name for key, _ in self.entities)


@dataclass(frozen=True)
class Option:
    """One of the answers to a choice. `words` are further folded words that mean it, by their beginnings; between
    blanks, ` m `, a word is meant whole."""

    value: Any
    title: str
    words: tuple[str, ...] = ()

    def named_in(self, text: str) -> int:
        """How plainly a text names this option: by its title, or by how many of its words (beginnings of words)."""
        said, title = (f" {' '.join(words(each))} " for each in (text, self.title))
        if title.strip() and title in said:
            return WHOLE
        folded = fold(text)
        without = _WITHOUT.sub(" ", folded)
        return sum(
            word in said
            if word.startswith(" ")
            else bool(re.search(rf"\b{re.escape(word)}", folded if _WITHOUT.match(word) else without))
            for word in self.words
        )


_WITHOUT = re.compile(r"\b(?:(?:bez|without|not an?|nie na|nie dla) \w+|no company)")
"""Names what is not meant, unless an option has it among its own words: "not a company"."""
WHOLE = 100
"""What naming the whole title counts."""


def named(options: Sequence[Option], text: str, *, many: bool = False) -> list[Any]:
    """The values of the options a text names; unless `many`, of those only that it names most plainly."""
    counts = [option.named_in(text) for option in options]
    least = 1 if many else max([1, *counts])
    return [option.value for option, count in zip(options, counts, strict=True) if count >= least]


@dataclass(frozen=True)
class Part:
    """An earlier answer that a confirmation sums up, and that its reply may still change: "yes, but by transfer"."""

    key: str
    options: list[Option]
    present: Any
    many: bool = False


@dataclass
class Question:
    """What the bot asked and is waiting for.

    kind: `yes_no`, `choice`, `text` (anything that is not plainly about something else), `fact` (one of `facts`) or
    `photo` (a file, or words instead of it).
    """

    key: str
    """What an answer is kept under. After a colon it may say what the answer depends on, as in `lines:100482`."""
    kind: str
    options: list[Option] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    many: bool = False
    """A choice where several options may be named; the answer is a list."""
    skippable: bool = False
    """"I'd rather not say" is an answer: None."""
    parts: list[Part] = field(default_factory=list)
    earlier: list[Part] = field(default_factory=list)
    """Choices made before in this flow: "actually, not the boots but the jacket" changes one of them."""
    narrow: bool = False
    """A free text of one kind is wanted, such as a product's name: a plain request for something else is none."""
    default: Any = None
    """The answer for somebody to whom all are the same."""

    @property
    def entity(self) -> str:
        """The entity by which a button answers this question."""
        return self.key.partition(":")[0]


@dataclass
class Frame:
    """A flow in progress, with the answers given inside it."""

    flow: str
    answers: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """The sentence that began it: what it says already is not asked for."""
    orders: list[str] = field(default_factory=list)
    """The order this is about; several when one message named several."""
    choices: list[Part] = field(default_factory=list)
    """The choices put to the customer in it: a later sentence may take one back."""


@dataclass
class Shown:
    """A product the customer was shown. `price` is what it cost at that moment, as decimal text."""

    id: str
    price: str


@dataclass
class DialogueState:
    """Kept on the conversation as JSON between turns. The last frame is the one being talked about."""

    stack: list[Frame] = field(default_factory=list)
    question: Question | None = None
    abuse: int = 0
    orders: list[str] = field(default_factory=list)
    """The orders that finished flows were about, the latest last."""
    shown: list[Shown] = field(default_factory=list)
    """The products shown last, in the order they were shown: what "the second one" and "the cheaper one" mean."""
    browsing: dict[str, Any] = field(default_factory=dict)
    """The last question about products, what advice looked for and showed already: "show others" goes on from there."""
    asked: dict[str, Any] = field(default_factory=dict)
    """The question asked last: its key, a digest of its text, how often it was asked in vain, what came in between."""
    writes: list[dict[str, str]] = field(default_factory=list)
    """What can still be undone, the latest last: `{"what": "<kind>:<number>", "at": iso}`."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DialogueState:
        data = deepcopy(data)  # what is changed during the turn must differ from what was stored
        question = data.get("question")
        made = {
            "stack": [
                Frame(**frame | {"choices": [_part(part) for part in frame.get("choices", [])]})
                for frame in data.get("stack", [])
            ],
            "question": _question(question) if question else None,
            "shown": [Shown(**item) for item in data.get("shown", [])],
        }
        return cls(**{key: value for key, value in data.items() if key in cls.__dataclass_fields__} | made)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def note_write(self, what: str, now: dt.datetime) -> None:
        self.forget_write(what)
        self.writes.append({"what": what, "at": now.isoformat()})

    def forget_write(self, what: str) -> None:
        self.writes = [write for write in self.writes if write["what"] != what]

    def recent_writes(self, now: dt.datetime) -> list[str]:
        """What was written in this conversation a moment ago: words such as "undo that" can be about it."""
        return [w["what"] for w in self.writes if now - dt.datetime.fromisoformat(w["at"]) <= TAKEN_BACK_WITHIN]


TAKEN_BACK_WITHIN = dt.timedelta(minutes=30)


def _question(data: dict[str, Any]) -> Question:
    lists = {key: [_part(part) for part in data.get(key, [])] for key in ("parts", "earlier")}
    return Question(**data | {"options": [_option(option) for option in data["options"]]} | lists)


def _part(data: dict[str, Any]) -> Part:
    return Part(**data | {"options": [_option(option) for option in data["options"]]})


def _option(data: dict[str, Any]) -> Option:
    return Option(data["value"], data["title"], tuple(data["words"]))
