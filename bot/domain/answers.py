"""What a message says to the open question. Pure: looks at nothing but the question and what was understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from bot.domain.dialogue import Option, Parse, Part, Question, named
from bot.domain.facts import TOLD, told
from bot.domain.text import fold, one_edit_apart, words

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
NAMING = BARE | {
    "nlu_fallback",
    "out_of_scope",
    "ask_product_info",
    "ask_availability",
    "ask_price",
    "ask_product_usage",
    "recommend_product",
    "notify_restock",
    "give_feedback",
}
"""What a bare name may look like."""
PLAIN = 0.8
"""From this confidence on, a sentence is a request of its own where only a name was wanted."""
CONFIDENT = 0.6
SURELY = 2
"""Words of an option in a sentence that seems to ask for a human."""
FEW = 3
"""Up to so many words a message is taken as an answer, whatever else it looks like."""
LONG, ALIKE = 5, 0.85
"""Words of so many letters that are so alike are one, mistyped."""


def interpret(question: Question, parse: Parse) -> Any:
    """The answer to `question` in this message, or NO_ANSWER. Looks at nothing but its two arguments."""
    if question.kind == "fact":
        return NO_ANSWER  # its answer is in the facts
    if question.kind == "photo" and parse.intent == "attachment":
        return True
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
    if question.kind == "photo" and _NO_PHOTO.search(fold(parse.text)):
        return None
    if question.narrow and parse.confidence >= PLAIN and parse.intent not in NAMING:
        return NO_ANSWER
    return _choice(question, parse) if question.kind == "choice" else _free_text(question, parse)


def changed(question: Question, parse: Parse) -> dict[str, Any]:
    """What a reply changes of earlier answers, by key: of those a confirmation sums up by naming another value, of the
    others with words that take something back. Empty when it changes nothing."""
    text = fold(parse.text).strip()
    if parse.pressed or _elsewhere(parse) or text.endswith("?"):
        return {}
    parts = list(question.parts)
    if _AMENDS.search(text) and not named(question.options, text):
        parts += [part for part in question.earlier if part.key not in {part.key for part in question.parts}]
    values = {part.key: _other(part, text) for part in parts}
    present = {part.key: part.present for part in parts}
    return {key: value for key, value in values.items() if value is not None and value != present[key]}


# A reply to another question that takes back an earlier answer.
_AMENDS = re.compile(
    r"\b(jednak|zamiast|pomylka|pomylil\w+|sorry|przepraszam|actually|instead|mistake|zmienil[ae]m zdanie|changed my mind)\b"
)


def _other(part: Part, text: str) -> Any:
    """The value the words give this part; None when they say nothing of it."""
    text = _TURN.split(text)[-1].strip() or text  # "not the boots but the hat", "yes, but by transfer"
    if part.many:
        return several(part.options, text, part.present) or None
    chosen = named(part.options, text)
    return chosen[0] if len(chosen) == 1 else None


def several(options: Sequence[Option], text: str, present: Sequence[Any] = ()) -> list[Any]:
    """The values a text chooses of several options: "both", "all but the hat", "the boots"; what is chosen already is
    `present`: "the hat too", "without the hat"."""
    text, every = fold(text), [option.value for option in options]
    before, *after = _EXCEPT.split(text, maxsplit=1)
    left_out = named(options, after[-1], many=True) if after else []
    if left_out:
        kept = every if _ALL.search(text) else named(options, before, many=True) or present or every
        return [value for value in kept if value not in left_out]
    chosen = named(options, text, many=True)
    if chosen and present and _MORE.search(text):
        return [value for value in every if value in chosen or value in present]
    return every if _ALL.search(text) else chosen


_MORE = re.compile(r"\b(tez|takze|rowniez|jeszcze|dodaj|dorzuc|dolacz|plus|also|too|add|as well)\b")
_TURN = re.compile(r"\b(?:ale|tylko|lecz|jednak|(?<!all )(?<!everything )but|only)\b")


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


# "I have none", and "I'll send it later": what comes later is added to what was opened.
_NO_PHOTO = re.compile(
    r"\b(nie (mam|ma|moge|posiadam|dysponuje|zrobi|da sie)|bez (zdjec|fot)|zaraz|za chwile|moment|pozniej|potem|dosle|"
    r"(don.?t|do not) have|haven.?t|have not|no (photo|pic|image)|without (a |any )?(photo|pic)|can.?t|cannot|later|in a )"
)


def _skips(parse: Parse) -> bool:
    text = fold(parse.text)
    return bool(_SKIP.match(text)) or (bool(_NO.match(text)) and len(text.split()) < FEW)


def _free_text(question: Question, parse: Parse) -> Any:
    text = parse.text.strip()
    few = len(text.split()) <= FEW
    if names_an_option(question, parse):
        return text  # "best in the morning" greets nobody
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


_PLAIN_YES = re.compile(r"^(no )?(tak|yes|yep|yeah|potwierdzam|zgadza sie|confirm\w*)\b")
_OTHERWISE = re.compile(
    r"\b(jeszcze|dodaj|inn[yae]|zmien\w*|czy|nie|another|other|also|add|change|not|what|how|when)\b|[?\d]"
)
LONG_YES = 8
"""A longer sentence that begins with "yes" says something more."""


def _yes_no(parse: Parse) -> Any:
    text = "" if parse.pressed else fold(parse.text).strip()
    # A Polish "no" is a yes, or only a pause: not enough to decide on.
    if parse.language == "pl" and re.fullmatch(r"no+[.!]*", text):
        return NO_ANSWER
    if parse.language == "pl" and re.match(r"no (tak|nie|ok|jasne|pewnie|dobra|dobrze)\b", text):
        text = text.removeprefix("no ")
        return NO_ANSWER if _BUT.search(text) else not text.startswith("nie")
    if parse.intent == "affirm":
        return NO_ANSWER if _BUT.search(text) else True
    if parse.intent == "deny":
        return False
    if parse.pressed or _BUT.search(text):
        return NO_ANSWER
    plain = _PLAIN_YES.match(text) and not _elsewhere(parse) and not _OTHERWISE.search(text)
    if plain and len(text.split()) <= LONG_YES:
        return True
    if len(text.split()) > FEW:
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
_ALL = re.compile(
    r"\b(?:wszystk\w*|oba|obie|oboje|cal[aeosy]\w*|all|both|everything|whole)\b"
    r"(?! (?:\w+ )?(?:par[aey]?\b|sztuk|pairs|pieces))"
)
_EXCEPT = re.compile(r"\b(?:oprocz|poza|procz|bez|except|but|without|apart)\b")


def _choice(question: Question, parse: Parse) -> Any:
    text = fold(parse.text)
    asks = parse.text.rstrip().endswith("?") and parse.intent.startswith("ask_") and parse.confidence >= CONFIDENT
    if (_elsewhere(parse) or asks) and len(text.split()) > FEW and not names_an_option(question, parse):
        return NO_ANSWER
    chosen = several(question.options, text) if question.many else _one_of(question.options, text)
    chosen = chosen or _by_position(question.options, words(text)) or _misspelt(question.options, words(text))
    if question.many:
        return chosen or NO_ANSWER
    return chosen[0] if len(chosen) == 1 else NO_ANSWER


def names_an_option(question: Question, parse: Parse) -> bool:
    """True for a statement in which one option of the question is named, whatever intent the words look like."""
    text = fold(parse.text)
    if parse.pressed or parse.text.strip().endswith("?"):
        return False
    if parse.intent == "request_human":  # "for me, a private person" asks for nobody: two words name the option
        return sum(option.named_in(text) >= SURELY for option in question.options) == 1
    return len(_one_of(question.options, text) or _misspelt(question.options, words(text))) == 1


def _one_of(options: Sequence[Option], text: str) -> list[Any]:
    """The options named most plainly; where there are several, what is mistyped may tell them apart."""
    chosen = named(options, text)
    if len(chosen) > 1:
        near = _misspelt([option for option in options if option.value in chosen], words(text))
        return near if len(near) == 1 else chosen
    return chosen


def _by_position(options: Sequence[Option], said: list[str]) -> list[Any]:
    """ "The second one", "1 and 3": only in a short answer, where a number can be nothing else."""
    return [
        option.value
        for option, (digit, *stems) in zip(options, _ORDINALS, strict=False)
        if len(said) <= 4 and any(w == digit or any(w.startswith(s) for s in stems) for w in said)
    ]


def _misspelt(options: Sequence[Option], said: list[str]) -> list[Any]:
    """ "Refnd": the options with a word that a short answer nearly names."""
    long = [word for word in said if len(word) >= LONG] if len(said) <= FEW else []

    def meant(option: Option) -> bool:
        titled = [word for word in words(option.title) if len(word) >= LONG]
        near = any(one_edit_apart(word, other) for word in long for other in titled)
        return near or any(get_close_matches(word, titled, 1, ALIKE) for word in long)

    return [option.value for option in options if meant(option)]


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
