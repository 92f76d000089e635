"""What is weak about the training examples: too few, a language missing, and sentences that say nearly the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

from bot.domain.errors import InvalidValue
from bot.domain.text import words
from bot.services import project_checks as check
from bot.services.nlu_files import Examples

FEW = 10
"""Fewer examples in a language than this are too few to learn from."""
UNEVEN = 3
"""One language has so many times the examples of the other."""
ALIKE = 0.7
"""Share of common words above which two sentences are nearly the same."""
SHORTEST = 3
"""Words a sentence must have: of two words, one in common says little."""

Words = frozenset[str]


@dataclass(frozen=True)
class Sentence:
    intent: str
    language: str
    text: str
    words: Words
    """Folded, without punctuation."""


class Sentences:
    """An index of sentences that finds those that say nearly the same.

    Two sentences that share enough words share one of their rarest ones, so only those are indexed.
    """

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.all = list(sentences)
        self._known = Counter(word for sentence in self.all for word in sentence.words)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for place, sentence in enumerate(self.all):
            for word in self._rare(sentence.words):
                self._by_word[word].append(place)

    def _rare(self, found: Words) -> list[str]:
        ordered = sorted(found, key=lambda word: (self._known[word], word))
        return ordered[: len(ordered) - ceil(ALIKE * len(ordered)) + 1]

    def near(self, sentence: Sentence) -> list[Sentence]:
        """Other sentences with nearly the same words, the closest first."""
        places = {place for word in self._rare(sentence.words) for place in self._by_word.get(word, ())}
        found = []
        for other in (self.all[place] for place in sorted(places)):
            if (other.intent, other.text) != (sentence.intent, sentence.text):
                share = alike(sentence.words, other.words)
                if share >= ALIKE:
                    found.append((share, other))
        return [other for _, other in sorted(found, key=lambda pair: -pair[0])]


def alike(one: Words, other: Words) -> float:
    """The share of words in common; 0 of sentences that are too short to tell, unless they are the same."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < SHORTEST:
        return 0.0
    return len(one & other) / len(one | other)


def sentences(name: str, examples: Mapping[str, Iterable[str]]) -> list[Sentence]:
    """The sentences of one intent; one of signs only is left out."""
    return [
        Sentence(name, language, text, found)
        for language, texts in examples.items()
        for text in texts
        if (found := words_of(text))
    ]


@lru_cache(maxsize=50_000)
def words_of(example: str) -> Words:
    return frozenset(words(check.plain(example)))


def of_project(intents: Mapping[str, Examples]) -> dict[str, list[dict[str, Any]]]:
    """What is to be said of each intent: see `of_counts`, and {"kind": "near", "count"} of sentences that are near to
    another intent's."""
    near = _near_counts(_frozen(intents))
    return {
        name: of_counts(examples) + ([{"kind": "near", "count": near[name]}] if near[name] else [])
        for name, examples in intents.items()
    }


Frozen = tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]


def _frozen(intents: Mapping[str, Examples]) -> Frozen:
    """The examples as a key: what is found out about them holds until one changes."""
    return tuple(
        (name, tuple((language, tuple(texts)) for language, texts in examples.items()))
        for name, examples in intents.items()
    )


@lru_cache(maxsize=2)
def _index(intents: Frozen) -> Sentences:
    return Sentences(sentence for name, examples in intents for sentence in sentences(name, dict(examples)))


@lru_cache(maxsize=2)
def _near_counts(intents: Frozen) -> Counter[str]:
    """How many sentences of each intent are near to another one's."""
    index = _index(intents)
    return Counter(
        sentence.intent
        for sentence in index.all
        if any(other.intent != sentence.intent for other in index.near(sentence))
    )


def of_counts(examples: Mapping[str, Collection[str]]) -> list[dict[str, Any]]:
    """{"kind": "missing" | "few" | "uneven", "lang", "count"}: `lang` is the language that wants more."""
    counts = {language: len(examples.get(language, ())) for language in check.LANGUAGES}
    found: list[dict[str, Any]] = []
    for language, count in counts.items():
        if count < FEW:
            found.append({"kind": "few" if count else "missing", "lang": language, "count": count})
    low, high = sorted(counts, key=lambda language: counts[language])
    if counts[low] >= FEW and counts[high] > UNEVEN * counts[low]:
        found.append({"kind": "uneven", "lang": low, "count": counts[low]})
    return found


def of_intent(
    name: str, given: Mapping[str, list[str]], intents: Mapping[str, Examples], entities: Collection[str]
) -> dict[str, Any]:
    """What is to be said of examples that were not saved yet.

    `problems` refuse the save: {"reason", "lang", "text", …}. `warnings` do not: those of `of_counts`, and
    {"kind": "near", "lang", "text", "other", "intent"} for sentences near another one, of this intent too.
    """
    problems: list[dict[str, Any]] = []
    cleaned: dict[str, list[str]] = {}
    for language, texts in given.items():
        cleaned[language] = []
        for text in texts:
            try:
                cleaned[language].append(check.clean(text, language))
            except InvalidValue as error:
                problems.append(error.details | {"lang": language, "text": text})
    for refused in check.problems(name, cleaned, intents, entities):
        problems.append(refused.details | {"text": refused.details["example"]})
    own = sentences(name, cleaned)
    here, everywhere = Sentences(own), _index(_frozen(intents))
    near = [
        {"kind": "near", "lang": s.language, "text": s.text, "other": other.text, "intent": other.intent}
        for s in own
        for other in [*(o for o in everywhere.near(s) if o.intent != name), *here.near(s)][:3]
    ]
    return {"problems": problems, "warnings": of_counts(cleaned) + near}
