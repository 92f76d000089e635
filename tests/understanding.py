"""A quick stand-in for the NLU: the brain's own features and examples, without importing Rasa and without calibration."""

from __future__ import annotations

import fcntl
import hashlib
from functools import cache
from typing import Any

import joblib
from sklearn.svm import LinearSVC

from bot.bench.nlu_scores import training_rows
from bot.nlu.features import Features
from bot.nlu.static_vectors import SHIPPED, WEIGHTS, shipped
from bot.nlu.surface import has_words
from bot.settings import PROJECT

FOLDER = PROJECT / "var" / "test-models"


def examples() -> list[tuple[str, str, str]]:
    """(intent, language, text) of all training data."""
    return [tuple(row) for row in training_rows()]


@cache
def model() -> tuple[Features, Any, Any]:
    """Features, intents and languages; some seconds to train, kept until an example or the code changes."""
    parts = [*sorted((PROJECT / "data" / "nlu").rglob("*.yml")), *sorted((PROJECT / "bot" / "nlu").glob("*.py"))]
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in [*parts, SHIPPED / WEIGHTS])).hexdigest()[:16]
    path = FOLDER / f"understanding-{digest}.joblib"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "understanding.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes the tests run in, one trains and the others wait
        if not path.exists():
            part = path.with_suffix(".part")
            joblib.dump(_trained(), part)
            part.replace(path)
    features, intents, languages = joblib.load(path)
    features.vectors = shipped()
    return features, intents, languages


def _trained() -> tuple[Features, Any, Any]:
    intents, languages, texts = zip(*examples(), strict=True)
    features = Features(shipped())
    rows = features.fit(texts)

    def new() -> LinearSVC:
        return LinearSVC(C=0.7, class_weight="balanced", tol=0.01, random_state=7)

    spoken = [i for i, text in enumerate(texts) if has_words(text)]
    return features, new().fit(rows, intents), new().fit(rows[spoken], [languages[i] for i in spoken])


def intent_of(text: str) -> str:
    features, intents, _ = model()
    return str(intents.predict(features.transform([text]))[0])


def language_of(text: str, present: str) -> str:
    """The language of a text, or `present` where it is not plain."""
    features, _, languages = model()
    margin = float(languages.decision_function(features.transform([text]))[0])
    if abs(margin) < 0.4 or not has_words(text):
        return present
    return str(languages.classes_[int(margin > 0)])
