"""A small search index over folded words that stands typing errors and Polish and English endings.

Good for thousands of short documents held in memory. A word of the query counts by how rare it is; a document's score
is the share of the query it covers (0…1), so one floor fits short and long questions alike.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from bot.domain.text import words

Key = TypeVar("Key", bound=Hashable)

NAME = 1.0
"""The weight of the text that names a document."""
REPEATED = 0.05
"""What a word adds that a document has in a second text: enough to decide between equals."""
UNKNOWN_WEIGHT = 0.5
"""A query word found nowhere counts this share of the rarest word: it may be chatter, or what nobody sells."""

TOO_FAR = 99

_ENDINGS_OF_WORDS = """
    ami iami ach iach owie owi ow iow om iom em iem ie ia iu io a e y i u o ego iego emu iemu ych ich ymi imi ym
    im ej iej owego owej owe owa owy owych owym s es
"""
_ENDINGS = sorted(_ENDINGS_OF_WORDS.split(), key=len, reverse=True)

_LITTLE_WORDS = """
    a aby albo ale ani bardzo bez bo byc byl bym by chce chcialabym chcialbym chodzi ci cie co cos czego czy
    czym dla do dobry dzien gdzie go i ich ile im ja jak jaka jaki jakie jakies jakis jako jest jestem jesli juz
    kiedy kto ktora ktore ktory lub ma macie maja mam mi mnie moge moj moja moje moze mozecie mozna moglbym na
    nad nam nas nie niz no o od on ona oraz po pod pokaz polec polecacie polecicie polecisz potrzebuje poprosze
    prosze przed przez przy sa sie sobie szukam ta tak taka taki takie tam te tego tej ten to tu ty tych tylko u
    w wam was we wiec witam wy z za ze zeby znalezc interesuje kupic dzieki hej czesc pytanie mowic powiedz
    powiedziec napisz
    an about and any are as at be but by can could do does for from get give got had has have hello hi how i'd
    i'm if in is it its like looking me much my need of on or our please show so some tell than thanks that the
    their them there these they this to too us want was we what what's when where which who why will with would
    you your
"""
STOP_WORDS = frozenset(_LITTLE_WORDS.split())


class LexicalIndex(Generic[Key]):
    """Documents are `(key, [(text, weight), …])`; a weight of NAME is its name, 0.4 a description."""

    def __init__(
        self, documents: Iterable[tuple[Key, Sequence[tuple[str, float]]]], chatter: Iterable[str] = ()
    ) -> None:
        """`chatter` are words of a query to pass over, besides STOP_WORDS."""
        self._ignored = STOP_WORDS | frozenset(chatter)
        self._words: dict[str, dict[Key, float]] = defaultdict(dict)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._by_bigram: dict[str, list[str]] = defaultdict(list)
        keys = set()
        for key, texts in documents:
            keys.add(key)
            for text, weight in texts:
                for word in set(words(text)):
                    # A number is worth finding in a name (Koliba 2), not among the grams and millimetres.
                    if not word.isdigit() or weight >= NAME:
                        row = self._words[word]
                        low, high = sorted((row.get(key, 0.0), weight))
                        row[key] = high + low * REPEATED
        self.size = len(keys)
        for word in self._words:
            self._by_stem[stem(word)].append(word)
            for pair in _bigrams(word):
                self._by_bigram[pair].append(word)

    def search(self, text: str, limit: int, floor: float) -> list[tuple[Key, float]]:
        """The keys that cover the query best, with their scores, best first; nothing under `floor`."""
        asked = [word for word in dict.fromkeys(words(text)) if word not in self._ignored]
        asked = [word for word in asked if not word.isdigit() or word in self._words]
        if all(word.isdigit() for word in asked) or not self.size:
            return []
        rarest = math.log(1 + self.size)
        total = 0.0
        scores: dict[Key, float] = defaultdict(float)
        for word in asked:
            found = self._matches(word)
            if not found:
                total += rarest * UNKNOWN_WEIGHT
                continue
            weight = math.log(1 + self.size / len(found))
            total += weight
            for key, match in found.items():
                scores[key] += weight * match
        ranked = sorted(((key, score / total) for key, score in scores.items()), key=lambda hit: (-hit[1], str(hit[0])))
        return [(key, min(score, 1.0)) for key, score in ranked[:limit] if score >= floor]

    def _matches(self, word: str) -> dict[Key, float]:
        """Every document that has the word or one like it, with how well (likeness times weight of the text)."""
        best: dict[Key, float] = {}
        for known, likeness in self._alike(word).items():
            for key, weight in self._words[known].items():
                best[key] = max(best.get(key, 0.0), likeness * weight)
        return best

    def _alike(self, word: str) -> dict[str, float]:
        found = dict.fromkeys(self._by_stem.get(stem(word), ()), 0.95)
        if word in self._words:
            found[word] = 1.0
        if found or len(word) < 4:
            return found
        shared: dict[str, int] = defaultdict(int)
        for pair in _bigrams(word):
            for known in self._by_bigram.get(pair, ()):
                shared[known] += 1
        for known, count in shared.items():
            # Nearly nobody mistypes the first letter; letting it go makes "order" of "border".
            if count * 2 >= len(word) - 2 and known[0] == word[0]:
                likeness = similarity(word, known)
                if likeness:
                    found[known] = likeness
        return found


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The word without its ending: "butow", "butach", "buty" → "but". Never shorter than three letters."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def similarity(one: str, other: str) -> float:
    """How alike two folded words are, 0…1: 1 the same, 0.95 the same stem, less for each typing error."""
    if one == other:
        return 1.0
    if stem(one) == stem(other):
        return 0.95
    allowed = 0 if min(len(one), len(other)) < 4 else 1 if min(len(one), len(other)) < 8 else 2
    distance = min(_distance(one, other, allowed), _distance(stem(one), stem(other), min(allowed, 1)))
    return 0.95 - 0.15 * distance if distance <= allowed else 0.0


def _bigrams(word: str) -> set[str]:
    padded = f"^{word}"
    return {padded[at : at + 2] for at in range(len(padded) - 1)}


def _distance(one: str, other: str, limit: int) -> int:
    """Edits between two words, two swapped letters counting as one; TOO_FAR when there are more than `limit`."""
    if abs(len(one) - len(other)) > limit:
        return TOO_FAR
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, target in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return TOO_FAR
    return row[-1] if row[-1] <= limit else TOO_FAR
