"""The search index by itself: both halves, slips of the pen, what is not sold, and changes of single documents."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from bot.bench.search_scores import Query, ndcg, read_queries, recall, reciprocal_rank, scores
from bot.nlu.encoders import ShippedEncoder
from bot.shop.search_index import Document, Mixture, SearchIndex, blend, texts_of
from bot.shop.search_phrases import read_prices
from bot.shop.search_words import WordIndex

ENCODER = ShippedEncoder()
MIXTURE = Mixture(meaning=0.7, alone=0.8, floor=0.43)


def document(key: str, text: str, shelf: str = "") -> Document[str]:
    return Document(key, [(text, 1.0)], [(text, 1.0)], shelf)


def vectors(documents: list[Document[str]]) -> np.ndarray:
    texts = texts_of(documents)
    known = dict(zip(texts, ENCODER.documents(texts), strict=True)) if texts else {}
    rows: np.ndarray = blend(documents, known, ENCODER.dimensions)
    return rows


def index_of(*documents: Document[str]) -> SearchIndex[str]:
    return SearchIndex.of(documents, vectors(list(documents)))


def keys(index: SearchIndex[str], text: str, shelf: str | None = None) -> list[str]:
    return [key for key, _score in index.find(text, ENCODER.queries([text])[0], MIXTURE, shelf)]


SHELF = [
    document("tent", "Namiot Koliba dwuosobowy, tent", "tents"),
    document("jacket", "Kurtka puchowa Śnieżnik, down jacket", "jackets"),
    document("softshell", "Softshell Halny", "jackets"),
    document("bag", "Śpiwór zimowy, sleeping bag", "bags"),
]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("namioty", "tent"),
        ("kurtkę puchową", "jacket"),
        ("snieznik", "jacket"),
        ("sneiznik", "jacket"),
        ("soft shell", "softshell"),
        ("sleepingbag", "bag"),
        ("spiworów na zimę", "bag"),
    ],
)
def test_endings_slips_and_words_written_together(text: str, key: str) -> None:
    assert keys(index_of(*SHELF), text)[0] == key


def test_a_meaning_is_found_without_a_common_word_and_what_is_not_sold_is_not() -> None:
    index = index_of(document("cards", "voucher"), document("boots", "buty trekkingowe"))
    assert WordIndex.of([[("voucher", 1.0)]]).coverage("hiking footwear").tolist() == [0.0]
    assert keys(index, "hiking boots") == ["boots"]
    assert keys(index_of(*SHELF), "lodówka") == []
    assert keys(index_of(), "namiot") == []


def test_only_one_shelf() -> None:
    index = index_of(*SHELF, document("poncho", "Kurtka peleryna", "rain"))
    assert keys(index, "kurtka", "rain") == ["poncho"] and "jacket" in keys(index, "kurtka")


def test_a_change_is_in_the_next_index_and_not_in_the_one_before() -> None:
    before = index_of(*SHELF)
    renamed, new = document("tent", "Hamak Bujak"), document("stove", "Kuchenka Watra")
    after = before.changed(["bag"], [renamed, new], vectors([renamed, new]))
    assert keys(after, "hamak") == ["tent"] and keys(after, "kuchenki watra") == ["stove"]
    assert keys(after, "namiot koliba") == [] and keys(after, "spiwor zimowy") == []
    assert keys(after, "kurtka puchowa") == ["jacket"]
    assert keys(before, "namiot koliba") == ["tent"] and keys(before, "hamak bujak") == []


def test_changed_one_by_one_is_the_same_as_made_at_once() -> None:
    grown = index_of()
    for one in SHELF:
        grown = grown.changed([], [one], vectors([one]))
    for text in ("kurtka", "namiot dwuosobowy", "halny", "zimowy spiwor"):
        vector = ENCODER.queries([text])[0]
        one, other = grown.find(text, vector, MIXTURE), index_of(*SHELF).find(text, vector, MIXTURE)
        assert [key for key, _ in one] == [key for key, _ in other]
        assert np.allclose([score for _, score in one], [score for _, score in other], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "left", "least", "most"),
    [
        ("kurtka do 400 zł", "kurtka", None, 400),
        ("Namiot poniżej 1000 zł dla 2 osób", "namiot dla 2 osob", None, 1000),
        ("tent under 500", "tent", None, 500),
        ("plecak od 100 do 300 zl", "plecak", 100, 300),
        ("boots between 200 and 400 pln", "boots", 200, 400),
        ("czołówka 100-200 zł", "czolowka", 100, 200),
        ("buty powyżej 500 złotych", "buty", 500, None),
        ("śpiwór do 20 stopni", "spiwor do 20 stopni", None, None),
        ("plecak do 60 litrów", "plecak do 60 litrow", None, None),
        ("skarpety do 30 zł", "skarpety", None, 30),
        ("buty do biegania 42", "buty do biegania 42", None, None),
    ],
)
def test_prices_are_read_out_of_a_search(text: str, left: str, least: int | None, most: int | None) -> None:
    asked = read_prices(text)
    bounds = tuple(None if one is None else Decimal(one) for one in (least, most))
    assert (asked.text, asked.least, asked.most) == (left, *bounds)


def test_the_figures_of_the_bench() -> None:
    grades = {"best": 3, "good": 2, "near": 1}
    assert ndcg(grades, ["best", "good", "near"]) == 1.0 > ndcg(grades, ["good", "best"]) > ndcg(grades, ["near"]) > 0
    assert reciprocal_rank(grades, ["other", "near", "good"]) == pytest.approx(1 / 3)
    assert recall(grades, ["good", "near"]) == 0.5
    rows = [Query("pl", "product", "a", grades), Query("pl", "product", "b", {}), Query("pl", "product", "c", {})]
    result = scores(rows, [["best"], ["anything"], []])
    assert (result.queries, result.mrr, result.nothing, result.false_finds) == (1, 1.0, 2, 0.5)


def test_the_held_out_queries_are_enough_and_sound() -> None:
    rows = read_queries()
    assert len({(row.language, row.kind, row.text) for row in rows}) == len(rows)
    for language in ("pl", "en"):
        own = [row for row in rows if row.language == language]
        assert sum(bool(row.relevant) for row in own) >= 120 and sum(not row.relevant for row in own) >= 20
        assert 0.4 < sum(row.tuned for row in own) / len(own) < 0.6
    assert {grade for row in rows for grade in row.relevant.values()} == {1, 2, 3}
