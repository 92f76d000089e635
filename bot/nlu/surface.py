"""What the features see of a text; people and entity patterns see the original."""

from __future__ import annotations

import re

from bot.domain.text import fold

_EMAIL = re.compile(r"\S+@\S+\.\w+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[a-z]{2}")
_NUMBER = re.compile(r"[+#]?0[0 -]{4,}0")


def surface(text: str) -> str:
    """Folded, every e-mail and long number the same, so that values don't outweigh the words."""
    return _NUMBER.sub(" xnumx ", _DIGIT.sub("0", _EMAIL.sub(" xmailx ", fold(text))))


def has_words(text: str) -> bool:
    """False for bare values: an order number or an e-mail is in no language."""
    return bool(_WORD.search(surface(text).replace("xnumx", "").replace("xmailx", "")))
