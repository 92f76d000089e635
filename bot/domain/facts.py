"""Facts: what may be told, how a told value is checked and written, and where it came from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import phonenumbers
from stdnum.pl import nip


def _order_number(value: str) -> str | None:
    digits = re.sub(r"\D", "", value)
    return digits if 5 <= len(digits) <= 10 else None


def _email(value: str) -> str | None:
    value = value.strip().strip(".,;").lower()
    return value if re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", value) else None


def normal_phone(value: str) -> str | None:
    """The number in E.164 (+48601234567), Polish when no country is given; None when it is no phone number."""
    try:
        number = phonenumbers.parse(value, "PL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _postcode(value: str) -> str | None:
    digits = re.sub(r"\D", "", value)
    return f"{digits[:2]}-{digits[2:]}" if len(digits) == 5 else None


def _nip(value: str) -> str | None:
    digits = re.sub(r"\D", "", value)
    return digits if nip.is_valid(digits) else None


def _plain(value: str) -> str | None:
    return value.strip() or None


TOLD: dict[str, Callable[[str], str | None]] = {
    "order_number": _order_number,
    "email": _email,
    "phone": normal_phone,
    "postcode": _postcode,
    "nip": _nip,
    "return_number": _plain,
    "complaint_number": _plain,
}
"""The facts that any message may tell, by entity name, with the function that checks and normalises the value."""


def told(entities: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """The valid facts in a message's entities, normalised, each once; what is malformed is left out."""
    found: dict[tuple[str, str], None] = {}
    for key, raw in entities:
        check = TOLD.get(key)
        value = check(str(raw)) if check and raw is not None else None
        if value is not None:
            found[(key, value)] = None
    return list(found)
