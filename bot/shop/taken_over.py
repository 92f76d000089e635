"""An import meets changes made here that the shop's own system may not have taken over yet.

While the files still say what was true before, the assistant's change stays. Once they say the same as the change, it
is applied; once the order is sent, or they say a third thing, the shop has decided: its files win, and the change is
overruled.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.changes import STILL_OPEN, decoded, encoded
from bot.shop.folder import Folder
from bot.shop.layout import Row
from bot.shop.orders import NOT_SENT
from bot.storage.shop import OrderChange, Variant

Rows = dict[str, Row]


async def keep_changes(session: AsyncSession, read: Folder, now: dt.datetime) -> None:
    """Correct the rows about to be written by the changes still open, and close those that the files answer."""
    orders, lines = _by_key(read, "orders.csv", "number"), _by_key(read, "order_lines.csv", "id")
    whole = {row["order_number"] for row in lines.values()}
    open_changes = await session.scalars(select(OrderChange).where(STILL_OPEN).order_by(OrderChange.id))
    by_order: dict[str, list[OrderChange]] = defaultdict(list)
    for change in open_changes:
        if change.order_number in orders or change.order_number in whole:
            by_order[change.order_number].append(change)
    for number, changes in by_order.items():
        order = orders.get(number, {})
        status = order.get("status", "paid")
        decided = [c for c in changes if status not in NOT_SENT and (status != "cancelled" or c.kind != "cancel")]
        for change in decided:
            change.overruled_at = now
        _settle([c for c in changes if c not in decided], order, lines, number in whole, now)
    if "order_lines.csv" in read.sheets:
        read.sheets["order_lines.csv"].rows = [row for row in lines.values() if TAKEN_OUT not in row]


def _settle(changes: list[OrderChange], order: Row, lines: Rows, has_lines: bool, now: dt.datetime) -> None:
    """The changes of one order, oldest first: what several of them changed is compared with the first and the last."""
    first: dict[tuple[str, str], Any] = {}
    last: dict[tuple[str, str], Any] = {}
    for change in changes:
        for place, value in _cells(change.before).items():
            first.setdefault(place, value)
        last |= _cells(change.after)
    verdicts = {
        place: _verdict(place[1], _imported(place, order, lines, has_lines), first.get(place, "there"), value)
        for place, value in last.items()
    }
    for change in changes:
        mine = {verdicts[place] for place in _cells(change.after)} - {None}
        if "other" in mine:
            change.overruled_at = now
        elif mine == {"same"}:
            change.applied_at = now
    kept = [change for change in changes if change.overruled_at is None and change.applied_at is None]
    for change in kept:
        for (key, name), value in _cells(change.after).items():
            if not key:
                if name in order:
                    order[name] = decoded(name, value)
            elif key in lines:
                lines[key].update({name: decoded(name, value)} if name else {TAKEN_OUT: True})


ABSENT = object()
TAKEN_OUT = ""
"""Marks a row of the file that is not to be written."""


def _verdict(name: str, imported: Any, before: Any, after: Any) -> str | None:
    """Whether the file says what was true before, the same as the change, or something else; None: it says nothing."""
    if imported is ABSENT:
        return None
    if imported == after:
        return "same"
    waiting = name == "status" and imported in NOT_SENT  # packed meanwhile, and still not sent
    return "before" if waiting or imported == before else "other"


def _imported(place: tuple[str, str], order: Row, lines: Rows, has_lines: bool) -> Any:
    key, name = place
    if not key:
        if name == "cancelled_at":
            return ABSENT  # the shop cancels at a moment of its own
        return encoded(order[name]) if name in order else ABSENT
    if not has_lines:
        return ABSENT
    if name == "":
        return "there" if key in lines else None
    return encoded(lines[key][name]) if key in lines and name in lines[key] else ABSENT


def _cells(side: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """What one side of a change says, cell by cell: ("", column) of the order, (line, column); (line, "") is a line
    that is there or, None, is not."""
    cells = {("", name): value for name, value in side.get("order", {}).items()}
    for key, columns in side.get("lines", {}).items():
        cells |= {(key, ""): None} if columns is None else {(key, name): value for name, value in columns.items()}
    return cells


def _by_key(read: Folder, file: str, key: str) -> Rows:
    return {row[key]: row for row in read.sheets[file].rows} if file in read.sheets else {}


async def reserve_again(session: AsyncSession, imported: set[str]) -> None:
    """The files' `reserved` knows nothing of changes that are still open: they are counted in once more."""
    pieces: dict[str, int] = defaultdict(int)
    for change in await session.scalars(select(OrderChange).where(STILL_OPEN)):
        for sku, number in change.after.get("reserved", {}).items():
            if sku in imported:
                pieces[sku] += number
    for sku, number in pieces.items():
        variant = await session.get_one(Variant, sku, populate_existing=True)
        variant.reserved = max(0, variant.reserved + number)
    await session.flush()
