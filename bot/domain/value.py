"""One value found in a text, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """`value` is written in one way however it was said; `text[start:end]` is how."""

    entity: str
    value: str
    start: int
    end: int


def apart(*groups: Iterable[Value]) -> list[Value]:
    """The values of all groups in the order of the text; what overlaps one of an earlier group is left out."""
    kept: list[Value] = []
    for group in groups:
        kept += [each for each in group if all(each.end <= other.start or other.end <= each.start for other in kept)]
    return sorted(kept, key=lambda each: each.start)
