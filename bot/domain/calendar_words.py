"""Days and hours as people name them: "jutro", "w piątek", "15 grudnia", "next Monday", "po 17", "between 4 and 6 pm"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

from bot.domain.text import aligned, one_edit_apart
from bot.domain.value import Value, apart

_WEEKDAYS = (
    ("poniedzialek", "poniedzialku", "poniedzialkiem", "poniedzialki", "monday", "mondays"),
    ("wtorek", "wtorku", "wtorkiem", "wtorki", "tuesday", "tuesdays"),
    ("sroda", "srode", "srody", "srodzie", "wednesday", "wednesdays"),
    ("czwartek", "czwartku", "czwartkiem", "czwartki", "thursday", "thursdays"),
    ("piatek", "piatku", "piatkiem", "piatki", "friday", "fridays"),
    ("sobota", "sobote", "soboty", "sobocie", "saturday", "saturdays"),
    ("niedziela", "niedziele", "niedzieli", "sunday", "sundays"),
)
_MONTHS = (
    ("stycznia", "styczen", "styczniu", "january", "jan"),
    ("lutego", "luty", "lutym", "february", "feb"),
    ("marca", "marzec", "marcu", "march", "mar"),
    ("kwietnia", "kwiecien", "kwietniu", "april", "apr"),
    ("maja", "maj", "maju", "may"),
    ("czerwca", "czerwiec", "czerwcu", "june", "jun"),
    ("lipca", "lipiec", "lipcu", "july", "jul"),
    ("sierpnia", "sierpien", "sierpniu", "august", "aug"),
    ("wrzesnia", "wrzesien", "wrzesniu", "september", "sept", "sep"),
    ("pazdziernika", "pazdziernik", "pazdzierniku", "october", "oct"),
    ("listopada", "listopad", "listopadzie", "november", "nov"),
    ("grudnia", "grudzien", "grudniu", "december", "dec"),
)
_NEAR = {
    "dzis": 0, "dzisiaj": 0, "dzisiejszy": 0, "today": 0, "tonight": 0, "jutro": 1, "jutra": 1, "jutrzejszy": 1,
    "tomorrow": 1, "tmrw": 1, "pojutrze": 2, "wczoraj": -1, "wczorajszy": -1, "yesterday": -1, "przedwczoraj": -2,
}  # fmt: skip
_WEEKDAY = {form: number for number, forms in enumerate(_WEEKDAYS) for form in forms}
_MONTH = {form: number for number, forms in enumerate(_MONTHS, 1) for form in forms}
_ENGLISH_MONTHS = frozenset(form for forms in _MONTHS for form in forms[3:]) - {"mar"}
_KNOWN = frozenset(_WEEKDAY) | frozenset(_MONTH) | frozenset(_NEAR)
_OTHER_WORDS = frozenset(("czwarte", "piatej", "piate", "piatka", "srodek", "srodki", "wtorej", "sobote", "sunny"))
"""Words of their own that are one letter away from a day's name."""
_COUNTS = {
    "a": 1, "one": 1, "jeden": 1, "two": 2, "dwa": 2, "couple of": 2, "three": 3, "trzy": 3, "four": 4, "cztery": 4,
    "five": 5, "piec": 5, "six": 6, "szesc": 6, "seven": 7, "siedem": 7, "ten": 10, "dziesiec": 10,
}  # fmt: skip


def _any(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_COUNT = rf"(?:(\d{{1,2}}|{_any(_COUNTS)})\s+)?"
_UNIT = r"(dni|dzien|dnia|days?|tydzien|tygodni\w*|weeks?)"
_AFTERWARDS = re.compile(rf"\b(?:za|in)\s+{_COUNT}{_UNIT}(?!\w)")
_AGO = re.compile(rf"(?<!\w){_COUNT}{_UNIT}\s+(?:temu|ago)(?!\w)")
_DATE_ISO = re.compile(r"(?<![\w-])(20\d\d)-(\d{2})-(\d{2})(?![\w-])")
_DATE_WORDS = re.compile(
    rf"(?<![\w.,])(\d{{1,2}})(?:st|nd|rd|th|-?ego|\.)?\s+(?:of\s+)?({_any(_MONTH)})\.?(?:\s+(20\d\d))?(?!\w)"
)
_DATE_MONTH_FIRST = re.compile(
    rf"\b({_any(_ENGLISH_MONTHS)})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(20\d\d))?(?![\w:]|[.,]\d)"
)
_DATE_DIGITS = re.compile(
    r"(?<![\w./,-])(?P<lead>(?:do|od|na|dnia|po|przed|z|on|until|by|since|from|before|after)\s+)?(\d{1,2})([./])(\d{1,2})"
    r"(?:\3(20\d\d|\d\d))?(?:\s?r\.)?(?![\w/]|[.,]\d|\s?(?:zl|pln|cm|kg|mm|l|m|g|%)\b)"
)
_NAMED_DAY = re.compile(
    r"(?:\b(?P<next>next|nastepn\w+|przyszl\w+|kolejn\w+)\s+)?(?:\b(?P<last>last|ostatni\w*|zeszl\w+|ubiegl\w+|minion\w+)\s+)?"
    rf"\b(?P<day>{_any(_WEEKDAY)})(?!\w)"
)
_NEAR_DAY = re.compile(rf"\b(?P<over>day after tomorrow)\b|\b({_any(_NEAR)})(?!\w)")


def find_days(text: str, today: dt.date) -> list[Value]:
    """`day` as an ISO date. A date without a year is the one nearest to today, a weekday the next one to come."""
    plain, places = _read(text)
    groups = (list(find(plain, today)) for find in (_dates, _counted, _near, _weekdays))
    found = apart(*groups)
    return [Value("day", each.value, places[each.start], places[each.end]) for each in found]


def _read(text: str) -> tuple[str, list[int]]:
    """The text with mistyped names of days and months put right, and where each of its places is in `text`."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    plain = aligned(text)
    for match in re.finditer(r"[a-z]+", plain):
        parts.append(plain[at : match.start()])
        places += range(at, match.start())
        word = _mended(match[0])
        parts.append(word)
        places += [match.start() + min(i, len(match[0]) - 1) for i in range(len(word))]
        at = match.end()
    places += range(at, len(plain) + 1)
    return "".join(parts) + plain[at:], places


def _mended(word: str) -> str:
    if len(word) < 5 or word in _KNOWN or word in _OTHER_WORDS:
        return word
    for known in _KNOWN:
        swapped_only = len(known) == len(word) == 5 and sorted(known) == sorted(word)
        enough = min(len(known), len(word)) >= 6 or swapped_only
        if enough and known[0] == word[0] and one_edit_apart(word, known):
            return known
    return word


def _value(match: re.Match[str], day: dt.date | None) -> Iterator[Value]:
    if day is not None:
        yield Value("day", day.isoformat(), *match.span())


def _dates(plain: str, today: dt.date) -> Iterator[Value]:
    for match in _DATE_ISO.finditer(plain):
        yield from _value(match, _date(int(match[3]), int(match[2]), match[1], today))
    for match in _DATE_WORDS.finditer(plain):
        yield from _value(match, _date(int(match[1]), _MONTH[match[2]], match[3], today))
    for match in _DATE_MONTH_FIRST.finditer(plain):
        yield from _value(match, _date(int(match[2]), _MONTH[match[1]], match[3], today))
    for match in _DATE_DIGITS.finditer(plain):
        # "15.2" alone may be anything; with two digits in the month, a year or a word before it is a date
        if match["lead"] or match[5] or len(match[4]) == 2:
            day = _date(int(match[2]), int(match[4]), match[5], today)
            if day is not None:
                yield Value("day", day.isoformat(), match.start(2), match.end())


def _date(day: int, month: int, year: str | None, today: dt.date) -> dt.date | None:
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else [today.year + step for step in (-1, 0, 1)]
    possible = []
    for each in years:
        try:
            possible.append(dt.date(each, month, day))
        except ValueError:
            continue
    return min(possible, key=lambda found: abs((found - today).days), default=None)


def _counted(plain: str, today: dt.date) -> Iterator[Value]:
    for pattern, sign in ((_AFTERWARDS, 1), (_AGO, -1)):
        for match in pattern.finditer(plain):
            count = int(match[1]) if (match[1] or "").isdigit() else _COUNTS.get(match[1] or "a", 1)
            length = 7 if match[2].startswith(("tyd", "tyg", "week")) else 1
            yield from _value(match, today + dt.timedelta(days=sign * count * length))


def _near(plain: str, today: dt.date) -> Iterator[Value]:
    for match in _NEAR_DAY.finditer(plain):
        yield from _value(match, today + dt.timedelta(days=2 if match["over"] else _NEAR[match[2]]))


def _weekdays(plain: str, today: dt.date) -> Iterator[Value]:
    for match in _NAMED_DAY.finditer(plain):
        wanted = _WEEKDAY[match["day"]]
        if match["last"]:
            day = today - dt.timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
        elif match["next"]:
            day = today + dt.timedelta(days=7 - today.weekday() + wanted)
        else:
            day = today + dt.timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
        yield from _value(match, day)


# Hours

_HOUR = r"(\d{1,2})(?:[:.](\d{2}))?\s?(am|pm|a\.m\.|p\.m\.)?"
_OCLOCK = r"(?:godz\w*\.?\s*|g\.\s*)?"
_NOT_HOURS = (
    r"(?![\w/%]|[.,:]\d|\s?(?:dni|dniach|dzien|tyg|mies|rok|lat|zl|pln|szt|par|cm|kg|mm|"
    r"day|week|month|year|item|piece)\w*)"
)
_BETWEEN = re.compile(
    rf"\b(?:(?:od|miedzy|pomiedzy|from|between)\s+)?{_OCLOCK}(?<![\w.,/-]){_HOUR}"
    rf"\s*(?P<sign>-|–|do|a|to|and|till|until)\s*{_OCLOCK}{_HOUR}{_NOT_HOURS}"
)
_AFTER = re.compile(rf"\b(?:po|od|after|from|since)\s+(?P<word>godz\w*\.?\s*|g\.\s*)?{_HOUR}{_NOT_HOURS}")
_UNTIL = re.compile(rf"\b(?:do|przed|before|until|till|by)\s+(?P<word>godz\w*\.?\s*|g\.\s*)?{_HOUR}{_NOT_HOURS}")
_AT = re.compile(rf"\b(?:o|okolo|kolo|ok\.|at|around|about)\s+(?P<word>godz\w*\.?\s*|g\.\s*)?{_HOUR}{_NOT_HOURS}")
_PARTS = {
    r"przed poludniem|before noon|in the morning|mornings?|rano|z rana": "08:00-12:00",
    r"po poludniu|popoludni\w+|afternoons?": "12:00-17:00",
    r"wieczor\w*|evenings?|po pracy|after work": "17:00-21:00",
    r"w poludnie|at noon": "12:00-13:00",
}
_EARLIEST = 6
"""A bare number under this is no hour of the day that somebody can be called at."""


def find_hours(text: str) -> list[Value]:
    """`hours` as "16:00-18:00"; open at one end as "17:00-" or "-12:00"."""
    plain = aligned(text)
    between = [value for match in _BETWEEN.finditer(plain) for value in _span(match)]
    shapes: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
        (_AFTER, lambda at: f"{at}-"),
        (_UNTIL, lambda at: f"-{at}"),
        (_AT, lambda at: f"{at}-{_later(at)}"),
    )
    single = []
    for pattern, shape in shapes:
        for match in pattern.finditer(plain):
            at = _clock(match[2], match[3], match[4], bool(match["word"]))
            if at:
                single.append(Value("hours", shape(at), *match.span()))
    parts = [
        Value("hours", hours, *match.span())
        for words, hours in _PARTS.items()
        for match in re.finditer(rf"\b(?:{words})(?!\w)", plain)
    ]
    return apart(between, single, parts)


def _span(match: re.Match[str]) -> Iterator[Value]:
    afternoon = match[7] or ""
    first = _clock(match[1], match[2], match[3] or afternoon, True)
    last = _clock(match[5], match[6], afternoon, True)
    plain_numbers = not (match[2] or match[6] or match[3] or afternoon)
    said = re.match(r"od|miedzy|pomiedzy|from|between|godz|g\.", match[0])
    if first and last and match[3] is None and afternoon and first > last:
        first = _clock(match[1], match[2], "am", True)
    if (
        first
        and last
        and first < last
        and (said or not plain_numbers or (match["sign"] in "-–" and int(match[1]) >= _EARLIEST))
    ):
        yield Value("hours", f"{first}-{last}", *match.span())


def _clock(hour: str, minutes: str | None, half: str | None, sure: bool) -> str | None:
    """ "17:00", or None when it can be no hour. Without am or pm, 1 to 5 is in the afternoon."""
    number, half = int(hour), (half or "").replace(".", "")
    if half == "pm" and number < 12:
        number += 12
    elif half == "am" and number == 12:
        number = 0
    elif not half and 0 < number < _EARLIEST and (sure or minutes):
        number += 12
    if number > 24 or int(minutes or 0) > 59 or (not half and not minutes and not sure and number < _EARLIEST):
        return None
    return f"{number:02}:{minutes or '00'}"


def _later(at: str) -> str:
    """An hour after it."""
    hour, _, minutes = at.partition(":")
    return f"{min(int(hour) + 1, 24):02}:{minutes}"
