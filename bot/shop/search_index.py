"""One index of documents, lexical and by meaning, and what it finds. Knows no database: tests and benches make it too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from bot.shop.search_words import Texts, WordIndex

Key = TypeVar("Key", bound=str)
WELL_COVERED, PLENTY = 0.5, 100
FAR_ENOUGH = 2000
"""Documents one search may find at most: more than any filter leaves out and anybody looks through."""


@dataclass(frozen=True, slots=True)
class Document(Generic[Key]):
    """`words` are its texts for the lexical half, `meaning` those for the other one, each with what it weighs.

    `shelf` is its category, if it has one."""

    key: Key
    words: Texts
    meaning: Texts
    shelf: str = ""


@dataclass(frozen=True, slots=True)
class Mixture:
    """How the two halves make one score, chosen on the tuned half of data/held_out/search.tsv (docs/quality.md).

    `meaning` is what likeness of meaning weighs against the share of words covered, `alone` what it counts where hardly
    a word is covered; under `floor` nothing is found; `chatter` are words of a question that are passed over."""

    meaning: float
    alone: float
    floor: float
    chatter: frozenset[str] = field(default_factory=frozenset)


class SearchIndex(Generic[Key]):
    """Documents and their vectors (a row of length 1 each). Never changed: `changed` makes the next one."""

    def __init__(self, keys: list[Key], shelves: Any, words: WordIndex, vectors: Any) -> None:
        self.keys = keys
        self._shelves = shelves
        self._words = words
        self._vectors = vectors

    @classmethod
    def of(cls, documents: Sequence[Document[Key]], vectors: Any) -> SearchIndex[Key]:
        """`vectors` has a row for each document: see `blend`."""
        words = WordIndex.of([one.words for one in documents])
        return cls([one.key for one in documents], _shelves(documents), words, vectors)

    def changed(self, gone: Collection[Key], documents: Sequence[Document[Key]], vectors: Any) -> SearchIndex[Key]:
        """The index without the keys `gone`, and with `documents` in place of what they were before."""
        out = {*gone, *(one.key for one in documents)}
        kept = np.array([place for place, key in enumerate(self.keys) if key not in out], dtype=np.int64)
        keys = [self.keys[place] for place in kept] + [one.key for one in documents]
        words = self._words.changed(kept, [one.words for one in documents])
        shelves = np.concatenate([self._shelves[kept], _shelves(documents)])
        return SearchIndex(keys, shelves, words, np.concatenate([self._vectors[kept], vectors]))

    def halves(self, text: str, vector: Any, chatter: frozenset[str]) -> tuple[Any, Any]:
        """For each document the share of the text's words it covers, and how alike the meanings are (at least 0)."""
        covered = self._words.coverage(text, chatter)
        near = np.flatnonzero(covered)
        if len(near) * 4 > len(covered) or np.count_nonzero(covered >= WELL_COVERED) < PLENTY:
            return covered, np.maximum(self._vectors @ vector, 0.0)
        # Plenty have the words themselves: what has none of them would come far behind, and looking at all takes time.
        alike = np.zeros_like(covered)
        alike[near] = np.maximum(self._vectors[near] @ vector, 0.0)
        return covered, alike

    def find(self, text: str, vector: Any, mixture: Mixture, shelf: str | None = None) -> list[tuple[Key, float]]:
        """The documents that answer (of one shelf), best first, with scores from 0 to 1; none under the floor."""
        covered, alike = self.halves(text, vector, mixture.chatter)
        both = (covered + mixture.meaning * alike) / (1 + mixture.meaning)
        scores = np.maximum(both, mixture.alone * alike)
        return self.best(scores if shelf is None else scores * (self._shelves == shelf), mixture.floor)

    def best(self, scores: Any, floor: float) -> list[tuple[Key, float]]:
        """The keys with the highest scores, those under `floor` left out; equals in the order they were added in."""
        places = np.flatnonzero(scores >= floor)
        if len(places) > FAR_ENOUGH:
            places = places[np.argpartition(-scores[places], FAR_ENOUGH)[:FAR_ENOUGH]]
        places = places[np.argsort(-scores[places], kind="stable")]
        return list(zip([self.keys[place] for place in places], scores[places].tolist(), strict=True))


def _shelves(documents: Sequence[Document[Any]]) -> Any:
    return np.array([one.shelf for one in documents], dtype="U40")


def blend(documents: Sequence[Document[Any]], vectors: Mapping[str, Any], dimensions: int) -> Any:
    """A row of length 1 for each document: the weighted mean of its texts' vectors."""
    rows = np.zeros((len(documents), dimensions), dtype=np.float32)
    for row, document in zip(rows, documents, strict=True):
        for text, weight in document.meaning:
            if text in vectors:
                row += weight * vectors[text]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)


def texts_of(documents: Iterable[Document[Any]]) -> list[str]:
    """The different texts whose vectors `blend` needs."""
    return list(dict.fromkeys(text for one in documents for text, _weight in one.meaning if text.strip()))
