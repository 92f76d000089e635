"""How often one question has been asked in a row: asked in vain too often, it is a human's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

OFTEN = 2
"""Times in a row that one question is asked; then a human helps."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def counted(before: dict[str, Any], key: str, news: Sequence[str], *, told: bool) -> dict[str, Any]:
    """`times`, how often the question `key` has been asked in vain, now included, and what came with it, in `between`.

    It is not in vain where the message `told` something, or where there are `news`: a text of the question, or an
    answer to something else, that did not come with it before.
    """
    same = before.get("key") == key
    times, between = (before.get("times", 0), before.get("between", [])) if same else (0, [])
    more = [each for each in news if each not in between]
    return {"times": times if times and (told or more) else times + 1, "between": [*between, *more]}
