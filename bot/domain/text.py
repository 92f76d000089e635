"""Text as customers write it: folded so that "Łódź", "lodz" and "LODZ" are the same word."""

from __future__ import annotations

import re
import unicodedata

# Letters that are not a base letter plus an accent, so that decomposing them changes nothing.
_STROKED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


def fold(text: str) -> str:
    """`text` in lower case, without diacritics, its white space collapsed to single blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_STROKED))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(plain.translate(_STROKED).split())


def words(text: str) -> list[str]:
    """The folded words and numbers of `text`, in order, without punctuation."""
    return _WORD.findall(fold(text))
