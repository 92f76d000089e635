"""Reading and checking a whole shop folder: every problem is found before anything is written."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.shop import cells
from bot.shop.articles import read_articles
from bot.shop.csv_files import Table
from bot.shop.errors import Problem
from bot.shop.layout import FILES, File, Row
from bot.shop.pictures import FOLDER as PICTURES
from bot.shop.pictures import is_address, stored_name


@dataclass(slots=True)
class Sheet:
    """One file read: rows ready for the table, the columns it had, and its keys with their rows (bad ones included)."""

    rows: list[Row] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    keys: dict[Any, int] = field(default_factory=dict)


@dataclass(slots=True)
class Folder:
    """What was read. `missing` are references found in no file of the folder, by file: the database may know them.

    `pictures` are the files to keep, by the name they are kept under."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    articles: list[Row] = field(default_factory=list)
    pictures: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    missing: dict[str, dict[str, list[Problem]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


def read_folder(path: Path, now: dt.datetime) -> Folder:
    """Read and check every file in `path` (and its articles, in `knowledge/` inside or beside it). Writes nothing."""
    folder = Folder()
    if not path.is_dir():
        folder.problems.append(Problem(str(path), 0, "", "no such folder"))
        return folder
    _refuse_unknown_files(path, folder)
    for name, file in FILES.items():
        if (path / name).is_file():
            folder.sheets[name] = _SheetReader(path / name, file, now, folder).read()
    _check_belonging(folder)
    _fill_totals(folder)
    _check_pictures(path, folder)
    inside = path / "knowledge"
    folder.articles, wrong = read_articles(inside if inside.is_dir() else path.resolve().parent / "knowledge", now)
    folder.problems += wrong
    return folder


class _SheetReader:
    def __init__(self, path: Path, file: File, now: dt.datetime, folder: Folder) -> None:
        self._name, self._file, self._now, self._folder = path.name, file, now, folder
        self._table = Table(path)
        self._sheet = Sheet()
        self._counts: Counter[Any] = Counter()
        columns = file.table.__table__.columns
        # A blank cell means the column's own default, or nothing.
        self._blank = {name: column.default.arg if column.default else None for name, column in columns.items()}
        self._blank = {name: {} if callable(value) else value for name, value in self._blank.items()}

    def read(self) -> Sheet:
        if self._table.header is not None and self._header_fits(self._table.header):
            header = self._table.header
            self._sheet.columns = frozenset(header)
            for row, record in self._table.rows():
                self._read_row(row, dict(zip(header, record, strict=True)))
        self._folder.problems += self._table.problems
        return self._sheet

    def _header_fits(self, header: list[str]) -> bool:
        known = self._file.columns
        found = len(self._folder.problems)
        for name, times in Counter(header).items():
            if name not in known:
                left = [column for column in known if column not in header]
                self._add(1, name, f"unknown column{cells.suggestion(name, left or known)}")
            elif times > 1:
                self._add(1, name, "the column is there twice")
        for name, column in known.items():
            if column.required and name not in header:
                self._add(1, name, "the column is missing")
        return len(self._folder.problems) == found

    def _read_row(self, number: int, record: dict[str, str]) -> None:
        before = len(self._folder.problems)
        row: Row = {}
        for name, cell in record.items():
            row[name] = self._read_cell(number, name, cell)
        self._check_postcode(number, row)
        self._number(row)
        self._check_key(number, row)
        if len(self._folder.problems) == before:
            self._complete(row)
            self._sheet.rows.append(row)

    def _read_cell(self, number: int, name: str, cell: str) -> Any:
        column = self._file.columns[name]
        if not cell:
            if column.required:
                self._add(number, name, "must not be blank")
            return self._blank.get(name)
        try:
            value = column.read(cell, self._now)
        except ValueError as error:
            self._add(number, name, str(error))
            return None
        if column.refers is not None:
            self._refer(number, name, column.refers, value)
        return value

    def _refer(self, number: int, name: str, target: str, value: str) -> None:
        sheet = self._folder.sheets.get(target)
        if sheet is not None and not sheet.columns:
            return  # That file could not be read at all: one problem, not one for each row that refers to it.
        if sheet is None or value not in sheet.keys:
            problem = Problem(self._name, number, name, f"{value!r} is not in {target}")
            self._folder.missing[target][value].append(problem)

    def _check_postcode(self, number: int, row: Row) -> None:
        if row.get("postcode"):
            try:
                row["postcode"] = cells.postcode(row["postcode"], row.get("country") or "PL")
            except ValueError as error:
                self._add(number, "postcode", str(error))

    def _number(self, row: Row) -> None:
        counted = self._file.counted
        if counted is not None and row.get(counted) is None:
            group = row.get(self._file.key[0])
            self._counts[group] += 1
            row[counted] = self._counts[group]

    def _check_key(self, number: int, row: Row) -> None:
        parts = [row.get(name) for name in self._file.key]
        if None in parts:
            return
        if self._file.joined:
            row["id"] = "-".join(str(part) for part in parts)
        key = row["id"] if self._file.joined else parts[0] if len(parts) == 1 else tuple(parts)
        first = self._sheet.keys.setdefault(key, number)
        if first != number:
            self._add(number, self._file.key[-1], f"{_spelt(key)} is in row {first} already")

    def _complete(self, row: Row) -> None:
        for name, fill in self._file.fills.items():
            if row.get(name) is None:
                row[name] = fill(row, self._now)
        # Two cells of the file, one column of the table.
        if "attributes_pl" in row or "attributes_en" in row:
            row["attributes"] = {"pl": row.pop("attributes_pl", None) or {}, "en": row.pop("attributes_en", None) or {}}

    def _add(self, row: int, column: str, reason: str) -> None:
        self._folder.problems.append(Problem(self._name, row, column, reason))


def _spelt(key: Any) -> str:
    return " + ".join(str(part) for part in key) if isinstance(key, tuple) else repr(key)


def _refuse_unknown_files(path: Path, folder: Folder) -> None:
    for name in sorted(item.name for item in path.glob("*.csv")):
        if name not in FILES:
            near = cells.suggestion(name, FILES)
            folder.problems.append(Problem(name, 0, "", f"unknown file{near}; known are: {', '.join(FILES)}"))


def _check_belonging(folder: Folder) -> None:
    """A return, exchange or complaint must be about a line of its own order."""
    order_of = {row["number"]: row["order_number"] for row in _rows(folder, "returns.csv")}
    for name in ("return_lines.csv", "exchanges.csv", "complaints.csv"):
        keys = folder.sheets[name].keys if name in folder.sheets else {}
        for row in _rows(folder, name):
            order = row.get("order_number") or order_of.get(row.get("return_number"))
            line = row.get("line_id")
            if order and line and line.rpartition("-")[0] != order:
                key = row["number"] if "number" in row else (row["return_number"], line)
                reason = f"{line!r} is not a line of order {order!r}"
                folder.problems.append(Problem(name, keys[key], "line_id", reason))


def _fill_totals(folder: Folder) -> None:
    """An order whose file states no total costs its lines and its delivery."""
    orders = folder.sheets.get("orders.csv")
    if orders is None or "total" in orders.columns or "order_lines.csv" not in folder.sheets:
        return
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in _rows(folder, "order_lines.csv"):
        sums[line["order_number"]] += line["unit_price"] * line.get("quantity", 1)
    for row in orders.rows:
        row["total"] = sums[row["number"]] + row.get("delivery_price", 0) + row.get("payment_fee", 0)
    orders.columns |= {"total"}


def _check_pictures(path: Path, folder: Folder) -> None:
    """A product's picture is a web address, or a file in `images/` that becomes a row of its own."""
    for row in _rows(folder, "products.csv"):
        cell = row.get("image")
        if not cell or is_address(cell):
            continue
        try:
            row["image"] = stored_name(path, cell)
            folder.pictures[row["image"]] = path / PICTURES / cell
        except ValueError as error:
            number = folder.sheets["products.csv"].keys[row["id"]]
            folder.problems.append(Problem("products.csv", number, "image", str(error)))


def _rows(folder: Folder, name: str) -> list[Row]:
    return folder.sheets[name].rows if name in folder.sheets else []
