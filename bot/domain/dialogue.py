"""The state of a dialogue, a stack of flows with at most one open question, and what a message says to that question."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.domain.text import fold


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

    def entity(self, name: str) -> Any | None:
        """The last value of that entity: a customer who corrects themselves says the right one last."""
        return next((value for key, value in reversed(self.entities) if key == name), None)


@dataclass(frozen=True)
class Option:
    """One of the answers to a choice. `words` are further folded words that mean it."""

    value: Any
    title: str
    words: tuple[str, ...] = ()


@dataclass
class Question:
    """What the bot asked and is waiting for.

    kind: `yes_no`, `choice`, `text` (anything that is not plainly about something else) or `fact` (one of `facts`).
    """

    key: str
    kind: str
    options: list[Option] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    many: bool = False
    """A choice where several options may be named; the answer is a list."""


@dataclass
class Frame:
    """A flow in progress, with the answers given inside it."""

    flow: str
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class DialogueState:
    """Kept on the conversation as JSON between turns. The last frame is the one being talked about."""

    stack: list[Frame] = field(default_factory=list)
    question: Question | None = None
    abuse: int = 0

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DialogueState:
        question = data.get("question")
        if question:
            question = Question(**question | {"options": [_option(o) for o in question["options"]]})
        return cls([Frame(**frame) for frame in data.get("stack", [])], question or None, data.get("abuse", 0))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _option(data: dict[str, Any]) -> Option:
    return Option(data["value"], data["title"], tuple(data["words"]))


NO_ANSWER = object()
"""The message does not answer the open question."""

# Intents that, said in plain words, are never an answer to a question in free text.
INTERRUPTING = frozenset(
    "request_human stop_flow ask_order_status ask_return_policy ask_delivery_options ask_capabilities bot_challenge "
    "ask_contact ask_payment_methods request_callback privacy_request ask_promotions goodbye".split()
)
CONFIDENT = 0.6


def interpret(question: Question, parse: Parse) -> Any:
    """The answer to `question` in this message, or NO_ANSWER. Looks at nothing but its two arguments."""
    direct = parse.entity(question.key)
    if direct is not None:
        return _as_option(question, direct)
    if parse.pressed:
        return _yes_no(parse) if question.kind == "yes_no" else NO_ANSWER
    if question.kind == "yes_no":
        return _yes_no(parse)
    if question.kind == "choice":
        return _choice(question, parse)
    if question.kind == "text":
        if parse.intent in INTERRUPTING and parse.confidence >= CONFIDENT:
            return NO_ANSWER
        return parse.text.strip() or NO_ANSWER
    return NO_ANSWER


def _as_option(question: Question, value: Any) -> Any:
    if question.kind != "choice":
        return value
    known = [option.value for option in question.options]
    if question.many:
        values = value if isinstance(value, list) else [value]
        return values if all(v in known for v in values) else NO_ANSWER
    return value if value in known else NO_ANSWER


_YES = re.compile(r"^(tak|yes|yep|yeah|ok|okej|okay|jasne|pewnie|zgadza sie|potwierdzam|sure|dobrze)\b")
_NO = re.compile(r"^(nie|no|nope|nah)\b")


def _yes_no(parse: Parse) -> Any:
    if parse.intent == "affirm":
        return True
    if parse.intent == "deny":
        return False
    text = fold(parse.text).strip()
    if len(text.split()) > 3 or parse.pressed:
        return NO_ANSWER
    if _YES.match(text):
        return True
    return False if _NO.match(text) else NO_ANSWER


_ORDINALS = (
    ("1", "pierwsz", "first"),
    ("2", "drug", "second"),
    ("3", "trzeci", "third"),
    ("4", "czwart", "fourth"),
    ("5", "piat", "fifth"),
)
_ALL = re.compile(r"\b(wszystk\w*|oba|obie|oboje|cal[aeosy]\w*|all|both|everything)\b")


def _choice(question: Question, parse: Parse) -> Any:
    text = fold(parse.text)
    if question.many and _ALL.search(text):
        return [option.value for option in question.options]
    named = [option.value for option in question.options if _names(option, text)]
    if not named:
        words = re.findall(r"\w+", text)
        named = [
            option.value
            for option, (digit, *stems) in zip(question.options, _ORDINALS, strict=False)
            if len(words) <= 4 and any(w == digit or any(w.startswith(s) for s in stems) for w in words)
        ]
    if question.many:
        return named or NO_ANSWER
    return named[0] if len(named) == 1 else NO_ANSWER


def _names(option: Option, text: str) -> bool:
    title = fold(option.title)
    if title and title in text:
        return True
    return any(re.search(rf"\b{re.escape(word)}", text) for word in option.words)
