"""Bank account numbers: found in what a customer writes, and shown by their last four digits only."""

from __future__ import annotations

import re

from stdnum import iban

from bot.domain.privacy import MASK

_POLISH = re.compile(r"(?<![0-9A-Za-z])(?:PL[ -]?)?\d{2}(?:[ -]?\d{4}){6}(?!\d)", re.IGNORECASE)
_ABROAD = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}\d{2}(?:[ -]?[0-9A-Za-z]){11,30}")
SHORTEST = 15


def account_in(text: str) -> str | None:
    """The last valid account number in a text, as an IBAN without blanks; 26 digits are a Polish one."""
    found = [account for match in _POLISH.finditer(text) if (account := _valid(match[0])) is not None]
    found += [account for match in _ABROAD.finditer(text) if (account := _beginning(match[0])) is not None]
    return found[-1] if found else None


def masked_account(account: str) -> str:
    return MASK + account[-4:]


def _valid(written: str) -> str | None:
    number = re.sub(r"[^0-9A-Z]", "", written.upper())
    number = number if number[:2].isalpha() else f"PL{number}"
    return number if iban.is_valid(number) else None


def _beginning(written: str) -> str | None:
    """The account number that a run of letters and digits begins with: a word may follow it."""
    number = re.sub(r"[^0-9A-Z]", "", written.upper())
    lengths = range(len(number), SHORTEST - 1, -1)
    return next((number[:length] for length in lengths if iban.is_valid(number[:length])), None)
