"""What the assistant changed of the orders on the desk, and what has become of each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.shop import OrderChange

ENDS = ("undone", "applied", "overruled")
UNSEEN = frozenset({"cancelled_at", "position", "parcel"})
"""Columns that say nothing to an agent."""


async def changes_of(session: AsyncSession, numbers: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """By order number: `[{"kind", "values": [{"column", "before", "after"}], "at", "state"}]`, oldest first.

    `state` is open until the shop's own files answer it: applied, or overruled; or it was undone."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = select(OrderChange).where(OrderChange.order_number.in_(numbers)).order_by(OrderChange.id)
    for row in await session.scalars(rows) if numbers else ():
        state = next((end for end in ENDS if getattr(row, f"{end}_at") is not None), "open")
        view = {"kind": row.kind, "values": _values(row), "at": row.created_at.isoformat(), "state": state}
        found[row.order_number].append(view)
    return found


def _values(row: OrderChange) -> list[dict[str, Any]]:
    before, after = _columns(row.before), _columns(row.after)
    return [
        {"column": column, "before": value, "after": after.get(column)}
        for column, value in before.items()
        if column not in UNSEEN and value != after.get(column)
    ]


def _columns(side: dict[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = dict(side.get("order", {}))
    for line in side.get("lines", {}).values():
        columns |= line or {}
    return columns
