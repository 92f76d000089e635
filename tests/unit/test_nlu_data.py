"""The examples that understanding is trained on: enough, each in one intent, and none of them from the exam."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from bot.bench.nlu_scores import Row, read_rows, training_rows
from bot.domain.text import fold, words
from bot.nlu.pairs import read_pairs
from bot.settings import PROJECT

HELD_OUT = read_rows(PROJECT / "data" / "held_out" / "nlu.tsv")
NEAR = 0.7
"""Two sentences of at least four words are nearly the same when they share this much of their words."""


def trained_on() -> dict[str, str]:
    """Every sentence that anything is trained on, with where it is."""
    found = {row.text: f"data/nlu {row.intent}" for row in training_rows()}
    for path in sorted((PROJECT / "data" / "embedding").glob("*.tsv")):
        found |= {text: path.name for pair in read_pairs(path) for text in pair}
    return found


def test_nothing_of_the_exam_is_trained_on() -> None:
    """A greeting or a single word is what it is; a whole sentence must not be in both."""
    asked = {" ".join(words(row.text)) for row in HELD_OUT if len(words(row.text)) > 2}
    shared = {text: where for text, where in trained_on().items() if " ".join(words(text)) in asked}
    assert shared == {}


def test_nothing_nearly_the_same_as_the_exam_is_trained_on() -> None:
    texts = [text for text in trained_on() if len(set(words(text))) >= 4]
    asked = [row.text for row in HELD_OUT if len(set(words(row.text))) >= 4]
    counter = CountVectorizer(analyzer=lambda text: sorted(set(words(text))), dtype=np.float32).fit(texts + asked)
    ours, theirs = counter.transform(texts), counter.transform(asked)
    shared = (ours @ theirs.T).toarray()
    union = np.asarray(ours.sum(1)) + np.asarray(theirs.sum(1)).T - shared
    close = [(texts[i], asked[j]) for i, j in np.argwhere(shared >= NEAR * union)]
    assert close == []


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_intent_has_enough_examples(language: str) -> None:
    exam = Counter(row.intent for row in HELD_OUT if row.language == language)
    examples = Counter(row.intent for row in training_rows() if row.language == language)
    assert {intent: count for intent, count in exam.items() if count < 12} == {}
    assert {intent: examples[intent] for intent in exam if examples[intent] < 60} == {}


def test_a_sentence_means_one_thing() -> None:
    meant: dict[str, set[str]] = defaultdict(set)
    for row in training_rows():
        meant[fold(row.text)].add(row.intent)
    assert {text: intents for text, intents in meant.items() if len(intents) > 1} == {}


def test_a_sentence_is_written_once_a_language() -> None:
    counts = Counter(Row(row.intent, row.language, row.text) for row in training_rows())
    assert [row for row, count in counts.items() if count > 1] == []
