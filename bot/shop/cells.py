"""What a cell of an imported file may hold: a reader turns its text into a value or raises ValueError with a reason."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from bot.domain.hours import SHOP_ZONE
from bot.domain.text import fold
from bot.shop.contacts import normal_email, normal_nip, normal_phone, normal_postcode
from bot.shop.days import local_day

Reader = Callable[[str, dt.datetime], Any]
"""Takes the cell's text (never blank, no white space around it) and the moment of the import."""

CODE_LENGTH = 40
LARGEST_NUMBER = 2_000_000_000
LARGEST_AMOUNT = Decimal(20_000_000)
"""Both fit a 32-bit column, amounts as grosze."""

_OFFSET = re.compile(r"([+-]?\d{1,5})([mhdw])(?: (\d{1,2}):(\d{2}))?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_YES = frozenset({"1", "yes", "true", "tak", "y", "t"})
_NO = frozenset({"0", "no", "false", "nie", "n", "f"})


def text(cell: str, _now: dt.datetime) -> str:
    return cell


def code(cell: str, _now: dt.datetime) -> str:
    if len(cell) > CODE_LENGTH:
        raise ValueError(f"longer than {CODE_LENGTH} characters")
    return cell


# Dates, amounts and codes repeat by the thousand: remembered, they are read once and held in memory once.
@lru_cache(maxsize=16384)
def amount(cell: str, _now: dt.datetime) -> Decimal:
    """Money: `129`, `129.90`, `1 299,90`; never negative."""
    try:
        value = Decimal(re.sub(r"[\s\u00a0\u202f]", "", cell).replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"{cell!r} is not an amount such as 129.90") from None
    if not value.is_finite():
        raise ValueError(f"{cell!r} is not an amount such as 129.90")
    if value < 0:
        raise ValueError(f"{cell} is negative")
    if value > LARGEST_AMOUNT:
        raise ValueError(f"{cell} is more than {LARGEST_AMOUNT}")
    if value != value.quantize(Decimal("0.01")):
        raise ValueError(f"{cell} has more than two decimal places")
    return value


def number(least: int = 0, most: int = LARGEST_NUMBER) -> Reader:
    """A whole number between two limits."""

    def read(cell: str, _now: dt.datetime) -> int:
        if not re.fullmatch(r"[+-]?\d{1,12}", cell):
            raise ValueError(f"{cell!r} is not a whole number")
        if not least <= int(cell) <= most:
            raise ValueError(f"{cell} is not between {least} and {most}")
        return int(cell)

    return read


def yes_no(cell: str, _now: dt.datetime) -> bool:
    word = cell.lower()
    if word not in _YES | _NO:
        raise ValueError(f"{cell!r} is neither yes nor no")
    return word in _YES


@lru_cache(maxsize=16384)
def moment(cell: str, now: dt.datetime) -> dt.datetime:
    """`2026-03-01`, `2026-03-01T14:30`, with or without a zone; or an offset: `-3d`, `+5h`, `-2w`, `-3d 14:30`."""
    shift = _OFFSET.fullmatch(cell)
    try:
        if shift is None:
            at = dt.datetime.fromisoformat(cell)
            return (at if at.tzinfo else at.replace(tzinfo=SHOP_ZONE)).astimezone(dt.UTC)
        at = now + dt.timedelta(**{_UNITS[shift[2]]: int(shift[1])})
        if shift[3]:
            at = at.astimezone(SHOP_ZONE).replace(hour=int(shift[3]), minute=int(shift[4]), second=0, microsecond=0)
        return at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{cell!r} is neither a date such as 2026-03-01 nor an offset such as -3d") from None


@lru_cache(maxsize=16384)
def day(cell: str, now: dt.datetime) -> dt.date:
    """As `moment`, as a day of the shop's calendar."""
    return local_day(moment(cell, now))


def email(cell: str, _now: dt.datetime) -> str:
    return _or_refuse(normal_email(cell), f"{cell!r} is not an e-mail address")


def phone(cell: str, _now: dt.datetime) -> str:
    return _or_refuse(normal_phone(cell), f"{cell!r} is not a phone number")


def nip(cell: str, _now: dt.datetime) -> str:
    return _or_refuse(normal_nip(cell), f"{cell!r} is not a NIP (its check digit does not agree)")


def postcode(cell: str, country: str) -> str:
    """Not a Reader: its shape depends on the country in the same row."""
    return _or_refuse(normal_postcode(cell, country), f"{cell!r} is not a postcode such as 00-950")


def country(cell: str, _now: dt.datetime) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", cell):
        raise ValueError(f"{cell!r} is not a country code of two letters")
    return cell.upper()


def one_of(allowed: Iterable[str]) -> Reader:
    """One of some codes; `In locker` and `in-locker` are taken for `in_locker`."""
    known = sorted(allowed)

    @lru_cache(maxsize=256)
    def read(cell: str, _now: dt.datetime) -> str:
        word = fold(cell).replace(" ", "_").replace("-", "_")
        if word not in known:
            raise ValueError(f"{cell!r} is not known{suggestion(word, known)}; known are: {', '.join(known)}")
        return word

    return read


def tags(cell: str, _now: dt.datetime) -> dict[str, bool]:
    """`newsletter sms` → {"newsletter": True, "sms": True}."""
    return {word: True for word in re.split(r"[\s,|]+", cell) if word}


def pairs(cell: str, _now: dt.datetime) -> dict[str, str]:
    """`Waga: 620 g | Membrana: 20 000 mm` → {"Waga": "620 g", "Membrana": "20 000 mm"}."""
    found = {}
    for part in cell.split("|"):
        name, colon, value = part.partition(":")
        if not (name.strip() and colon and value.strip()):
            raise ValueError(f"{part.strip()!r} is not of the form name: value")
        found[name.strip()] = value.strip()
    return found


def suggestion(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` or nothing."""
    near = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f", did you mean {near[0]!r}?" if near else ""


def _or_refuse(value: str | None, reason: str) -> str:
    if value is None:
        raise ValueError(reason)
    return value
