"""Since when: the words of a sentence that tell how long something has been so."""

from __future__ import annotations

import re

from bot.domain.text import fold

_UNIT = (
    r"(?:dni|dnia|dniach|dzien|tygod\w*|tydzien|miesi\w*|rok\w*|lat\w*|wczoraj|przedwczoraj|poczatk\w*|razu|poniedzial\w*|"
    r"wtork\w*|srod\w*|czwart\w*|piatk\w*|sobot\w*|niedziel\w*|wyjsci\w*|wyjsc|prani\w*|uzyci\w*|godzin\w*|chwili)"
)
_ENGLISH = (
    r"(?:days?|weeks?|months?|years?|hours?|yesterday|monday|tuesday|wednesday|thursday|friday|saturday|sunday|wash(?:es)?|"
    r"uses?|wear(?:s|ings)?|hikes?|trips?|outings?|beginning|start|delivery)"
)
_SINCE = re.compile(
    rf"\b(?:juz )?(?:od|po) (?:\w+ ){{0,3}}?{_UNIT}\b|\b(?:\w+ ){{0,2}}?{_UNIT} temu\b|"
    rf"\b(?:since|after|for|within) (?:\w+ ){{0,3}}?{_ENGLISH}\b|\b(?:\w+ )?\w+ {_ENGLISH} ago\b|"
    r"\bfrom (?:the )?(?:start|beginning|day one)\b|\b(?:od razu|right away|straight away|przy pierwsz\w+ \w+|"
    r"(?:on|at|after) (?:the )?first \w+|wczoraj|dzisiaj|dzis|yesterday|today|this morning)\b"
)


def since_in(text: str) -> str | None:
    """`po tygodniu` out of "boty pękły po tygodniu", as it was written; None when nothing tells it."""
    plain = " ".join(text.split())
    folded = fold(plain)
    found = _SINCE.search(folded)
    if found is None:
        return None
    source = plain if len(plain) == len(folded) else folded
    return source[found.start() : found.end()]
