"""The lexical half of search: which documents have the words of a question, or words like them.

A word of the question counts by how rare it is; a document's score is the share of the question it covers (0…1), so
short and long questions are alike. Everything is held in flat arrays: 50,000 products take some 30 MB.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from bot.domain.text import words
from bot.shop.lexical import STOP_WORDS, similarity, stem

NAME = 1.0
"""The weight of the text that names a document."""
REPEATED = 0.05
"""What a word adds that a document has in a second text: enough to decide between equals."""
UNKNOWN_WEIGHT = 0.5
"""A query word found nowhere counts this share of the rarest word: it may be chatter, or what nobody sells."""
STEPS = 200
"""Weights are kept as whole numbers up to a byte."""
LOOSE = 2000
"""Words added since the last sorting of the vocabulary that are looked through one by one."""

Texts = Sequence[tuple[str, float]]
"""What a document says, and how much each text weighs: NAME its name, 0.4 a description."""


class Vocabulary:
    """Every word of the documents, numbered. It only grows, so that an older index stays right while a new one is made."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        self._sorted = 0
        self._by_bigram: dict[str, Any] = {}
        self._firsts = self._lengths = np.zeros(0, dtype=np.int32)

    def number(self, word: str) -> int:
        known = self._numbers.get(word)
        if known is None:
            known = len(self.words)
            self.words.append(word)
            self._by_stem[stem(word)].append(known)
            self._numbers[word] = known
        return known

    def sort(self) -> None:
        """Make similar words quick to find; needed when more than a few were added."""
        if len(self.words) - self._sorted < (LOOSE if self._sorted else 1):
            return
        found: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self.words):
            for pair in _bigrams(word):
                found[pair].append(number)
        self._firsts = np.array([ord(word[0]) for word in self.words], dtype=np.int32)
        self._lengths = np.array([len(word) for word in self.words], dtype=np.int32)
        self._by_bigram = {pair: np.array(numbers, dtype=np.int32) for pair, numbers in found.items()}
        self._sorted = len(self.words)

    def alike(self, word: str) -> dict[int, float]:
        """The numbers of the word itself and of words like it, with how alike they are; of a number only itself."""
        if word.isdigit():
            return {self._numbers[word]: 1.0} if word in self._numbers else {}
        found = dict.fromkeys(self._by_stem.get(stem(word), ()), 0.95)
        if word in self._numbers:
            found[self._numbers[word]] = 1.0
        if found or len(word) < 4:
            return found
        for number in self._candidates(word):
            likeness = similarity(word, self.words[number])
            if likeness:
                found[number] = likeness
        return found

    def joined(self, said: list[str]) -> list[str]:
        """The words with "soft shell" as "softshell" and "sleepingbag" as two, where only that is known."""
        found: list[str] = []
        for word in said:
            pair = found[-1] + word if found and len(found[-1]) > 2 and len(word) > 2 else ""
            if pair in self._numbers and not (word in self._numbers and found[-1] in self._numbers):
                found[-1] = pair
            elif word in self._numbers or self._by_stem.get(stem(word)):
                found.append(word)
            else:
                cuts = ((word[:at], word[at:]) for at in range(3, len(word) - 2))
                found += next((cut for cut in cuts if cut[0] in self._numbers and cut[1] in self._numbers), (word,))
        return found

    def _candidates(self, word: str) -> Iterable[int]:
        shared = [self._by_bigram[pair] for pair in _bigrams(word) if pair in self._by_bigram]
        loose = [n for n in range(self._sorted, len(self.words)) if self.words[n][0] == word[0]]
        if not shared:
            return loose
        counts = np.bincount(np.concatenate(shared), minlength=len(self._firsts))
        # Nearly nobody mistypes the first letter; letting it go makes "order" of "border".
        near = (counts * 2 >= len(word) - 2) & (self._firsts == ord(word[0]))
        near &= np.abs(self._lengths - len(word)) <= 3
        return [*np.flatnonzero(near).tolist(), *loose]


class WordIndex:
    """Which words each document has, and how much they weigh there. Never changed: `changed` makes the next one."""

    def __init__(self, vocabulary: Vocabulary, rows: Any) -> None:
        self.size = rows.shape[0]
        self._vocabulary = vocabulary
        self._rows = rows
        self._columns = rows.tocsc()

    @classmethod
    def of(cls, documents: Sequence[Texts], vocabulary: Vocabulary | None = None) -> WordIndex:
        vocabulary = vocabulary or Vocabulary()
        lengths, numbers, weights = array("i", [0]), array("i"), array("B")
        for texts in documents:
            row = _weights(texts)
            numbers.extend(vocabulary.number(word) for word in row)
            weights.extend(min(255, round(weight * STEPS)) for weight in row.values())
            lengths.append(len(numbers))
        vocabulary.sort()
        data, places = np.array(weights, dtype=np.uint8), np.array(numbers, dtype=np.int32)
        shape = (len(documents), len(vocabulary.words))
        return cls(vocabulary, sparse.csr_matrix((data, places, np.array(lengths, dtype=np.int32)), shape=shape))

    def changed(self, kept: Any, added: Sequence[Texts]) -> WordIndex:
        """The index of the documents at the places `kept`, in that order, and then those `added`."""
        fresh = WordIndex.of(added, self._vocabulary)._rows
        old = self._rows[kept]
        old.resize(old.shape[0], fresh.shape[1])
        return WordIndex(self._vocabulary, sparse.vstack([old, fresh], format="csr"))

    def coverage(self, text: str, chatter: frozenset[str] = frozenset()) -> Any:
        """For each document the share of `text` it covers; nothing but zeros if the text asks for nothing."""
        scores = np.zeros(self.size, dtype=np.float32)
        asked = self._vocabulary.joined(words(text))
        asked = [word for word in dict.fromkeys(asked) if word not in STOP_WORDS and word not in chatter]
        found = {word: self._having(word) for word in asked}
        asked = [word for word in asked if not word.isdigit() or found[word] is not None]
        if all(word.isdigit() for word in asked) or not self.size:
            return scores
        rarest = math.log(1 + self.size)
        total = 0.0
        for word in asked:
            having = found[word]
            if having is None:
                total += rarest * UNKNOWN_WEIGHT
                continue
            weight = math.log(1 + self.size / np.count_nonzero(having))
            total += weight
            scores += weight * having
        return np.minimum(scores / total, 1.0)

    def _having(self, word: str) -> Any:
        """How well each document has the word or one like it (likeness times weight of the text); None if none does."""
        best = np.zeros(self.size, dtype=np.float32)
        ends = self._columns.indptr
        for number, likeness in self._vocabulary.alike(word).items():
            if number < self._columns.shape[1]:  # a word of an index still being made
                part = slice(ends[number], ends[number + 1])
                places = self._columns.indices[part]
                best[places] = np.maximum(best[places], self._columns.data[part] * (likeness / STEPS))
        return best if best.any() else None


def _weights(texts: Texts) -> dict[str, float]:
    row: dict[str, float] = {}
    for text, weight in texts:
        for word in set(words(text)):
            # A number is worth finding in a name (Koliba 2), not among the grams and millimetres.
            if not word.isdigit() or weight >= NAME:
                low, high = sorted((row.get(word, 0.0), weight))
                row[word] = high + low * REPEATED
    return row


def _bigrams(word: str) -> set[str]:
    padded = f"^{word}"
    return {padded[at : at + 2] for at in range(len(padded) - 1)}
