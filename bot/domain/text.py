"""Text as customers write it: folded so that "Łódź", "lodz" and "LODZ" are the same word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that are not a base letter plus an accent, so that decomposing them changes nothing.
_STROKED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})
# Nearly all there are; what is left over is looked at letter by letter, which takes ten times as long.
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


def fold(text: str) -> str:
    """`text` in lower case, without diacritics, its white space collapsed to single blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_STROKED))
    plain = _ACCENTS.sub("", plain)
    if not plain.isascii():
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(plain.translate(_STROKED).split())


def words(text: str) -> list[str]:
    """The folded words and numbers of `text`, in order, without punctuation."""
    return _WORD.findall(fold(text))


def aligned(text: str) -> str:
    """`text` in lower case without diacritics, letter for letter: a place in it is the same place in `text`."""
    return "".join(_plain_letter(letter) for letter in text)


@lru_cache(maxsize=4096)
def _plain_letter(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter.lower().translate(_STROKED))[:1]
    return plain if plain and not unicodedata.combining(plain) else letter


def one_edit_apart(one: str, other: str) -> bool:
    """True if one letter more, one less, another one, or two neighbours swapped make the two the same."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    at = next((i for i, letter in enumerate(one) if letter != other[i]), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1]
    return one[at + 1 :] == other[at + 1 :] or (swapped and one[at + 2 :] == other[at + 2 :])


_SENTENCES = re.compile(r"(?<=[.!?…])\s+")


def asking_part(text: str) -> str:
    """The sentence of `text` that asks; all of it where none does."""
    line = next((line for line in reversed(text.splitlines()) if "?" in line), "")
    asking = [sentence for sentence in _SENTENCES.split(line.strip()) if sentence.endswith("?")]
    return asking[-1] if asking else text
