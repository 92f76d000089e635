"""The response texts of `data/responses/*.yml`, in Rasa's format: variants, each for a language, maybe with buttons."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.responses import language_of
from bot.services import project_checks as check
from bot.services.yaml_files import CUSTOM, Draft, dumped, keeping_tail, node, read, read_file, scalar, unreadable

HEADER = 'version: "3.1"\n\nresponses:\n'


@dataclass(frozen=True)
class Variant:
    """One way to say a response. `buttons` are {"title", "payload"}; None leaves those it has."""

    text: str
    buttons: list[dict[str, str]] | None = None


@dataclass(frozen=True)
class ResponseText:
    """A response: the file it is in, and its variants by language."""

    topic: str
    variants: dict[str, list[Variant]]

    @property
    def texts(self) -> dict[str, list[str]]:
        return {language: [variant.text for variant in own] for language, own in self.variants.items()}

    @property
    def version(self) -> str:
        """Changes whenever its texts or buttons do."""
        return hashlib.sha256(repr(sorted(self.variants.items())).encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """As pages get it."""
        return {
            "topic": self.topic,
            "texts": self.texts,
            "variants": {language: [vars(variant) for variant in own] for language, own in self.variants.items()},
            "placeholders": sorted(check.known_placeholders(spoken(self.variants))),
            "version": self.version,
        }


def spoken(variants: Mapping[str, list[Variant]]) -> dict[str, list[str]]:
    """Everything of these variants that a customer reads."""
    return {
        language: [text for one in own for text in (one.text, *(button["title"] for button in one.buttons or ()))]
        for language, own in variants.items()
    }


def given_variants(value: Any, intents: Collection[str]) -> dict[str, list[Variant]]:
    """Variants as they came from outside, each a text or {"text", "buttons"?}. Raises InvalidValue."""
    if not isinstance(value, Mapping) or not all(isinstance(own, list) for own in value.values()):
        raise check.refuse("not_texts")
    given = {
        language: [one if isinstance(one, Mapping) else {"text": one} for one in own] for language, own in value.items()
    }
    texts = check.clean_texts({lang: [one.get("text") for one in own] for lang, own in given.items()}, lines=True)
    buttons = {
        lang: [
            None if one.get("buttons") is None else check.clean_buttons(one["buttons"], lang, intents) for one in own
        ]
        for lang, own in given.items()
    }
    return {lang: list(map(Variant, own, buttons[lang])) for lang, own in texts.items()}


def load(folder: Path) -> dict[str, ResponseText]:
    """Every response by name, over all files."""
    found: dict[str, ResponseText] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, variants in (read_file(path).get("responses") or {}).items():
            response = found.setdefault(name, ResponseText(path.stem, {"pl": [], "en": []}))
            for variant in variants or ():
                buttons = [
                    {"title": str(b["title"]), "payload": str(b["payload"])} for b in variant.get("buttons") or ()
                ]
                own = response.variants.setdefault(language_of(variant), [])
                own.append(Variant(str(variant.get("text") or "").strip(), buttons))
    return dict(sorted(found.items()))


def save(draft: Draft, folder: Path, name: str, given: Mapping[str, list[Variant]]) -> None:
    """Make `given` the variants of the languages it names; a response without a file goes to the admins' own."""
    for path in sorted(folder.glob("*.yml")):
        if name in _responses(draft.text(path), path):
            draft.edit(path, lambda content: _replace(content["responses"][name], given))
            return
    variants = [_entry(variant, language) for language, new in given.items() for variant in new]
    draft.append(folder / CUSTOM, HEADER, textwrap.indent(dumped({name: variants}), "  "))


def remove(draft: Draft, path: Path, name: str) -> None:
    """Remove a response from that file, if it is there; an emptied file goes too."""
    present = _responses(draft.text(path), path)
    if name in present:
        if len(present) == 1:
            draft.remove(path)
        else:
            draft.edit(path, lambda content: content["responses"].pop(name))


def _responses(text: str, path: Path) -> dict[str, Any]:
    try:
        return read(text).get("responses") or {}
    except yaml.YAMLError as error:
        raise unreadable(path, error) from error


def _replace(variants: Any, given: Mapping[str, list[Variant]]) -> None:
    with keeping_tail(variants):
        for language, new in given.items():
            own = [variant for variant in variants if language_of(variant) == language]
            fitting = _paired(own, [variant.text for variant in new])
            for wanted, present in zip(new, fitting, strict=True):
                if present is None:
                    variants.append(node(_entry(wanted, language)))
                    continue
                if str(present["text"]).strip() != wanted.text:
                    present["text"] = scalar(wanted.text)
                _set_buttons(present, wanted.buttons)
            kept = {id(variant) for variant in fitting}
            dropped = {id(variant) for variant in own} - kept
            for position in reversed([i for i, variant in enumerate(variants) if id(variant) in dropped]):
                del variants[position]


def _set_buttons(variant: Any, buttons: list[dict[str, str]] | None) -> None:
    present = [{"title": str(b["title"]), "payload": str(b["payload"])} for b in variant.get("buttons") or ()]
    if buttons is None or buttons == present:
        return
    if "buttons" in variant:
        with keeping_tail(variant):
            del variant["buttons"]
    if buttons:
        variant.insert(1, "buttons", node(buttons))


def _paired(own: list[Any], new: list[str]) -> list[Any]:
    """For each new text the variant that says it already, else the next one left over, else None."""
    said = {str(variant["text"]).strip(): variant for variant in reversed(own)}
    kept = {id(said[text]) for text in new if text in said}
    left = iter([variant for variant in own if id(variant) not in kept])
    return [said[text] if text in said else next(left, None) for text in new]


def _entry(variant: Variant, language: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"text": scalar(variant.text)}
    if variant.buttons:
        entry["buttons"] = variant.buttons
    if language != "pl":
        entry["condition"] = [{"type": "slot", "name": "language", "value": language}]
    return entry
