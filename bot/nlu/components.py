"""The Rasa component that understands a message: its intent, how sure that is, and its language."""

from __future__ import annotations

from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import Features
from bot.nlu.margins import Margins
from bot.nlu.static_vectors import SHIPPED, StaticVectors, copy
from bot.nlu.surface import has_words

LANGUAGE = "language"
"""Example metadata and output property: the language an utterance is in."""

_CLASSIFIERS, _VECTORS = "classifiers.joblib", "vectors"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TextClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]
    """Sets `intent`, `intent_ranking` and `language` ({"name", "confidence"}) on a message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 0.7, "embeddings": True, "outside": "out_of_scope", "share": 0.08}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features: Features | None = None
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
            component._features, component._intents, component._languages = joblib.load(folder / _CLASSIFIERS)
            if component._features is not None and (folder / _VECTORS).exists():
                component._features.vectors = StaticVectors.load(folder / _VECTORS)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get("text")]
        self._features = Features(StaticVectors.load(SHIPPED) if self._config["embeddings"] else None)
        rows = self._features.fit([e.get("text") for e in examples])
        intents = [e.get("intent") for e in examples]
        self._intents = Margins(self._config["C"], self._config["outside"], self._config["share"]).fit(rows, intents)
        languages = [language_of(e) if has_words(e.get("text")) else None for e in examples]
        known = [i for i, language in enumerate(languages) if language]
        if len({languages[i] for i in known}) > 1:
            self._languages = Margins(1.0).fit(rows[known], [str(languages[i]) for i in known])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump((self._features, self._intents, self._languages), folder / _CLASSIFIERS, compress=1)
            if self._config["embeddings"]:  # a model must go on working when the project ships other vectors
                copy(SHIPPED, folder / _VECTORS)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get("text")
            if not text or self._features is None or self._intents is None:
                continue
            row = self._features.transform([text])
            ranking = [{"name": name, "confidence": chance} for name, chance in self._intents.ranking(row)]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:10], add_to_output=True)
            if self._languages is not None and has_words(text):
                name, chance = self._languages.ranking(row)[0]
                message.set(LANGUAGE, {"name": name, "confidence": chance}, add_to_output=True)
        return messages


def language_of(example: Message) -> str | None:
    """The language an example is written in, from its file's `metadata: {language: …}`; None for values like numbers."""
    metadata = example.get("metadata") or {}
    return (metadata.get("intent") or {}).get(LANGUAGE) or (metadata.get("example") or {}).get(LANGUAGE)
