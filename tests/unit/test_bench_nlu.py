"""The figures of `tellonce bench nlu`."""

from __future__ import annotations

import random

import pytest

from bot.bench import nlu_scores
from bot.bench.nlu import ours, stock
from bot.bench.nlu_scores import Row

ROWS = [
    Row("greet", "pl", "dzień dobry"),
    Row("greet", "en", "good morning"),
    Row("out_of_scope", "pl", "jaka jest pogoda"),
    Row("out_of_scope", "en", "what is the weather like"),
]
FOUND = [["greet", 0.9], ["out_of_scope", 0.9], ["out_of_scope", 0.6], ["greet", 0.4]]


def test_accuracy_scope_and_calibration() -> None:
    assert nlu_scores.accuracy(ROWS, FOUND).startswith("pl 1.000 (macro F1 1.000)   en 0.000")
    assert nlu_scores.scope(ROWS, FOUND) == "out of scope: recall 0.500, false accepts 0.500, false rejects 0.500"
    assert nlu_scores.calibration_error(ROWS, FOUND) == pytest.approx((2 * 0.4 + 0.4 + 0.4) / 4)


def test_variants_keep_the_rows() -> None:
    kinds = nlu_scores.variants(ROWS)
    assert {len(texts) for texts in kinds.values()} == {len(ROWS)}
    assert kinds["without diacritics"][0] == "dzien dobry"
    assert kinds["with typos"] != kinds["as written"]


def test_typos_are_few_and_the_same_every_time() -> None:
    text = "gdzie jest moja paczka"
    assert nlu_scores.mistyped(text, random.Random(1)) == nlu_scores.mistyped(text, random.Random(1))
    assert all(abs(len(nlu_scores.mistyped(text, random.Random(seed))) - len(text)) <= 1 for seed in range(50))
    assert nlu_scores.mistyped("tak", random.Random(1)) == "tak"


def test_both_pipelines_can_be_trained_without_dialogue() -> None:
    assert ours()["policies"] == stock(3)["policies"] == []
    assert any(part["name"] == "bot.nlu.components.TextClassifier" for part in ours()["pipeline"])
    assert any(part.get("epochs") == 3 for part in stock(3)["pipeline"])
