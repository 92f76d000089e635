"""Contacts and numbers in one form each, so that two spellings of the same thing compare as equal."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.pl import nip as polish_nip

_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")
_PLAIN_POLISH_PHONE = re.compile(r"\+48\d{9}")
_POLISH_POSTCODE = re.compile(r"(\d{2})[-\s]?(\d{3})")


def normal_email(text: str) -> str | None:
    """The address in lower case without surrounding white space; None where it has not the shape of one."""
    address = text.strip().lower()
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else None


@lru_cache(maxsize=4096)
def normal_phone(text: str, country: str = "PL") -> str | None:
    """The number as +48601234567 (E.164; without a prefix it is taken as Polish); None where it cannot be a phone."""
    if _PLAIN_POLISH_PHONE.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_postcode(text: str, country: str = "PL") -> str | None:
    """A Polish postcode as 00-950; elsewhere upper case without doubled blanks. None where the shape is wrong."""
    if country.upper() != "PL":
        return " ".join(text.upper().split()) or None
    found = _POLISH_POSTCODE.fullmatch(text.strip())
    return f"{found[1]}-{found[2]}" if found else None


def normal_nip(text: str) -> str | None:
    """A Polish NIP as ten digits, another EU VAT number with its prefix; None where the check digit is wrong."""
    for number in (polish_nip, vat):
        try:
            return str(number.validate(text))
        except ValidationError:
            continue
    return None


def normal_order_number(text: str) -> str:
    """An order number as it is stored: without blanks and without a leading `#` or `nr`."""
    return re.sub(r"^(?:nr|no|#|\.|\s)+", "", text.strip(), flags=re.IGNORECASE).replace(" ", "")
