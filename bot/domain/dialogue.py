"""The state of a dialogue, a stack of flows with at most one open question, and what a message says to the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.domain.facts import TOLD, told
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

    def entity(self, name: str) -> Any | None:
        """The last value of that entity: a customer who corrects themselves says the right one last."""
        return next((value for key, value in reversed(self.entities) if key == name), None)

    def has(self, name: str) -> bool:
        """True if the entity is there, whatever its value: a button for "no answer" carries None."""
        return any(key == name for key, _ in self.entities)


@dataclass(frozen=True)
class Option:
    """One of the answers to a choice. `words` are further folded words that mean it."""

    value: Any
    title: str
    words: tuple[str, ...] = ()

    def named_in(self, text: str) -> int:
        """How plainly a text names this option: by its title, or by how many of its words (beginnings of words)."""
        said, title = (f" {' '.join(words(each))} " for each in (text, self.title))
        if title.strip() and title in said:
            return WHOLE
        return sum(bool(re.search(rf"\b{re.escape(word)}", fold(text))) for word in self.words)


WHOLE = 100
"""What naming the whole title counts."""


def named(options: Sequence[Option], text: str, *, many: bool = False) -> list[Any]:
    """The values of the options a text names; unless `many`, of those only that it names most plainly."""
    counts = [option.named_in(text) for option in options]
    least = 1 if many else max([1, *counts])
    return [option.value for option, count in zip(options, counts, strict=True) if count >= least]


@dataclass
class Question:
    """What the bot asked and is waiting for.

    kind: `yes_no`, `choice`, `text` (anything that is not plainly about something else) or `fact` (one of `facts`).
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


@dataclass
class DialogueState:
    """Kept on the conversation as JSON between turns. The last frame is the one being talked about."""

    stack: list[Frame] = field(default_factory=list)
    question: Question | None = None
    abuse: int = 0
    orders: list[str] = field(default_factory=list)
    """The orders that finished flows were about, the latest last."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DialogueState:
        question = data.get("question")
        if question:
            question = Question(**question | {"options": [_option(o) for o in question["options"]]})
        stack = [Frame(**frame) for frame in data.get("stack", [])]
        return cls(stack, question or None, data.get("abuse", 0), list(data.get("orders", [])))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _option(data: dict[str, Any]) -> Option:
    return Option(data["value"], data["title"], tuple(data["words"]))


NO_ANSWER = object()
"""The message does not answer the open question."""

# Intents that, said in plain words, are never an answer to a question in free text.
INTERRUPTING = frozenset(
    {
        "request_human",
        "stop_flow",
        "ask_order_status",
        "ask_return_policy",
        "ask_delivery_options",
        "ask_capabilities",
        "bot_challenge",
        "ask_contact",
        "ask_payment_methods",
        "request_callback",
        "privacy_request",
        "ask_promotions",
        "goodbye",
        "greet",
        "thank",
    }
)
BARE = frozenset({"inform", "affirm", "deny"})
CONFIDENT = 0.6
FEW = 3
"""Up to so many words a message is taken as an answer, whatever else it looks like."""


def interpret(question: Question, parse: Parse) -> Any:
    """The answer to `question` in this message, or NO_ANSWER. Looks at nothing but its two arguments."""
    if question.kind == "fact":
        return NO_ANSWER  # its answer is in the facts
    if parse.pressed:
        if parse.has(question.entity):
            return _as_option(question, parse.entity(question.entity))
        return _yes_no(parse) if question.kind == "yes_no" else NO_ANSWER
    if question.kind == "yes_no":
        return _yes_no(parse)
    if parse.intent in BARE and any(key in TOLD for key, _ in parse.entities):
        return NO_ANSWER  # "no, it's 100483": a fact, told late or corrected
    if question.skippable and _skips(parse):
        return None
    return _choice(question, parse) if question.kind == "choice" else _free_text(parse)


def _as_option(question: Question, value: Any) -> Any:
    if question.kind != "choice" or (question.skippable and value is None):
        return value
    known = [option.value for option in question.options]
    if question.many:
        values = value if isinstance(value, list) else [value]
        return values if all(v in known for v in values) else NO_ANSWER
    return value if value in known else NO_ANSWER


_SKIP = re.compile(
    r"^(nie )?(pomin|pomij|bez powodu|brak powodu|nie chce (podawac|mowic|odpowiadac)|wole nie|nie podam|"
    r"skip|no reason|none|rather not|prefer not|i('d| would) (rather|prefer) not)"
)


def _skips(parse: Parse) -> bool:
    text = fold(parse.text)
    return bool(_SKIP.match(text)) or (bool(_NO.match(text)) and len(text.split()) < FEW)


def _free_text(parse: Parse) -> Any:
    text = parse.text.strip()
    few = len(text.split()) <= FEW
    if _elsewhere(parse) or (text.endswith("?") and parse.intent.startswith("ask_") and parse.confidence >= CONFIDENT):
        return NO_ANSWER
    if parse.intent == "affirm" and few:
        return NO_ANSWER
    return text or NO_ANSWER


def _elsewhere(parse: Parse) -> bool:
    return parse.intent in INTERRUPTING and parse.confidence >= CONFIDENT


_YES = re.compile(r"^(tak|yes|yep|yeah|ok|okej|okay|jasne|pewnie|zgadza sie|potwierdzam|sure|dobrze)\b")
_NO = re.compile(r"^(nie|no|nope|nah)\b")
_BUT = re.compile(r"\b(ale|but|tylko|only|jednak|zamiast|instead|except|oprocz)\b")


def _yes_no(parse: Parse) -> Any:
    text = "" if parse.pressed else fold(parse.text).strip()
    if parse.intent == "affirm":
        return NO_ANSWER if _BUT.search(text) else True
    if parse.intent == "deny":
        return False
    if len(text.split()) > FEW or parse.pressed or _BUT.search(text):
        return NO_ANSWER
    if _YES.match(text):
        return True
    # A Polish "no" is a yes, or only a pause: not enough to decide on.
    if text == "no" and parse.language == "pl":
        return NO_ANSWER
    return False if _NO.match(text) else NO_ANSWER


_ORDINALS = (
    ("1", "pierwsz", "first"),
    ("2", "drug", "second"),
    ("3", "trzeci", "third"),
    ("4", "czwart", "fourth"),
    ("5", "piat", "fifth"),
)
_ALL = re.compile(r"\b(wszystk\w*|oba|obie|oboje|cal[aeosy]\w*|all|both|everything|whole)\b")
_EXCEPT = re.compile(r"\b(oprocz|poza|procz|bez|except|but|without|apart)\b")


def _choice(question: Question, parse: Parse) -> Any:
    text = fold(parse.text)
    if _elsewhere(parse) and len(text.split()) > FEW:
        return NO_ANSWER
    chosen = named(question.options, text, many=question.many)
    if question.many and _ALL.search(text):
        every = [option.value for option in question.options]
        return [value for value in every if value not in chosen] if chosen and _EXCEPT.search(text) else every
    chosen = chosen or _by_position(question.options, words(text))
    if question.many:
        return chosen or NO_ANSWER
    return chosen[0] if len(chosen) == 1 else NO_ANSWER


def _by_position(options: Sequence[Option], said: list[str]) -> list[Any]:
    """ "The second one", "1 and 3": only in a short answer, where a number can be nothing else."""
    return [
        option.value
        for option, (digit, *stems) in zip(options, _ORDINALS, strict=False)
        if len(said) <= 4 and any(w == digit or any(w.startswith(s) for s in stems) for w in said)
    ]


_REJECTED = re.compile(r"\b(?:nie|not|zamiast|instead of)\s+(?:[a-z]+\.?\s+){0,2}#?(\d{5,10})\b")
_CORRECTS = re.compile(r"\b(nie|not|jednak|zamiast|tylko|raczej|pomyl\w*|sorry|przepraszam|actually|instead|mistake)\b")


def orders_told(parse: Parse) -> list[str]:
    """The order numbers a message is about: "100483, not 100482" is about one, "100482 and 100483" about both."""
    numbers = [value for key, value in told(list(parse.entities)) if key == "order_number"]
    text = fold(parse.text)
    if parse.pressed or len(numbers) < 2:
        return numbers
    kept = [number for number in numbers if number not in _REJECTED.findall(text)] or numbers
    return kept[-1:] if _CORRECTS.search(text) else kept
