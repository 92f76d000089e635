"""What the product says: the texts of `data/responses/*.yml`, in Rasa's own format, rendered for one language.

Gateway and brain both render with this class, so an edited text is live in both without training.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Rendered:
    """A text ready to send, with its buttons as (title, payload)."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


class UnknownResponse(KeyError):
    """No text of this name: a defect of the project's files, never of a customer's message."""


class Responses:
    """The catalogue. Files are read again when one of them changed (checked at each rendering, by time and size)."""

    def __init__(self, folder: Path, *, choose: Callable[[list[Any]], Any] = random.choice) -> None:
        self._folder = folder
        self._choose = choose
        self._stamp: tuple[Any, ...] = ()
        self._variants: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def names(self) -> set[str]:
        self._reload()
        return {name for name, _ in self._variants}

    def languages(self, name: str) -> set[str]:
        self._reload()
        return {language for known, language in self._variants if known == name}

    def has(self, name: str) -> bool:
        return name in self.names()

    def render(self, name: str, language: str, /, **values: Any) -> Rendered:
        """The text in `language`, in Polish where that is missing. Raises UnknownResponse, or KeyError for a value."""
        self._reload()
        variants = self._variants.get((name, language)) or self._variants.get((name, "pl"))
        if not variants:
            raise UnknownResponse(name)
        chosen = self._choose(variants)
        buttons = tuple(
            (button["title"].format_map(values), button["payload"]) for button in chosen.get("buttons") or ()
        )
        return Rendered(str(chosen["text"]).strip().format_map(values), buttons)

    def text(self, name: str, language: str, /, **values: Any) -> str:
        return self.render(name, language, **values).text

    def _reload(self) -> None:
        files = sorted(self._folder.glob("*.yml"))
        stamp = tuple((f.name, s.st_mtime_ns, s.st_size) for f in files for s in (f.stat(),))
        if stamp == self._stamp:
            return
        variants: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for file in files:
            content = yaml.load(file.read_text("utf-8"), Loader=_Loader) or {}
            for name, entries in (content.get("responses") or {}).items():
                for entry in entries:
                    variants.setdefault((name, language_of(entry)), []).append(entry)
        self._variants, self._stamp = variants, stamp


def language_of(entry: dict[str, Any]) -> str:
    """The language a response variant is for: its condition on the slot `language`, Polish without one."""
    for condition in entry.get("condition") or ():
        if condition.get("name") == "language":
            return str(condition["value"])
    return "pl"
