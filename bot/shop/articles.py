"""Knowledge articles on disk: `<slug>.<language>.md`, a few `name: value` lines between `---`, then the text."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from bot.shop.cells import suggestion
from bot.shop.errors import Problem

SUMMARY_LENGTH = 400
"""The first paragraph is sent in a chat as it stands."""

_NAME = re.compile(r"([a-z0-9-]{1,80})\.(pl|en)\.md")
_FIELDS = ("title", "topic", "keywords")


def read_articles(folder: Path, now: dt.datetime) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Rows for the table of articles, and everything wrong with the files. A folder that isn't there has none."""
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else ():
        if path.name.lower() == "readme.md":
            continue
        row, wrong = _read(path, now)
        problems += [Problem(f"{folder.name}/{path.name}", line, column, reason) for line, column, reason in wrong]
        if row is not None:
            rows.append(row)
    return rows, problems


def _read(path: Path, now: dt.datetime) -> tuple[dict[str, Any] | None, list[tuple[int, str, str]]]:
    name = _NAME.fullmatch(path.name)
    if name is None:
        return None, [(0, "", "an article is named <slug>.pl.md or <slug>.en.md")]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None, [(0, "", "not UTF-8")]
    opening, mark, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not mark:
        return None, [(1, "", "must begin with lines such as 'title: …' between two lines of ---")]
    head, wrong = _head(opening)
    body = body.strip()
    summary = " ".join(body.partition("\n\n")[0].split())
    if not summary:
        wrong.append((0, "", "has no text"))
    elif len(summary) > SUMMARY_LENGTH:
        wrong.append((0, "", f"its first paragraph has {len(summary)} characters, more than {SUMMARY_LENGTH}"))
    row = {"slug": name[1], "language": name[2], **head, "summary": summary, "body": body, "updated_at": now}
    return (None if wrong else row), wrong


def _head(opening: str) -> tuple[dict[str, str | None], list[tuple[int, str, str]]]:
    head: dict[str, str | None] = dict.fromkeys(_FIELDS)
    wrong: list[tuple[int, str, str]] = []
    for line, entry in enumerate(opening.splitlines(), 2):
        field, colon, value = (part.strip() for part in entry.partition(":"))
        if field not in head or not colon:
            wrong.append((line, field, f"unknown field{suggestion(field, _FIELDS)}"))
        else:
            head[field] = value or None
    if not head["title"]:
        wrong.append((0, "title", "missing"))
    return head, wrong
