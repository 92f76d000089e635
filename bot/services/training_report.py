"""Is a new model better than the one that answers? Compares what was measured of both on the same utterances."""

from __future__ import annotations

from typing import Any

WORSE = 0.02
"""A change of an intent's F1 that is worth a line."""
NOTICED = 0.005
"""A change of the accuracy over all that is one."""
SHOWN = 20
"""Sentences that went wrong, shown of one intent."""


def compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What changed from the report `before` to the report `after`.

    `worse` and `better` are [{"intent", "before", "after", "sentences"}], the largest change first; `sentences` are
    those that one of the two got wrong and the other right. `before` is F1 by intent, `accuracy_before` by language.
    `verdict` is "better", "same", "worse" or "mixed": better in all, though worse at some intents.
    """
    old, new = before.get("intents", {}), after.get("intents", {})
    falls = _changes(old, new, -1, _only_in(after, before))
    gains = _changes(old, new, 1, _only_in(before, after))
    change = mean(after.get("accuracy", {})) - mean(before.get("accuracy", {}))
    return {
        "worse": falls,
        "better": gains,
        "verdict": _verdict(change, bool(falls), bool(gains)),
        "before": {name: score["f1"] for name, score in old.items()},
        "accuracy_before": before.get("accuracy", {}),
    }


def mean(accuracy: dict[str, float]) -> float:
    return sum(accuracy.values()) / len(accuracy) if accuracy else 0.0


def _verdict(change: float, falls: bool, gains: bool) -> str:
    if change < -NOTICED or (falls and change <= NOTICED):
        return "worse"
    if falls:
        return "mixed"
    return "better" if change > NOTICED or gains else "same"


def _changes(
    old: dict[str, Any], new: dict[str, Any], sign: int, wrong: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    found = []
    for name in {**old, **new}:
        before, after = (float(side.get(name, {}).get("f1", 0.0)) for side in (old, new))
        measured = old.get(name, {}).get("support") if sign < 0 else name in old
        if measured and sign * (after - before) > WORSE:
            found.append({"intent": name, "before": before, "after": after, "sentences": wrong.get(name, [])[:SHOWN]})
    return sorted(found, key=lambda one: sign * (one["before"] - one["after"]))


def _only_in(one: dict[str, Any], other: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The sentences that `one` got wrong and `other` did not, by the intent they should have had."""
    known = {(wrong["text"], wrong["intent"]) for wrong in other.get("wrong", ())}
    found: dict[str, list[dict[str, Any]]] = {}
    for wrong in one.get("wrong", ()):
        if (wrong["text"], wrong["intent"]) not in known:
            found.setdefault(wrong["intent"], []).append(wrong)
    return found
