"""What must never be stored in the clear: payment card numbers, PESELs and bank account numbers.

They are masked down to their last four digits before a text is kept. A refund needs the account a customer names: it is
taken out before (`bot/services/inbox.py`). Order numbers, phones, tax and parcel numbers stay as they are.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from stdnum import iban, luhn
from stdnum.pl import pesel

MASK = "••••"

_BETWEEN = r"[\s.\-–/\u200b]"
_RUN = re.compile(rf"\d(?:{_BETWEEN}{{0,3}}\d)*")
_ABROAD = re.compile(rf"(?<![0-9A-Za-z])[A-Za-z]{{2}}\d{{2}}(?:{_BETWEEN}?[0-9A-Za-z]){{11,30}}")
_COUNTRY = re.compile(rf"(?<![A-Za-z])PL{_BETWEEN}{{0,3}}$", re.IGNORECASE)
_PARCEL = re.compile(
    r"(?:paczk\w+|przesy[łl]k\w+|przewozow\w+|[śs]ledzeni\w+|tracking|parcel|shipment)"
    r"(?:\s+(?:numer|number|nr|no)\.?)?[\s:#=]*$",
    re.IGNORECASE,
)
_CARDS = re.compile(
    r"4(?:\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|62\d{14,17}|(?:5018|5020|5038|5893|6304|6759|676[123])\d{8,15}"
)
"""Numbers as the card companies give them: a phone, a barcode or a parcel's number hardly ever looks so."""
_ACCOUNT, _PESEL = 26, 11
_LOOK_BACK = 40
"""Characters before a number that may say what it is."""
_EMAIL = re.compile(r"([\w.%+-]+)@((?:[\w-]+\.)+[A-Za-z]{2,24})")
_PHONE = re.compile(
    r"(?<![\w@+.,/-])(?:(?:\+|00)\d{1,3}[ .-]?)?"
    r"(?:\d{3}([ .-])\d{3}\1\d{3}|\(?\d{2}\)?([ .-])\d{3}\2\d{2}\2\d{2}|\d{9})(?![\w@/]|[.,-]\d)"
    r"|\+\d{9,14}(?!\w)"
)
_TEXTS = ("text", "caption", "file_name", "title", "name", "first_name", "last_name", "subject")
"""Where a channel's event holds what a person wrote; its other values are ids."""


def without_secrets(text: str, *, accounts: bool = True) -> str:
    """The text with valid card numbers, PESELs and, unless told not to, account numbers cut down to four digits."""
    if not any(letter.isdigit() for letter in text):
        return text
    if accounts:
        text = _ABROAD.sub(_masked_abroad, text)
    return _RUN.sub(lambda run: _masked_run(run, accounts), text)


def event_without_secrets(event: Any) -> Any:
    """A channel's event with every text in it masked; ids, which only look like secrets, stay."""
    if isinstance(event, dict):
        return {
            key: without_secrets(value) if key in _TEXTS and isinstance(value, str) else event_without_secrets(value)
            for key, value in event.items()
        }
    return [event_without_secrets(value) for value in event] if isinstance(event, list) else event


def without_contacts(text: str) -> str:
    """The text with e-mails and phones cut down to what still tells them apart: `a•••@example.pl`, `••• 101`."""
    text = _EMAIL.sub(lambda found: f"{found[1][0]}•••@{found[2]}", text)
    return _PHONE.sub(lambda found: f"••• {re.sub(r'[^0-9]', '', found[0])[-3:]}", text)


def _masked_abroad(match: re.Match[str]) -> str:
    """An account number with its country; the run of letters and digits may go on with the next word."""
    found = match[0]
    for end in range(len(found), 14, -1):
        number = re.sub(r"[^0-9A-Za-z]", "", found[:end])
        if found[end - 1].isalnum() and iban.is_valid(number):
            return MASK + number[-4:] + found[end:]
    return found


def _masked_run(match: re.Match[str], accounts: bool) -> str:
    """Digits in groups: the secrets among them masked, what stands beside (a validity, a phone) kept."""
    text, groups = match[0], list(re.finditer(r"\d+", match[0]))
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()]
    numbers = ["".join(str(unicodedata.digit(digit)) for digit in group[0]) for group in groups]
    kept, at, first = [], 0, 0
    while first < len(groups):
        start = groups[first].start()
        last = _secret(numbers, first, (before + text[max(0, start - _LOOK_BACK) : start])[-_LOOK_BACK:], accounts)
        if last is not None:
            number = "".join(numbers[first:last])
            kept.append(text[at:start] + MASK + number[-4:])
            at, first = groups[last - 1].end(), last
        else:
            first += 1
    return "".join(kept) + text[at:]


def _secret(numbers: Sequence[str], first: int, before: str, accounts: bool) -> int | None:
    """The end of the groups that from `first` on are one secret; None when they are none."""
    for last, number in _windows(numbers, first):
        shape = [len(group) for group in numbers[first:last]]
        alone = first == 0 and last == len(numbers)
        if accounts and len(number) == _ACCOUNT and (alone or iban.is_valid(f"PL{number}") or _COUNTRY.search(before)):
            return last
        if _PARCEL.search(before) or before.endswith("+"):
            continue
        if _CARDS.fullmatch(number) and luhn.is_valid(number) and _grouped_as_card(shape):
            return last
        if len(number) == _PESEL and _is_pesel(number, shape, before):
            return last
    return None


def _windows(numbers: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """The groups from `first` on put together, the longest first that may be a secret."""
    found, number = [], ""
    for last in range(first, len(numbers)):
        number += numbers[last]
        if len(number) > _ACCOUNT:
            break
        found.append((last + 1, number))
    return reversed(found)


def _grouped_as_card(shape: list[int]) -> bool:
    """Groups of three, or of nine, are phones written one after the other."""
    return set(shape) != {9} and (max(shape) > 3 or set(shape) in ({1}, {2}))


def _is_pesel(number: str, shape: list[int], before: str) -> bool:
    if shape[-1] not in (_PESEL, 5) and set(shape) != {1}:
        return False  # 48 601 234 567 is a phone
    glued = re.search(r"([A-Za-z]+)$", before)
    if glued and glued[1].lower() != "pesel":
        return False  # part of a code
    century = {0: 1900, 1: 1900, 2: 2000, 3: 2000}.get(int(number[2]))
    return century is not None and century + int(number[:2]) <= dt.date.today().year and pesel.is_valid(number)
