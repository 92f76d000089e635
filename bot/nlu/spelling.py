"""Mistyped words put right by the words of the examples, so that one wrong letter does not hide what a message is about.

Only what the features see is mended; people and entity patterns see the original. A word that the examples or the
embedding model know is left alone, and so is a short one: it has too many neighbours.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from bot.domain.text import fold, one_edit_apart

SHORTEST = 5
"""Letters a word needs to be mended."""
LEAST = 2
"""Times the examples must have a word for another to be mended to it."""
_WORD = re.compile(r"(?<![a-z0-9@])[a-z]+(?![a-z0-9@])")


class Spelling:
    def __init__(self, texts: Iterable[str], known: Iterable[str] = ()) -> None:
        """`texts` are what is learned from, `known` further words that are right as they are, folded."""
        self._counts = Counter(word for text in texts for word in _WORD.findall(fold(text)))
        self._known = {word for word in known if len(word) >= SHORTEST} | set(self._counts)
        self._by_shape: dict[str, list[str]] = defaultdict(list)
        for word, count in self._counts.items():
            if count >= LEAST and len(word) >= SHORTEST - 1:
                for shape in _shapes(word):
                    self._by_shape[shape].append(word)

    def mended(self, texts: Sequence[str]) -> list[str]:
        """The texts folded, their mistyped words replaced; addresses and codes stay as they are."""
        return [
            " ".join(
                part if "@" in part else _WORD.sub(lambda word: self._word(word[0]), part)
                for part in fold(text).split()
            )
            for text in texts
        ]

    def _word(self, word: str) -> str:
        if len(word) < SHORTEST or word in self._known:
            return word
        near = {other for shape in _shapes(word) for other in self._by_shape.get(shape, ())}
        near = {other for other in near if one_edit_apart(word, other)}
        # Nearly nobody mistypes the first letter; two swapped ones are the likeliest slip; then the commonest word.
        return max(near, key=lambda other: self._likely(word, other), default=word)

    def _likely(self, word: str, other: str) -> tuple[bool, bool, int, str]:
        return (other[0] == word[0], sorted(other) == sorted(word), self._counts[other], other)


def _shapes(word: str) -> set[str]:
    """The word, and it without each of its letters: two words an edit apart share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
