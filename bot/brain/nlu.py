"""Understanding: one linear classifier over folded character and word n-grams for the intent, one for the language.

Folding (case and diacritics) is for the features only. Margins become probabilities through a temperature fitted on
out-of-fold margins, so that the confidences the fallback goes by mean something.
"""

from __future__ import annotations

import re
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_union
from sklearn.svm import LinearSVC

from bot.domain.text import fold

LANGUAGE = "language"
"""Example metadata and output property: the language an utterance is in."""


_EMAIL = re.compile(r"\S+@\S+\.\w+")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[+#]?0[0 -]{4,}0")


def surface(text: str) -> str:
    """What the features see: folded, every e-mail and long number the same, so that values don't outweigh the words."""
    return _NUMBER.sub(" xnumx ", _DIGIT.sub("0", _EMAIL.sub(" xmailx ", fold(text))))


def features() -> Any:
    """Character n-grams carry Polish inflection and typos, words add precision."""
    return make_union(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), preprocessor=surface, sublinear_tf=True),
        TfidfVectorizer(
            analyzer="word", ngram_range=(1, 2), preprocessor=surface, sublinear_tf=True, token_pattern=r"\w+"
        ),
    )


class Margins:
    """A linear SVM over `features` whose margins become probabilities. Labels are strings; at least two are needed."""

    def __init__(self, c: float = 0.5) -> None:
        self.c = c
        self.temperature = 1.0
        self.classifier: LinearSVC | None = None

    def fit(self, texts: Any, labels: list[str]) -> Margins:
        """`texts` is a sparse matrix, a row for each label."""
        names, target = np.unique(labels, return_inverse=True)
        # A label with one or two examples is missing from some fold: there it is as unlikely as a margin gets.
        margins = np.full((len(labels), len(names)), -1.5)
        for train, rest in KFold(3, shuffle=True, random_state=7).split(target):
            model = self._new().fit(texts[train], target[train])
            margins[np.ix_(rest, model.classes_)] = decisions(model, texts[rest])
        self.temperature = best_temperature(margins, target)
        self.classifier = self._new().fit(texts, labels)
        return self

    def ranking(self, text: Any) -> list[tuple[str, float]]:
        """Every label with its probability, the likeliest first; `text` is a matrix of one row."""
        assert self.classifier is not None
        chances = softmax(decisions(self.classifier, text)[0] / self.temperature)
        return [(str(self.classifier.classes_[i]), float(chances[i])) for i in np.argsort(-chances)]

    def _new(self) -> LinearSVC:
        return LinearSVC(C=self.c, random_state=7)


def decisions(model: LinearSVC, texts: Any) -> Any:
    """One margin a label, also where there are only two."""
    found = model.decision_function(texts)
    return np.stack([-found, found], axis=1) if found.ndim == 1 else found


def best_temperature(margins: Any, target: Any) -> float:
    """The temperature under which the margins, as softmax, explain the labels best (least negative log-likelihood)."""

    def loss(log_t: float) -> float:
        chances = log_softmax(margins / np.exp(log_t), axis=1)
        return float(-chances[np.arange(len(target)), target].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5, 3), method="bounded").x))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TextClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]
    """Sets `intent`, `intent_ranking` and `language` ({"name", "confidence"}) on a message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 0.5}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features: Any = None
        self._intents: Margins | None = None
        self._languages: Margins | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TextClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            loaded = joblib.load(folder / "classifiers.joblib")
        component._features, component._intents, component._languages = loaded
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get("text")]
        self._features = features()
        texts = self._features.fit_transform([e.get("text") for e in examples])
        self._intents = Margins(self._config["C"]).fit(texts, [e.get("intent") for e in examples])
        languages = [language_of(e) for e in examples]
        known = [i for i, language in enumerate(languages) if language]
        if len({languages[i] for i in known}) > 1:
            self._languages = Margins(1.0).fit(texts[known], [str(languages[i]) for i in known])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump((self._features, self._intents, self._languages), folder / "classifiers.joblib", compress=3)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get("text")
            if not text or self._intents is None:
                continue
            row = self._features.transform([text])
            ranking = [{"name": name, "confidence": chance} for name, chance in self._intents.ranking(row)]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:10], add_to_output=True)
            if self._languages is not None:
                name, chance = self._languages.ranking(row)[0]
                message.set(LANGUAGE, {"name": name, "confidence": chance}, add_to_output=True)
        return messages


def language_of(example: Message) -> str | None:
    """The language an example is written in, from its file's `metadata: {language: …}`; None for values like numbers."""
    metadata = example.get("metadata") or {}
    return (metadata.get("intent") or {}).get(LANGUAGE) or (metadata.get("example") or {}).get(LANGUAGE)
