"""A postal address as people write it in a sentence: street and number, postcode, city, in any order."""

from __future__ import annotations

import re

from bot.domain.text import fold
from bot.domain.values import find_postcodes, find_streets

_NAME = r"[^\W\d_][\w.'’-]*"
_NUMBER = r"\d{1,4}\s?[a-zA-Z]?(?:\s?/\s?\d{1,4}[a-zA-Z]?|\s?(?:m\.?|lok\.?|flat|apt\.?)\s?\d{1,4}[a-zA-Z]?)?"
_STREET_AT_END = re.compile(rf"((?:{_NAME}\s+){{1,4}}{_NUMBER}|{_NUMBER}\s+(?:{_NAME}\s*){{1,4}})[\s,]*$")
_LEAD = re.compile(
    r"^.*\b(?:na|adres\w*|pod|do|to|address|at|is|wyslac|wyslijcie|deliver\w*|send)\b:?\s*", re.IGNORECASE
)
_STOP = frozenset(
    [
        "i",
        "a",
        "ale",
        "oraz",
        "and",
        "but",
        "or",
        "dla",
        "for",
        "prosze",
        "please",
        "mail",
        "email",
        "tel",
        "telefon",
        "phone",
        "zamiast",
        "instead",
        "bo",
        "bardzo",
        "dziekuje",
        "thanks",
        "thank",
        "to",
        "ten",
        "numer",
        "zamowienie",
        "zamowienia",
        "order",
        "w",
        "na",
        "od",
        "do",
        "with",
        "from",
        "czy",
        "albo",
        "polska",
        "poland",
    ]
)
_LONGEST_CITY = 3


def address_in(text: str) -> dict[str, str]:
    """What the text tells of `street`, `postcode` and `city`; a street without a mark only beside a postcode."""
    found: dict[str, str] = {}
    streets = find_streets(text)
    if streets:
        found["street"] = streets[-1].value
    postcodes = find_postcodes(text)
    if not postcodes:
        return found
    code = postcodes[-1]
    found["postcode"] = code.value
    before = text[: code.start]
    if "street" not in found:
        bare = _STREET_AT_END.search(_LEAD.sub("", before))
        if bare:
            found["street"] = " ".join(bare[1].split())
    city = _city(text[code.end :]) or _city_before(before[: streets[-1].start] if streets else "")
    if city:
        found["city"] = city
    return found


def _city(rest: str) -> str:
    """The words right after a postcode, up to three, as long as they can be a name."""
    first = re.split(r"[,;!?\n]|\.\s|\.$", rest.lstrip(" ,"), maxsplit=1)[0]
    taken: list[str] = []
    for word in first.split()[:_LONGEST_CITY]:
        if not re.fullmatch(_NAME, word) or fold(word) in _STOP:
            break
        if taken and not (word[0].isupper() or taken[0][0].islower()):
            break
        taken.append(word)
    return " ".join(word[0].upper() + word[1:] for word in taken)


def _city_before(lead: str) -> str:
    """ "Kraków, ul. Długa 5": the last words before the street, when they are written as a name."""
    words = re.findall(rf"{_NAME}", lead.rstrip(" ,"))
    name: list[str] = []
    for word in reversed(words[-_LONGEST_CITY:]):
        if not word[0].isupper() or fold(word) in _STOP or len(word) < 3:
            break
        name.insert(0, word)
    return " ".join(name)
