"""What a message asks for, when it may ask for several things: decided from the parses of the whole and of its clauses.

A parse is Rasa's: {"text", "intent", "intent_ranking", "entities", "language"}. What comes out are parses too, one a
request, in the order of the message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.domain.clauses import asks
from bot.domain.text import fold, words

Understood = dict[str, Any]

SURE = 0.9
"""From this confidence on, a clause is a request of its own beside another one."""
CERTAIN, SURER = 0.99, 0.95
"""Where the whole is that certain, another clause must be that sure to be more than a part of the story."""
PLAIN = 0.8
"""From this confidence on, a clause says what a message is about that as a whole says it to nobody."""
DOUBTFUL = 0.6
"""Below this confidence the whole has not been understood."""
FEW = 3
"""A clause of fewer words leans on the one before it ("please check"), unless it asks."""
ASIDES = ("give_feedback", "ask_capabilities")
"""Beside anything else it is not what wants an answer."""
MOST = 12
"""Clauses of one message that are parsed: of a longer one the first and, above all, the last."""
NO_REQUEST = frozenset(
    {"greet", "goodbye", "thank", "affirm", "deny", "inform", "out_of_scope", "nlu_fallback", "bot_challenge", ""}
)
"""What a clause may be without asking for anything; as a whole they give way to a request beside them."""
_ASKS_NOTHING = (NO_REQUEST - {"nlu_fallback"}) | {"request_human", "express_frustration", *ASIDES}
"""What a clause beside a request may be without asking for more: "can you help me?"."""
BESIDE = ("before", "unsure")
"""Where a request keeps what else its message said: before it, and a question that nobody is sure of."""
_LEANING = re.compile(r"^(zeby|aby|bo|ponieważ|gdyz|skoro|so that|because|since|as)\b")
_ADDS = re.compile(r"^\W*((a|i|and) )?(za ile|po ile|(for )?how much)\W*$")
"""Asks something more of what was just asked about."""
_TELLS = re.compile(
    r"^\W*(it.?s|it (is|should be|will be)|to (bedzie|jest)|(the|my|our) (number|address|phone|e-?mail|mail|mobile|"
    r"confirmation|order) .*\b(is|says)|(the|my) (number|phone|e-?mail|mobile)\b|numer|nr|tel|mail|poczta|mobile|no\.)"
)
"""Gives a number or an address that was or will be asked for."""
_WHERE = re.compile(r"^\W*((a|i|and|oraz) )?(gdzie (jest|sa)|co z|where is|where.?s|what about)\s\D{0,20}\d{5,}\W*$")
_CANCELS = re.compile(r"^\W*(prosze )?(o anulowanie|anuluj\w*|cancel)\b")


def parsed_clauses(count: int) -> list[int]:
    """Which of so many clauses are worth parsing: the question comes at the end, the greeting at the beginning."""
    if count <= MOST:
        return list(range(count))
    return [0, 1, *range(count - MOST + 2, count)]


def about(parse: Understood, part: int, parts: list[Understood], text: str, pressed: bool) -> dict[str, Any]:
    """What goes with one request into Rasa's message, for the action to know."""
    named = [_intent(each) for each in parts]
    several = {"part": part, "requests": named, "whole": text} if len(parts) > 1 else {}
    beside = {key: parse[key] for key in BESIDE if parse.get(key)}
    return {"pressed": pressed, **beside, **several}


def as_one(parses: list[Understood], text: str) -> Understood:
    """One parse for the whole message: its first request leads, and the others are named."""
    first = {key: value for key, value in parses[0].items() if key not in BESIDE}
    if len(parses) == 1:
        return first
    entities = [entity for parse in parses for entity in parse["entities"]]
    unlike = [entity for at, entity in enumerate(entities) if entity not in entities[:at]]
    return {**first, "text": text, "entities": unlike, "requests": [_intent(parse) for parse in parses]}


def requests(whole: Understood, clauses: Sequence[tuple[str, Understood]]) -> list[Understood]:
    """The requests of a message; exactly one unless two or more are plain. `clauses` are slices that make up its text."""
    whole = _meant(whole)
    wanted = [(at, _meant(parse)) for at, (text, parse) in enumerate(clauses) if _wants(text, parse)]
    found = [(at, parse) for at, parse in wanted if _stands_alone(clauses[at][0], parse)]
    least = SURER if _confidence(whole) >= CERTAIN else SURE
    sure = [(at, parse) for at, parse in found if _confidence(parse) >= least and _intent(parse) not in ASIDES]
    first = {_intent(parse): at for at, parse in reversed(sure)}
    if len(first) > 1 and (_confidence(whole) < DOUBTFUL or _intent(whole) in {*first, *NO_REQUEST}):
        made = _several(whole, clauses, sure)
    else:
        made = [_one(whole, clauses, found or wanted)]
    understood = {_intent(parse) for parse in made}
    if _confidence(made[0]) >= DOUBTFUL and not understood & NO_REQUEST:
        made[-1] = made[-1] | _unsure(clauses, understood)
    return made


def _unsure(clauses: Sequence[tuple[str, Understood]], understood: set[str]) -> dict[str, Understood]:
    """The last clause that plainly asks, where another clause is what was understood; what leans on that is its own."""
    for at, (text, parse) in reversed(list(enumerate(clauses))):
        asking = asks(text) and len(words(text)) >= FEW and not _LEANING.match(fold(text))
        others = [each for place, (_, each) in enumerate(clauses) if place != at]
        plain = any(_intent(each) in understood and _confidence(each) >= PLAIN for each in others)
        if asking and plain and _intent(parse) not in understood | _ASKS_NOTHING:
            return {"unsure": {**parse, "text": text.strip(" ,;\n")}}
    return {}


def _wants(text: str, parse: Understood) -> bool:
    said = fold(text)
    if _LEANING.match(said) or _ADDS.match(said) or (parse.get("entities") and "?" not in said and _TELLS.match(said)):
        return False
    return _intent(parse) not in NO_REQUEST


def _stands_alone(text: str, parse: Understood) -> bool:
    return len(words(text)) >= FEW or text.rstrip().endswith("?") or bool(parse.get("entities"))


def _one(
    whole: Understood, clauses: Sequence[tuple[str, Understood]], found: list[tuple[int, Understood]]
) -> Understood:
    """The whole message as one request: what its plainest clause asks for, where the whole asks for nothing."""
    silent = _intent(whole) in {*NO_REQUEST, *ASIDES} or _confidence(whole) < DOUBTFUL
    best = max(found, key=lambda pair: (_intent(pair[1]) not in ASIDES, _confidence(pair[1])), default=None)
    if best is not None and silent and _confidence(best[1]) >= PLAIN:
        whole = {**whole, "intent": best[1]["intent"], "intent_ranking": best[1].get("intent_ranking", [])}
    start = next((at for at, parse in found if _intent(parse) == _intent(whole)), 0)
    return _with_lead(whole, clauses[:start])


def _several(
    whole: Understood, clauses: Sequence[tuple[str, Understood]], sure: list[tuple[int, Understood]]
) -> list[Understood]:
    """Each clause belongs to the request before it, those at the beginning to the first; the same twice is one."""
    owner, texts, parses = _intent(sure[0][1]), dict[str, str](), dict[str, Understood]()
    own: dict[str, list[dict[str, Any]]] = {}
    starts, at = dict(sure), 0
    for index, (text, _) in enumerate(clauses):
        owner = _intent(starts[index]) if index in starts else owner
        texts[owner] = texts.get(owner, "") + text
        parses.setdefault(owner, starts.get(index) or sure[0][1])
        inside = [e for e in whole["entities"] if at <= e.get("start", -1) < at + len(text)]
        own[owner] = own.get(owner, []) + inside
        at += len(text)
    made = [
        {
            "text": texts[intent].strip(),
            "intent": parses[intent]["intent"],
            "intent_ranking": parses[intent].get("intent_ranking", []),
            "entities": _shared(list(own), own, position),
            "language": whole.get("language"),
        }
        for position, intent in enumerate(texts)
    ]
    return [_with_lead(made[0], clauses[: sure[0][0]]), *made[1:]]


def _shared(order: list[str], own: dict[str, list[dict[str, Any]]], position: int) -> list[dict[str, Any]]:
    """A request's own entities, and for each kind that it does not name those of the nearest one, looking back first."""
    entities = list(own[order[position]])
    for other in [*reversed(order[:position]), *order[position + 1 :]]:
        named = {entity["entity"] for entity in entities}
        entities += [entity for entity in own[other] if entity["entity"] not in named]
    return entities


def _with_lead(parse: Understood, lead: Sequence[tuple[str, Understood]]) -> Understood:
    """The parse, with what was said before the request: "tak" in "tak, a kiedy dostanę pieniądze?"."""
    said = [(text, each) for text, each in lead if _intent(each) not in ("greet", "")]
    if not said:
        return parse
    text = "".join(text for text, _ in said).strip(" ,;\n")
    entities = [entity for _, each in said for entity in each.get("entities", [])]
    return {**parse, "before": {**said[0][1], "text": text, "entities": entities}}


def _meant(parse: Understood) -> Understood:
    """ "Cancel 100320" names what is to be cancelled: an order, not the conversation's business. "Where is 100320" asks."""
    numbered = any(entity["entity"] == "order_number" for entity in parse.get("entities", []))
    text = fold(parse.get("text", "")) if numbered else ""
    if _intent(parse) == "stop_flow" and _CANCELS.match(text):
        return {**parse, "intent": {**parse["intent"], "name": "cancel_order"}}
    if _intent(parse) in NO_REQUEST and _WHERE.match(text):
        return {**parse, "intent": {"name": "ask_order_status", "confidence": SURER}}
    return parse


def _intent(parse: Understood) -> str:
    return str((parse.get("intent") or {}).get("name") or "")


def _confidence(parse: Understood) -> float:
    return float((parse.get("intent") or {}).get("confidence") or 0.0)
