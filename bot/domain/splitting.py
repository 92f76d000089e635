"""Cutting a long text into messages a channel takes, where a reader would pause."""

from __future__ import annotations

import re

_PAUSES = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))
"""Best first: paragraph, line, sentence, word."""


def units(text: str) -> int:
    """Its length in UTF-16 units, as the messengers count: an emoji is two."""
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)


def split_text(text: str, most: int) -> list[str]:
    """`text` in pieces of at most `most` units, never inside a word or an address unless one alone is longer."""
    pieces = []
    rest = text.strip()
    while units(rest) > most:
        at = _cut(rest, _longest(rest, most))
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*pieces, rest] if rest else pieces


def shortened(text: str, most: int) -> str:
    """`text` in at most `most` units; where it was longer it ends with "…"."""
    if units(text) <= most:
        return text
    room = _longest(text, most - 1)
    space = text.rfind(" ", 0, room + 1)
    return text[: space if space > room // 2 else room].rstrip(" ,.;:–-") + "…"


def _longest(text: str, most: int) -> int:
    """How many characters of it fit."""
    if most >= 2 * len(text):
        return len(text)
    used = 0
    for index, letter in enumerate(text):
        used += 2 if ord(letter) > 0xFFFF else 1
        if used > most:
            return index
    return len(text)


def _cut(text: str, room: int) -> int:
    """The last good pause within `room` characters: a better kind counts unless it leaves the piece half empty."""
    last = 0
    for kind in _PAUSES:
        found = [match.start() for match in kind.finditer(text, 0, room + 1) if 0 < match.start() <= room]
        if found and found[-1] >= room // 2:
            return found[-1]
        last = max(last, found[-1] if found else 0)
    return last or room
