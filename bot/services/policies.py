"""Reads `data/policies.yml`: the words that decide by themselves."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.domain.errors import StartupError
from bot.domain.text import fold
from bot.domain.tone import Policies


def load_policies(path: Path) -> Policies:
    """The shop's policies. Raises StartupError when the file is missing or is not what it should be."""
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        concerns = {str(name): _words(phrases) for name, phrases in (content.get("concerns") or {}).items()}
        return Policies(_words(content.get("abuse")), concerns)
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error


def _words(entries: list[str] | None) -> tuple[str, ...]:
    # Folded here too, so that an administrator may write them as people do.
    return tuple(fold(str(entry)) for entry in entries or ())
