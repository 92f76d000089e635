"""Pages that begin after a row, not after a number of rows: as quick deep in the list as at its beginning."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_

from bot.domain.errors import BadRequest

Order = Sequence[tuple[SQLColumnExpression[Any], bool]]
"""Columns in the order of sorting, each with True where it descends. None of them may be null."""


def encode(*values: Any) -> str:
    """An opaque cursor of texts, numbers and moments."""
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> list[Any]:
    """The cursor's values, each of the kind that is expected there. Raises BadRequest for one that is not ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError("not as many values as expected")
        return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadRequest(details={"field": "after"}) from error


def _value(value: Any, kind: type) -> Any:
    if kind is dt.datetime:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        return moment
    if type(value) is not kind or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise ValueError("a value of another kind")
    return value


def beyond(order: Order, values: Sequence[Any]) -> ColumnElement[bool]:
    """The condition on rows that follow the one with these `values` in that order."""
    following = []
    for index, (column, descends) in enumerate(order):
        same = [other == value for (other, _), value in zip(order[:index], values, strict=False)]
        value = values[index]
        following.append(and_(*same, column < value if descends else column > value))
    return or_(*following)


def sorting(order: Order) -> list[SQLColumnExpression[Any]]:
    """The same order for ORDER BY."""
    return [column.desc() if descends else column.asc() for column, descends in order]
