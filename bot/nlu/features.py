"""A text as one row of numbers: character and word n-grams of its surface, and its vector from the embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.spelling import Spelling
from bot.nlu.static_vectors import StaticVectors
from bot.nlu.surface import surface

DENSE_WEIGHT = 0.5
"""How much the vector counts against each group of n-grams, which have length 1; more made unseen sentences worse."""


class Features:
    """Characters within words carry inflection and typos, characters across words phrases, words precision; the vector
    reaches words that no example has, in either language.
    """

    _spelling: Spelling | None = None  # of the class, so that a model trained before it was there still loads

    def __init__(self, vectors: StaticVectors | None) -> None:
        """`vectors` None leaves the dense part out. They are not kept with the features: set them after loading."""
        self.vectors = vectors
        self._grams = [
            _tfidf(analyzer="char_wb", ngram_range=(2, 5)),
            _tfidf(analyzer="char", ngram_range=(3, 7), min_df=2),
            _tfidf(analyzer="word", ngram_range=(1, 2), token_pattern=r"\w+"),
        ]

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn the words and n-grams; the texts as rows."""
        self._spelling = Spelling(texts, self.vectors.words() if self.vectors is not None else ())
        return self._beside([grams.fit_transform(texts) for grams in self._grams], texts)

    def transform(self, texts: Sequence[str]) -> Any:
        """The texts, their slips mended, as rows of a sparse float32 matrix."""
        texts = self._spelling.mended(texts) if self._spelling is not None else texts
        return self._beside([grams.transform(texts) for grams in self._grams], texts)

    def _beside(self, parts: list[Any], texts: Sequence[str]) -> Any:
        if self.vectors is not None:
            parts.append(sparse.csr_matrix(DENSE_WEIGHT * self.vectors.encode(texts)))
        return sparse.hstack(parts, format="csr", dtype=np.float32)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"vectors": None}


def _tfidf(**options: Any) -> TfidfVectorizer:
    # An analysis over characters would see the blanks that set words apart at the ends of a text, too: so it does here.
    return TfidfVectorizer(preprocessor=_padded, sublinear_tf=True, dtype=np.float32, **options)


def _padded(text: str) -> str:
    return f" {surface(text)} "
