"""The shop's own products and colours, found in a sentence however they are inflected or mistyped.

Nothing of it is trained: the names come from the catalogue as it is at the moment. A product is found by a word that
few names have ("Wichr", "Granit"); what stands beside it and is in the same name ("kurtkę", "damską", "2") tells which
one of several.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.text import aligned, fold, one_edit_apart
from bot.domain.value import Value, apart
from bot.shop.lexical import STOP_WORDS, stem
from bot.storage.shop import Product, Variant

_WORD = re.compile(r"[a-z0-9]+")
_EVERYDAY = re.compile(r"\b(?:na|w|we|przed|po|od|z|ze|the|in|on)\s+$")
"""Before a word in small letters this says that it is the everyday one: "na mróz", "w południe"."""
_MISTYPED_FROM = 5
"""Letters a name's word needs before one wrong letter in it is forgiven."""

_SHORT = 4
"""A stem with fewer letters, in small letters and alone, is too little to go by: "halo" is not the trousers Hala."""

Names = Iterable[tuple[str, str, str]]
"""A product's id, its name in Polish and in English."""


class NameIndex:
    """`colours` are the shop's own words for them, each with the form it is written in."""

    def __init__(self, names: Names, colours: Iterable[tuple[str, str]] = ()) -> None:
        self._words: dict[str, set[str]] = {}
        self._capitals: dict[str, set[str]] = defaultdict(set)
        for key, *written in names:
            found = [word for name in written for word in re.findall(r"\w+", name)]
            self._words[key] = {stem(fold(word)) for word in found if fold(word) not in STOP_WORDS}
            # A name's own word is written with a capital and in both languages; "Kurtka" is in one of them.
            shared = set.intersection(*({fold(word) for word in re.findall(r"\w+", name)} for name in written))
            self._capitals[key] = {stem(fold(w)) for w in found if w[0].isupper() and fold(w) in shared and len(w) > 2}
        self._products: dict[str, set[str]] = defaultdict(set)
        for key, words in self._words.items():
            for word in words:
                self._products[word].add(key)
        self._own = {word for words in self._capitals.values() for word in words}
        self._by_shape: dict[str, set[str]] = defaultdict(set)
        for word in self._own:
            for shape in _shapes(word):
                self._by_shape[shape].add(word)
        self._colours = {stem(fold(word)): written for word, written in colours if word}

    def products(self, text: str) -> list[Value]:
        """`product` with the id of the one meant, from the first to the last word that belongs to its name."""
        words = [(self._stem(match[0]), match.start(), match.end()) for match in _WORD.finditer(aligned(text))]
        found = []
        for at, (word, start, _) in enumerate(words):
            if word in self._own:
                meant = self._around(words, at)
                alone = meant.start == start and text[start].islower()
                alone = alone and meant.end == words[at][2]
                if not (alone and (len(word) < _SHORT or _EVERYDAY.search(aligned(text[:start])))):
                    found.append(meant)
        return apart(*([value] for value in found))

    def colours(self, text: str) -> list[Value]:
        """`colour` as the shop writes it in Polish."""
        return [
            Value("colour", self._colours[stem(match[0])], *match.span())
            for match in _WORD.finditer(aligned(text))
            if stem(match[0]) in self._colours
        ]

    def _stem(self, word: str) -> str:
        """The stem of a word, or that of the name's own word it is mistyped from."""
        own = stem(word)
        if own in self._products or len(own) < _MISTYPED_FROM - 1 or word in STOP_WORDS:
            return own
        near = {known for shape in _shapes(own) for known in self._by_shape.get(shape, ())}
        near = {known for known in near if len(word) >= _MISTYPED_FROM and one_edit_apart(own, known)}
        # With the first letter right, when there is such a one.
        return min(near, key=lambda known: (known[0] != own[0], known), default=own)

    def _around(self, words: list[tuple[str, int, int]], at: int) -> Value:
        """The product whose name has the most of the words that stand around the one at `at`."""
        best: tuple[Any, Value] | None = None
        for key in self._products[words[at][0]]:
            names, first, last = self._words[key], at, at
            while first > 0 and words[first - 1][0] in names:
                first -= 1
            while last + 1 < len(words) and words[last + 1][0] in names:
                last += 1
            here = {word for word, _, _ in words[max(0, at - 4) : at + 5]} & names
            said = {word for word, _, _ in words} & names
            missing = len(names - said)
            rank = (len(here), last - first, len(said), -missing, key)
            value = Value("product", key, words[first][1], words[last][2])
            if best is None or rank[:4] > best[0][:4] or (rank[:4] == best[0][:4] and key < best[0][4]):
                best = (rank, value)
        assert best is not None
        return best[1]


def _shapes(word: str) -> set[str]:
    """The word, and the word without each of its letters: two words an edit apart share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


_held: WeakKeyDictionary[Any, tuple[object, NameIndex]] = WeakKeyDictionary()
_looked: WeakKeyDictionary[Any, dt.datetime] = WeakKeyDictionary()


async def goods_named(session: AsyncSession, text: str) -> list[Value]:
    """`product` (its id) and `colour` (as the shop writes it) of what a text names of the catalogue as it is now."""
    index = await name_index(session)
    return apart(index.products(text), index.colours(text))


async def name_index(session: AsyncSession) -> NameIndex:
    """The index over the active products' names; an import in any process is noticed at the next look."""
    bind = session.get_bind()
    version = tuple((await session.execute(select(func.count(), func.max(Product.updated_at)))).one())
    held = _held.get(bind)
    if held is None or held[0] != version:
        names = [
            (row[0], row[1], row[2] or row[1])
            for row in await session.execute(
                select(Product.id, Product.name_pl, Product.name_en).where(Product.active).order_by(Product.id)
            )
        ]
        colours = await session.execute(select(Variant.colour_pl, Variant.colour_en).distinct())
        pairs = [
            (word, pl or en or word) for pl, en in colours for whole in (pl, en) if whole for word in whole.split()
        ]
        held = (version, await asyncio.to_thread(NameIndex, names, pairs))
        _held[bind] = held
    return held[1]
