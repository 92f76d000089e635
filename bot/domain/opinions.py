"""Opinions: the number somebody gives, and whether it is praise."""

from __future__ import annotations

import re

from bot.domain.text import fold

WORST_GOOD = 3
"""Stars from which on an opinion is not a complaint."""
_OF = re.compile(r"(?<![\w.,/])(\d{1,2})\s?(?:/|na|z|out of|of)\s?(5|10)(?![\w/])")
_STARS = re.compile(
    r"(?<![\w.,/])([1-5])\s?(?:gwiazd\w*|stars?|⭐|\*)|(?:ocen\w*|daje|wystawiam|"
    r"rate|rating|give (?:you|it)?)\D{0,12}(\d{1,2})(?![\w/%])"
)
_DRAWN = re.compile("[⭐★]+")
_BAD = re.compile(
    r"\b(zl[aeyo]|zle|fataln\w*|slab\w*|okropn\w*|kiepsk\w*|rozczarowan\w*|rozczarowal\w*|nigdy wiecej|tragedi\w*|"
    r"beznadziej\w*|dno|zenada|porazk\w*|nie polecam|niezadowolon\w*|terribl\w*|awful\w*|bad|badly|poor|worst|"
    r"disappoint\w*|never again|horrible|useless|unhappy|not happy|rubbish|joke|waste)\b"
)
_NOT_BAD = re.compile(r"\b(nie ?(jest |bylo |byl[ao]? )?(zl\w*|slab\w*)|not (too |so )?bad|no complaints)\b")


def stars_in(text: str) -> int | None:
    """1 to 5 for "4/5", "8 na 10", "five"-less words such as "daję 2" or drawn stars; None without a number."""
    said = fold(text)
    of = _OF.search(said)
    if of:
        given, most = int(of[1]), int(of[2])
        return max(1, min(5, round(given * 5 / most))) if given <= most else None
    stars = _STARS.search(said)
    if stars:
        given = int(stars[1] or stars[2])
        return given if 1 <= given <= 5 else max(1, round(given / 2)) if given <= 10 else None
    drawn = _DRAWN.search(text)
    return min(5, len(drawn[0])) if drawn else None


def is_negative(text: str, stars: int | None) -> bool:
    """A low number, or without one words of blame."""
    if stars is not None:
        return stars < WORST_GOOD
    return bool(_BAD.search(_NOT_BAD.sub(" ", fold(text))))
