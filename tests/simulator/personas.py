"""How simulated customers write: how much they tell at once, how they answer, what they do in between, their style."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.domain.text import fold

PHRASES = Path(__file__).parent / "phrases"


@cache
def phrases(language: str) -> dict[str, list[str]]:
    """speech act -> ways to say it."""
    found: dict[str, list[str]] = yaml.safe_load((PHRASES / f"{language}.yml").read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Persona:
    """`tells`: everything at once, some of it, or one thing at a time. `answers`: with words, buttons, or either."""

    name: str
    tells: str = "some"
    answers: str = "either"
    style: str = "plain"
    contact_first: bool = False
    """Gives the e-mail before the order number when both are asked for."""
    synonyms: bool = False
    """Answers a choice by any words that mean it, or by its place, never by the title of its button."""
    habit: str = ""
    """What they do once in the conversation: interrupt, correct, change_mind, switch, insist, human_midway."""


PERSONAS = (
    Persona("terse", "one", "words", "terse"),
    Persona("chatty", "all", "words", "chatty"),
    Persona("no diacritics", "some", "words", "folded"),
    Persona("typos", "some", "words", "typos"),
    Persona("all caps", "some", "either", "caps"),
    Persona("formal", "some", "words", "formal"),
    Persona("impatient", "one", "either", "impatient"),
    Persona("emoji", "some", "either", "emoji"),
    Persona("all at once", "all", "words"),
    Persona("one at a time", "one", "words", contact_first=True),
    Persona("corrects themselves", "some", "words", habit="correct"),
    Persona("changes their mind", "some", "either", habit="change_mind"),
    Persona("interrupts", "some", "words", habit="interrupt"),
    Persona("interrupts with buttons", "one", "buttons", habit="interrupt"),
    Persona("switches language", "some", "words", habit="switch"),
    Persona("buttons only", "one", "buttons"),
    Persona("words only", "some", "words"),
    Persona("synonyms", "some", "words", synonyms=True),
    Persona("insists", "all", "words", habit="insist"),
    Persona("human midway", "some", "either", habit="human_midway"),
)


@dataclass
class Voice:
    """One persona speaking one language at a time."""

    persona: Persona
    language: str
    random: random.Random

    def phrase(self, act: str, **values: Any) -> str:
        return " ".join(self.random.choice(phrases(self.language)[act]).format_map(values).split())

    def dressed(self, parts: list[str], *, opening: bool = False) -> str:
        """The sentences as this persona would write them, as one message."""
        style = STYLES.get(self.persona.style)
        text = _joined(parts)
        return style(self, text, opening) if style else text


def _joined(parts: list[str]) -> str:
    text = ""
    for part in (part for part in parts if part):
        text += part if not text else f" {part}" if text[-1] in "?!.," else f", {part}"
    return text


def _terse(voice: Voice, text: str, opening: bool) -> str:
    return text.rstrip("?.!").lower() if not re.search(r"[A-Z]{2}[-\d]", text) else text


def _chatty(voice: Voice, text: str, opening: bool) -> str:
    if not opening:
        return text
    before = voice.random.sample(phrases(voice.language)["story"], 2)
    return f"{' '.join(before)} {text[0].upper()}{text[1:]}"


def _formal(voice: Voice, text: str, opening: bool) -> str:
    if not opening:
        return text
    before, after = voice.phrase("polite.before"), voice.phrase("polite.after")
    return f"{before} {text}{'' if text[-1] in '?!.' else '.'} {after}"


def _impatient(voice: Voice, text: str, opening: bool) -> str:
    return f"{text} {voice.phrase('impatient')}" if opening else text


def _emoji(voice: Voice, text: str, opening: bool) -> str:
    return f"{text} {voice.random.choice(['🙏', '😊', '📦', '👍', '🤔'])}"


def _caps(voice: Voice, text: str, opening: bool) -> str:
    return text.upper()


def _folded(voice: Voice, text: str, opening: bool) -> str:
    """Without diacritics, the case kept."""
    return "".join(c if c.isascii() or not fold(c) else fold(c).upper() if c.isupper() else fold(c) for c in text)


def _typos(voice: Voice, text: str, opening: bool) -> str:
    """One slip in a longer word: two letters swapped, one left out or one doubled."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if not long:
        return text
    place = voice.random.choice(long)
    word = words[place]
    at = voice.random.randrange(1, len(word) - 2)
    slips = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
    )
    words[place] = voice.random.choice(slips)
    return " ".join(words)


STYLES: dict[str, Callable[[Voice, str, bool], str]] = {
    "terse": _terse,
    "chatty": _chatty,
    "formal": _formal,
    "impatient": _impatient,
    "emoji": _emoji,
    "caps": _caps,
    "folded": _folded,
    "typos": _typos,
}
