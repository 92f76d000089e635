"""What in the project's files would make a training fail, each with its file and line: for people, before it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.services import project_checks as check
from bot.services.yaml_files import read

Fault = dict[str, Any]
_EXAMPLE = re.compile(r"^\s*-\s+(?P<text>\S.*)$")
_NAMED = re.compile(r"^\s*-?\s*(?P<key>intent|action):\s*[\"']?(?P<name>[\w/]+)")


def faults(root: Path) -> list[Fault]:
    """[{"file", "line", "reason", …}]: broken syntax, and names that the domain does not know."""
    broken, contents = [], {}
    for path in sorted([root / "config.yml", root / "domain.yml", *(root / "data").rglob("*.yml")]):
        try:
            if path.is_file():
                contents[path] = read(path.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            broken.append(_fault(root, path, mark.line + 1 if mark else 1, "syntax", problem=_words(error)))
    domain = contents.get(root / "domain.yml", {})
    if broken or not domain:
        return broken
    known = {key: {_name(entry) for entry in domain.get(key) or ()} for key in ("intents", "actions", "entities")}
    return [fault for path in contents for fault in _unknown(root, path, known)]


def _unknown(root: Path, path: Path, known: dict[str, set[str]]) -> Iterator[Fault]:
    """Names in a file of examples or rules that are not in the domain."""
    kind = path.relative_to(root).parts[1] if path.is_relative_to(root / "data") else ""
    if kind not in ("nlu", "rules"):
        return
    inside = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        named = _NAMED.match(line)
        if named:
            inside = kind == "nlu"
            wanted = known["intents"] if named["key"] == "intent" else known["actions"]
            if named["name"] not in wanted | {"nlu_fallback"}:
                yield _fault(root, path, number, f"unknown_{named['key']}", given=named["name"])
        elif inside and (example := _EXAMPLE.match(line)):
            for refused in check.annotation_problems(example["text"], "", known["entities"]):
                yield _fault(root, path, number, "unknown_entity", given=refused.details["entity"])


def _fault(root: Path, path: Path, line: int, reason: str, **details: str) -> Fault:
    return {"file": path.relative_to(root).as_posix(), "line": line, "reason": reason, **details}


def _name(entry: Any) -> str:
    return str(next(iter(entry)) if isinstance(entry, dict) else entry)


def _words(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error)[:200]
