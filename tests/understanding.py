"""A quick stand-in for the NLU, trained on the project's own examples: real sentences without importing Rasa."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.domain.text import fold
from tests.fakes import ROOT


def examples() -> list[tuple[str, str, str]]:
    """(intent, language, text) of all training data."""
    found = []
    for language in ("pl", "en"):
        for file in sorted((ROOT / "data" / "nlu" / language).glob("*.yml")):
            for entry in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
                lines = [line.strip()[2:] for line in entry["examples"].splitlines()]
                found += [(entry["intent"], language, text) for text in lines if text]
    return found


@cache
def model() -> tuple[Any, Any]:
    def new() -> Any:
        words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), preprocessor=fold, sublinear_tf=True)
        return make_pipeline(words, LinearSVC(C=0.5))

    intents, languages, texts = zip(*examples(), strict=True)
    return new().fit(texts, intents), new().fit(texts, languages)


def intent_of(text: str) -> str:
    return str(model()[0].predict([text])[0])


def language_of(text: str, present: str) -> str:
    """The language of a text, or `present` where it is not plain."""
    margin = float(model()[1].decision_function([text])[0])
    if abs(margin) < 0.4:
        return present
    return str(model()[1].classes_[int(np.sign(margin) > 0)])
