"""What somebody looks for in a shop: budget, size, for whom, how cold. Read from a sentence, kept as JSON."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.domain.text import fold

_MONEY = r"(\d{2,6})(?:[.,]\d\d)? ?(?:zl\w*|pln)?"
_BETWEEN = re.compile(
    rf"\b(?:od|miedzy|pomiedzy|between|from|w granicach) {_MONEY} ?(?:do|a|i|and|to|-|–) ?{_MONEY}\b|"
    r"\b(\d{2,6}) ?[-–] ?(\d{2,6}) ?(?:zl\w*|pln)"
)
_MOST = re.compile(
    rf"\b(?:do|max|maks\w*|maximum|ponizej|pod|under|below|up to|budzet\w*|budget(?: of)?|less than|at most|mam na to)"
    rf"[^\d-]{{0,4}}{_MONEY}\b(?! ?(?:stopni|degrees|°|cm|kg|litr|l\b|osob))"
)
_LEAST = re.compile(
    rf"\b(?:od|powyzej|over|above|more than|at least|minimum|min)\b[^\w-]{{0,3}}{_MONEY}\b(?! ?(?:stopni|°|cm|kg|litr|l\b))"
)
_ABOUT = re.compile(rf"\b(?:okolo|kolo|ok\.?|around|about|roughly) {_MONEY}\b(?! ?(?:cm|kg|litr|l\b|stopni))")
_DEGREES = re.compile(r"(?:((?<![\w-])-|\bminus )(\d{1,2})|(?<![-\d])\b(\d{1,2}) ?(?:stopni mrozu|degrees below))")
_SIZE = re.compile(
    r"\b(?:rozmiar\w*|size|numer|nr|nosze|wear|i am|i'm|jestem)\W{1,2}(xs|s|m|l|xl|xxl|\d{2}(?:[.,]5)?)\b|\b(xs|xl|xxl)\b|"
    r"(?<![\w-])(2[5-9]|3\d|4[0-9])$"
)
_CHEAPER = re.compile(r"\b(taniej|tansz\w*|cheaper|less expensive)\b")
_CHEAP = re.compile(r"\b(tani\w{0,3}|niedrog\w*|cheap|inexpensive|budzetow\w*)\b")
_FOR_SOMEBODY = re.compile(
    r"\b(prezent\w*|gift|present|dla (zony|meza|mamy|taty|syna|corki|brata|siostry|dziewczyny|chlopaka|dziecka|niej|niego|"
    r"kobiety|mezczyzny|dzieci|kolegi|kolezanki)|for (my|her|him|an? (friend|man|woman)|the kids))"
)


@dataclass(frozen=True)
class Wish:
    """What is looked for. `need` is the sentence without what the other fields say of it."""

    need: str = ""
    shelf: str | None = None
    least: int | None = None
    most: int | None = None
    size: str | None = None
    gender: str | None = None
    degrees: int | None = None
    """The cold it must stand, in °C."""
    cheap: bool = False
    for_somebody: bool = False
    like: str | None = None
    seen: tuple[str, ...] = field(default_factory=tuple)
    """The ids of products shown for it already."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Wish:
        return cls(**data | {"seen": tuple(data.get("seen", ()))})

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"seen": list(self.seen)}

    def refined(self, by: Wish) -> Wish:
        """This wish with what another one says besides; what was shown for it counts no longer."""
        given = {
            key: value
            for key, value in asdict(by).items()
            if value not in (None, "", False, ()) and key not in ("need", "seen")
        }
        return replace(self, **given, seen=())


def read_wish(text: str, gender: str | None = None) -> Wish:
    """The wish a sentence tells; `gender` is for whom, where it says so."""
    said = fold(text)
    least = most = None
    if between := _BETWEEN.search(said):
        least, most = sorted(int(part) for part in between.groups() if part)
        said = said.replace(between[0], " ")
    elif about := _ABOUT.search(said):
        least, most = int(int(about[1]) * 0.75), int(int(about[1]) * 1.25)
        said = said.replace(about[0], " ")
    else:
        if upper := _MOST.search(said):
            most, said = int(upper[1]), said.replace(upper[0], " ")
        if lower := _LEAST.search(said):
            least, said = int(lower[1]), said.replace(lower[0], " ")
    cold = _DEGREES.search(said)
    degrees = -int(cold[2] or cold[3]) if cold else None
    said = said.replace(cold[0], " ") if cold else said
    found = _SIZE.search(said.rstrip(" .!?"))
    size = next((part.upper() for part in found.groups() if part), None) if found else None
    said = said.replace(found[0], " ") if found else said
    cheap, somebody = bool(_CHEAP.search(said)), bool(_FOR_SOMEBODY.search(said))
    return Wish(" ".join(_CHEAP.sub(" ", said).split()), None, least, most, size, gender, degrees, cheap, somebody)


def without_recipient(need: str) -> str:
    """A folded need without the words that say for whom it is and that it is a present."""
    return _FOR_SOMEBODY.sub(" ", need)


def wants_cheaper(text: str) -> bool:
    """True if a text asks for something cheaper than what was shown."""
    return bool(_CHEAPER.search(fold(text)))


def gender_said(text: str) -> str | None:
    """women, men or kids, if a text says for whom."""
    return next((gender for gender, pattern in _GENDERS.items() if pattern.search(fold(text))), None)


_GENDERS = {
    "women": re.compile(
        r"\b(damsk|kobie|dla niej|dla (zony|mamy|siostry|dziewczyny|corki)|women|woman|ladies|female|for (her|my wife))"
    ),
    "kids": re.compile(r"\b(dzieci|dziecka|dla (syna|synka|malucha)|kids?\b|child|junior)"),
    "men": re.compile(
        r"\b(mesk|mezczyz|dla niego|dla (meza|taty|brata|chlopaka)|men\b|man\b|men's|male|for (him|my husband))"
    ),
}
