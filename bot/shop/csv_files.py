"""Reading one CSV file as spreadsheets write it: with or without a BOM; commas, semicolons or tabs; quoted cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from bot.shop.errors import Problem


class Table:
    """The rows of a file. `header` is None when the file cannot be read; why is then in `problems`."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.problems: list[Problem] = []
        self.header: list[str] | None = None
        self._records: Iterator[list[str]] = iter(())
        self._row = 0
        text = self._text(path)
        if text is None:
            return
        if not text.strip():
            self._add("the file is empty; it needs at least its header")
            return
        # strict: a quote that is never closed, or closed in the middle of a cell, is an error and not a guess.
        self._records = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
        first = self._next()
        self.header = [name.strip().lower() for name in first] if first is not None else None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each record with its row number; blank ones are left out, those of a wrong length become problems."""
        width = len(self.header or ())
        while (record := self._next()) is not None:
            cells = [cell.strip() for cell in record]
            if not any(cells):
                continue
            if len(cells) != width:
                self._add(f"{len(cells)} cells where the header has {width}", self._row)
                continue
            yield self._row, cells

    def _next(self) -> list[str] | None:
        self._row += 1
        try:
            return next(self._records, None)
        except csv.Error as error:
            self._add(f"bad quoting ({error}); the rest of the file was not read", self._row)
            self._records = iter(())
            return None

    def _text(self, path: Path) -> str | None:
        data = path.read_bytes()
        utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        try:
            text = data.decode("utf-16" if utf16 else "utf-8-sig")
        except UnicodeDecodeError as error:
            # A guess (Windows-1250? ISO 8859-2?) would spoil names silently, so the shop has to say.
            row = 0 if utf16 else data.count(b"\n", 0, error.start) + 1
            self._add("not UTF-8; save the file as 'CSV UTF-8'", row)
            return None
        if "\x00" in text:
            self._add("holds a zero byte", text.count("\n", 0, text.index("\x00")) + 1)
            return None
        return text

    def _add(self, reason: str, row: int = 0) -> None:
        self.problems.append(Problem(self.name, row, "", reason))


def _separator(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)
