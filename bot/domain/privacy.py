"""What must never be stored: payment card numbers and PESEL are masked before a text is kept.

Bank account numbers are not: a refund to an account needs the one the customer names.
"""

from __future__ import annotations

import re

from stdnum import luhn
from stdnum.pl import pesel

_CARD = re.compile(r"(?<![\d+])(?<!\d[ -])(?:\d[ -]?){12,18}\d(?![ -]?\d)")
_PESEL = re.compile(r"(?<!\d)\d{11}(?!\d)")
MASK = "••••"


def without_secrets(text: str) -> str:
    """The text with valid card numbers and PESELs cut down to their last four digits."""
    text = _CARD.sub(lambda m: _mask(m[0], luhn.is_valid(re.sub(r"\D", "", m[0]))), text)
    return _PESEL.sub(lambda m: _mask(m[0], pesel.is_valid(m[0])), text)


def _mask(found: str, valid: bool) -> str:
    return MASK + re.sub(r"\D", "", found)[-4:] if valid else found
