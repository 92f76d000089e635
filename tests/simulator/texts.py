"""Which text of the catalogue a message of the assistant is, and in which language: found by its words alone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from bot.responses import language_of
from bot.settings import PROJECT

_VALUE = re.compile(r"\{[a-z_]+\}")
UNFILLED = re.compile(r"\{[a-z_]*\}|\butter_[a-z_]+|\bNone\b")
"""What must never be seen by a customer."""


@cache
def _catalogue(folder: Path = PROJECT / "data" / "responses") -> list[tuple[str, str, str, re.Pattern[str]]]:
    """(name, language, what it begins with, pattern of the whole), texts that are mostly values left out."""
    found = []
    for file in sorted(folder.glob("*.yml")):
        for name, entries in (yaml.safe_load(file.read_text("utf-8")).get("responses") or {}).items():
            for entry in entries:
                text = plain(str(entry["text"]).strip())
                literal = _VALUE.split(text)
                if sum(map(len, literal)) < 8:
                    continue
                pattern = re.compile(".*?".join(map(re.escape, literal)), re.DOTALL)
                found.append((name, language_of(entry), literal[0], pattern))
    return found


def recognised(text: str) -> set[tuple[str, str]]:
    """{(response, language)} that the text may be."""
    text = plain(text)
    return {
        (name, language)
        for name, language, beginning, pattern in _catalogue()
        if text.startswith(beginning) and pattern.fullmatch(text)
    }


def plain(text: str) -> str:
    """With ordinary blanks: amounts are written with ones that do not break."""
    return text.replace("\xa0", " ").replace("\u202f", " ")
