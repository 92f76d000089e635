"""Edits to YAML files that people edit too: a diff shows only what was changed, and a file is whole or untouched."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import LiteralScalarString
from ruamel.yaml.tokens import CommentToken

from bot.domain.errors import NotPossibleNow, StorageUnavailable

CUSTOM = "custom.yml"
"""What admins add has files of its own: an update of the product never touches it."""

# Every scalar as a string, as the names and sentences of these files are meant: `yes` and `on` are words here.
_Reader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INDENTED_SEQUENCE = re.compile(r"^\w[^\n]*:[ \t]*\n  - ", re.MULTILINE)


def read(text: str) -> dict[str, Any]:
    """The content of a file whose top level is a mapping, every scalar as a string; {} for an empty one."""
    content = yaml.load(text, Loader=_Reader)
    return content if isinstance(content, dict) else {}


def read_file(path: Path) -> dict[str, Any]:
    """The content of that file, to be read only; {} where there is none. Raises NotPossibleNow naming a broken file."""
    try:
        stat = path.stat()
        return _read_once(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error


@lru_cache(maxsize=256)
def _read_once(path: Path, _: tuple[int, ...]) -> dict[str, Any]:
    """Parsed again only when the file is another one."""
    return read(path.read_text("utf-8"))


def unreadable(path: Path, error: Exception) -> NotPossibleNow:
    """The error for a file broken by hand, with the line where its syntax breaks as far as that is known."""
    mark = getattr(error, "problem_mark", None)
    line = {"line": mark.line + 1} if mark else {}
    return NotPossibleNow(details={"reason": "unreadable_file", "file": f"{path.parent.name}/{path.name}", **line})


class Draft:
    """Changes to several files that become real together: see `staged`. A draft by itself writes nothing."""

    def __init__(self) -> None:
        self._texts: dict[Path, str | None] = {}

    def text(self, path: Path) -> str:
        """The file as this draft leaves it; empty where there is none."""
        if path in self._texts:
            return self._texts[path] or ""
        return path.read_text("utf-8") if path.exists() else ""

    def edit(self, path: Path, change: Callable[[Any], None]) -> None:
        """Let `change` modify the loaded content in place; lines it does not concern stay as they were."""
        self._texts[path] = edited(self.text(path), change)

    def append(self, path: Path, header: str, entry: str) -> None:
        """Add `entry` (whole lines) to the list or mapping that ends the file; `header` begins a new file."""
        text = self.text(path)
        self._texts[path] = f"{text.rstrip()}\n\n{entry}" if text.strip() else header + entry

    def write(self, path: Path, text: str) -> None:
        self._texts[path] = text

    def remove(self, path: Path) -> None:
        self._texts[path] = None

    def changes(self) -> dict[Path, str | None]:
        """The files that this draft leaves otherwise than they are now, with their texts; None removes one."""
        return {path: text for path, text in self._texts.items() if text != _current(path)}


def drop_entries(draft: Draft, path: Path, key: str, positions: list[int]) -> None:
    """Remove entries of the list under `key`; a file of admins' own that this empties goes too."""

    def change(content: Any) -> None:
        for position in sorted(positions, reverse=True):
            del content[key][position]

    draft.edit(path, change)
    if path.name == CUSTOM and not read(draft.text(path)).get(key):
        draft.remove(path)


def _current(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


class Staged:
    """Texts that are safe on the disk, beside the files they will replace."""

    def __init__(self, texts: Mapping[Path, str | None]) -> None:
        """Stage all of them or, when the disk refuses, none (StorageUnavailable)."""
        self._texts = texts
        self._staged: list[tuple[str, Path]] = []
        try:
            for path, text in texts.items():
                if text is not None:
                    self._staged.append((_stage(path, text), path))
        except OSError as error:
            self.forget()
            raise StorageUnavailable(details={"reason": "files_not_written"}) from error

    def replace(self) -> None:
        """Make them the files."""
        for temporary, path in self._staged:
            Path(temporary).replace(path)
        for path, text in self._texts.items():
            if text is None:
                path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Leave every file as it is."""
        _forget(temporary for temporary, _ in self._staged)


def _stage(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
    except BaseException:
        _forget([temporary])
        raise
    return temporary


def _forget(temporaries: Iterable[str]) -> None:
    for temporary in temporaries:
        Path(temporary).unlink(missing_ok=True)


def edited(text: str, change: Callable[[Any], None]) -> str:
    """`text` with `change` applied to its content. What ruamel would re-indent beside it is left as it was."""
    round_trip = _round_trip(text)
    content = round_trip.load(text)
    before = _dumped(round_trip, content)
    change(content)
    after = _dumped(round_trip, content)
    smallest = _transplant(text, before, after)
    return smallest if smallest is not None and _same(smallest, after) else after


def dumped(content: Any) -> str:
    """A new piece of a file, in the block style of the project's files."""
    return _dumped(_round_trip(""), content)


def scalar(text: str) -> str:
    """`text` as it reads best in a file: a block when it has several lines. It keeps the quotes of what it replaces."""
    return LiteralScalarString(text) if "\n" in text else text


def node(content: Any) -> Any:
    """`content` as a node that may be put into a loaded file."""
    return YAML().load(dumped(content))


@contextmanager
def keeping_tail(parent: Any) -> Iterator[None]:
    """Change the end of a list or mapping without taking along what follows it.

    ruamel keeps the blank lines and comments after a node with the node's last scalar; here they stay at the end.
    """
    tail = _take_tail(parent) if parent else ""
    yield
    if tail and parent:
        _give_tail(parent, tail)


def _take_tail(parent: Any) -> str:
    holder, key, place = _last(parent)
    slot = holder.ca.items.get(key)
    if not slot or slot[place] is None:
        return ""
    value = slot[place].value
    if isinstance(holder[key], LiteralScalarString):
        slot[place] = None
        return str(value)
    inline, _, tail = value.partition("\n")
    slot[place] = CommentToken(inline + "\n", CommentMark(0), None) if inline else None
    return str(tail)


def _give_tail(parent: Any, tail: str) -> None:
    holder, key, place = _last(parent)
    slot = holder.ca.items.setdefault(key, [None, None, None, None])
    ended = slot[place].value if slot[place] else "" if isinstance(holder[key], LiteralScalarString) else "\n"
    slot[place] = CommentToken(ended + tail, CommentMark(0), None)


def _last(parent: Any) -> tuple[Any, Any, int]:
    """Where ruamel hangs what follows `parent`: the innermost last holder, its last key, the place in its comments."""
    while True:
        key = len(parent) - 1 if isinstance(parent, list) else list(parent)[-1]
        if not isinstance(parent[key], (CommentedMap, CommentedSeq)) or not parent[key]:
            return parent, key, 0 if isinstance(parent, list) else 2
        parent = parent[key]


def _round_trip(text: str) -> Any:
    round_trip: Any = YAML()
    round_trip.preserve_quotes = True
    round_trip.width = 100_000  # a sentence is one line, however long
    if _INDENTED_SEQUENCE.search(text):
        round_trip.indent(mapping=2, sequence=4, offset=2)
    return round_trip


def _dumped(round_trip: Any, content: Any) -> str:
    stream = io.StringIO()
    round_trip.dump(content, stream)
    return stream.getvalue()


def _same(one: str, other: str) -> bool:
    try:
        return bool(yaml.load(one, Loader=_Reader) == yaml.load(other, Loader=_Reader))
    except yaml.YAMLError:
        return False


def _transplant(original: str, before: str, after: str) -> str | None:
    """Apply the difference between two dumps to the original text; None where a changed line has no counterpart."""
    if original == before:
        return after
    lines, old, new = original.splitlines(True), before.splitlines(True), after.splitlines(True)
    places = _places(old, lines)
    for tag, i1, i2, j1, j2 in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        start, end = places.get(i1), places.get(i2)
        if start is None or end is None:
            return None
        lines[start:end] = new[j1:j2]
    return "".join(lines)


def _places(old: list[str], lines: list[str]) -> dict[int, int]:
    """Where each line boundary of `old` lies in `lines`, as far as that can be told."""
    places: dict[int, int] = {}
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, lines, autojunk=False).get_opcodes():
        if tag == "equal" or i2 - i1 == j2 - j1:
            places.update({i1 + step: j1 + step for step in range(i2 - i1 + 1)})
        else:
            places.setdefault(i1, j1)
            places[i2] = j2
    return places
