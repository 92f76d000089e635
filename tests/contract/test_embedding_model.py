"""The shipped embedding model is a sentence-transformers model, and numpy reads the same vectors from it."""

from __future__ import annotations

import numpy as np
import pytest

from bot.bench.nlu_scores import read_rows
from bot.nlu.static_vectors import SHIPPED, shipped
from bot.settings import PROJECT


@pytest.mark.filterwarnings("ignore")
def test_sentence_transformers_gives_the_same_vectors() -> None:
    from sentence_transformers import SentenceTransformer

    texts = [row.text for row in read_rows(PROJECT / "data" / "held_out" / "nlu.tsv")]
    theirs = SentenceTransformer(str(SHIPPED), device="cpu").encode(texts, show_progress_bar=False)
    assert np.allclose(theirs, shipped().encode(texts), atol=1e-5)
