"""The bilingual static embedding model, read with numpy: a sentence is the mean of its sub-words' vectors.

A folder holds `tokenizer.json` and `model.safetensors` (`embeddings` int8, a row a token; `weights` float32, what each
row is multiplied with), the way sentence-transformers' StaticEmbedding reads them: both give the same vectors.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer  # type: ignore[import-untyped]

SHIPPED = Path(__file__).parent / "model"
"""The model that comes with the project."""

WORD_BEGINS = "▁"
"""What the tokenizer puts before the first sub-word of a word."""
TOKENIZER, WEIGHTS = "tokenizer.json", "model.safetensors"
_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
]


class StaticVectors:
    """Unit vectors of texts in either language; a text with no known sub-word is all zeros."""

    def __init__(self, tokenizer: Tokenizer, embeddings: Any, weights: Any) -> None:
        """`embeddings` is int8, a row for each token of the tokenizer; `weights` float32, a number for each row."""
        self._tokenizer = tokenizer
        self._embeddings = embeddings
        self._weights = weights

    @classmethod
    def load(cls, folder: Path) -> StaticVectors:
        stored = load_file(folder / WEIGHTS)
        return cls(Tokenizer.from_file(str(folder / TOKENIZER)), stored["embeddings"], stored["weights"])

    @property
    def dimensions(self) -> int:
        return int(self._embeddings.shape[1])

    def words(self) -> set[str]:
        """The whole words it has a vector of their own for, folded."""
        return {token[1:] for token in self._tokenizer.get_vocab() if token[0] == WORD_BEGINS and token[1:].isalpha()}

    def encode(self, texts: Sequence[str]) -> Any:
        """A float32 matrix, a row of length 1 for each text."""
        found = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoding.ids:
                found[row] = self._weights[encoding.ids] @ self._embeddings[encoding.ids].astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-12)


def copy(source: Path, target: Path) -> None:
    """The files that `StaticVectors.load` reads, into a folder that is made for them."""
    target.mkdir(parents=True)
    for name in (TOKENIZER, WEIGHTS):
        shutil.copy(source / name, target / name)


@cache
def shipped() -> StaticVectors:
    """The project's own model, loaded once a process."""
    return StaticVectors.load(SHIPPED)


def save(folder: Path, tokenizer: Tokenizer, embeddings: Any, weights: Any) -> None:
    """Write a model's folder; what else is in it (a README) stays."""
    (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
    (folder / "1_Normalize" / "config.json").write_text("{}\n", "utf-8")
    (folder / "modules.json").write_text(json.dumps(_MODULES, indent=2) + "\n", "utf-8")
    tokenizer.save(str(folder / TOKENIZER))
    save_file({"embeddings": np.ascontiguousarray(embeddings), "weights": weights}, folder / WEIGHTS)
