"""What must never be stored: payment card numbers, bank accounts and PESEL are masked before a text is kept."""

from __future__ import annotations

import re

from stdnum import iban, luhn
from stdnum.pl import pesel

_CARD = re.compile(r"(?<![\d+])(?:\d[ -]?){12,18}\d(?!\d)")
_IBAN = re.compile(r"\b(?:PL[ ]?)?\d{2}(?:[ ]?\d{4}){6}\b", re.IGNORECASE)
_PESEL = re.compile(r"(?<!\d)\d{11}(?!\d)")
MASK = "••••"


def without_secrets(text: str) -> str:
    """The text with valid card numbers, Polish account numbers and PESELs cut down to their last four digits."""
    text = _IBAN.sub(lambda m: _mask(m[0], iban.is_valid("PL" + re.sub(r"\D", "", m[0]))), text)
    text = _CARD.sub(lambda m: _mask(m[0], luhn.is_valid(re.sub(r"\D", "", m[0]))), text)
    return _PESEL.sub(lambda m: _mask(m[0], pesel.is_valid(m[0])), text)


def _mask(found: str, valid: bool) -> str:
    return MASK + re.sub(r"\D", "", found)[-4:] if valid else found
