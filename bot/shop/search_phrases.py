"""What a search says besides the thing itself: "kurtka do 400 zł" wants a jacket, and none dearer than that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.text import fold

LEAST_BARE = 50
"""An amount without a currency counts from here on: "do 20" may be degrees, litres, or a size."""

_MONEY = r"(?:zl(?:ot\w+)?|pln)\b"
_UNIT = (
    r"(?!\s*(?:stopn|st\b|c\b|°|l\b|litr|ml\b|g\b|gram|kg|cm|mm|m\b|km|osob|os\b|lat\b|dni\b|day|year|person|people|%))"
)
_AMOUNT = r"(\d{1,6})(?:[.,]\d{1,2})?"
_BETWEEN = re.compile(
    rf"\b(?:od|miedzy|from|between)\s+{_AMOUNT}\s*(?:{_MONEY})?\s*(?:do|a|to|and|-)\s*{_AMOUNT}{_UNIT}(?:\s*{_MONEY})?"
    rf"|\b{_AMOUNT}\s*-\s*{_AMOUNT}\s*{_MONEY}"
)
_MOST = re.compile(
    r"\b(?:do|maks\w*|max|ponizej|nie drozsz\w+ niz|tansz\w+ niz|budzet\w*(?: do)?|under|below|up to|less than"
    rf"|cheaper than|no more than|budget(?: of)?)\.?\s+(?P<n>\d{{1,6}})(?:[.,]\d{{1,2}})?(?!\d){_UNIT}"
    rf"(?P<money>\s*{_MONEY})?"
)
_LEAST = re.compile(
    r"\b(?:od|powyzej|ponad|drozsz\w+ niz|from|over|above|more than|at least)\s+"
    rf"(?P<n>\d{{1,6}})(?:[.,]\d{{1,2}})?\s*{_MONEY}"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The folded `text` without its amounts, and the prices they set, in PLN."""

    text: str
    least: Decimal | None = None
    most: Decimal | None = None


def read_prices(text: str) -> Asked:
    """The bounds of price that a search names: "do 400 zł", "100-200 zł", "under 300", "między 50 a 80 zł"."""
    plain = fold(text)
    between = _BETWEEN.search(plain)
    if between is not None:
        low, high = (Decimal(number) for number in between.groups() if number is not None)
        if high >= LEAST_BARE and low <= high:
            return Asked(_without(plain, between), low, high)
    most, least = _MOST.search(plain), _LEAST.search(plain)
    if most is not None and (most["money"] or int(most["n"]) >= LEAST_BARE):
        return Asked(_without(plain, most), None, Decimal(most["n"]))
    if least is not None:
        return Asked(_without(plain, least), Decimal(least["n"]), None)
    return Asked(plain)


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
