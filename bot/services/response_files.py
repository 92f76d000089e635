"""The response texts of `data/responses/*.yml`, in Rasa's format: variants, each for a language, maybe with buttons."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.domain.errors import NotPossibleNow
from bot.responses import language_of
from bot.services.yaml_files import CUSTOM, Draft, dumped, keeping_tail, node, read, scalar

HEADER = 'version: "3.1"\n\nresponses:\n'


def texts(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Every response's texts by language, by name, over all files."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, variants in _responses(path.read_text("utf-8"), path).items():
            for variant in variants or ():
                by_language = found.setdefault(name, {"pl": [], "en": []})
                by_language.setdefault(language_of(variant), []).append(str(variant.get("text") or "").strip())
    return dict(sorted(found.items()))


def save(draft: Draft, folder: Path, name: str, given: Mapping[str, list[str]]) -> None:
    """Make `given` the texts of the languages it names; a response without a file goes to the admins' own."""
    for path in sorted(folder.glob("*.yml")):
        if name in _responses(draft.text(path), path):
            draft.edit(path, lambda content: _replace(content["responses"][name], given))
            return
    variants = [_variant(text, language) for language, new in given.items() for text in new]
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
        raise NotPossibleNow(details={"reason": "unreadable_file", "file": path.name}) from error


def _replace(variants: Any, given: Mapping[str, list[str]]) -> None:
    with keeping_tail(variants):
        for language, new in given.items():
            own = [variant for variant in variants if language_of(variant) == language]
            fitting = _paired(own, new)
            for text, variant in zip(new, fitting, strict=True):
                if variant is None:
                    variants.append(node(_variant(text, language)))
                elif str(variant["text"]).strip() != text:
                    variant["text"] = scalar(text)
            kept = {id(variant) for variant in fitting}
            dropped = {id(variant) for variant in own} - kept
            for position in reversed([i for i, variant in enumerate(variants) if id(variant) in dropped]):
                del variants[position]


def _paired(own: list[Any], new: list[str]) -> list[Any]:
    """For each new text the variant that says it already, else the next one left over, else None."""
    said = {str(variant["text"]).strip(): variant for variant in reversed(own)}
    kept = {id(said[text]) for text in new if text in said}
    left = iter([variant for variant in own if id(variant) not in kept])
    return [said[text] if text in said else next(left, None) for text in new]


def _variant(text: str, language: str) -> dict[str, Any]:
    variant: dict[str, Any] = {"text": scalar(text)}
    if language != "pl":
        variant["condition"] = [{"type": "slot", "name": "language", "value": language}]
    return variant
