"""What understanding is made of: the surface, the vectors, the features, the calibrated classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.features import Features
from bot.nlu.margins import Margins
from bot.nlu.pairs import project_pairs, read_pairs
from bot.nlu.static_vectors import SHIPPED, StaticVectors, copy, shipped
from bot.nlu.surface import has_words, surface
from bot.settings import PROJECT

EXAMPLES = {
    "status": ["gdzie jest moja paczka", "where is my parcel", "kiedy dojdzie przesyłka", "when will it arrive"],
    "refund": ["gdzie moje pieniądze", "where is my refund", "kiedy zwrot pieniędzy", "when do I get my money"],
    "outside": ["jaka będzie pogoda", "tell me a story", "ile to dwa razy dwa", "who is the king of Spain"],
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts] * 3
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts] * 3


def test_surface_folds_and_levels_values() -> None:
    assert surface("ŁÓDŹ, mail Anna@Example.pl, nr 100311!") == "lodz, mail  xmailx , nr  xnumx !"
    assert surface("+48 601 234 567") == surface("602345678")
    assert surface("rozmiar 42") == "rozmiar 00"


def test_a_bare_value_has_no_words() -> None:
    assert not any(has_words(text) for text in ("100311", "anna@example.pl", "+48 601 234 567", "42", "?"))
    assert all(has_words(text) for text in ("ok", "nr 100311", "gdzie?", "mail anna@example.pl"))


def test_vectors_have_length_one_and_do_not_mind_diacritics_or_case() -> None:
    found = shipped().encode(["Gdzie jest moja PRZESYŁKA?", "gdzie jest moja przesylka?", ""])
    assert np.allclose(np.linalg.norm(found, axis=1), [1, 1, 0], atol=1e-5)
    assert np.allclose(found[0], found[1])


@pytest.mark.parametrize(
    ("polish", "english", "other"),
    [
        ("gdzie jest moja paczka", "where is my parcel", "I forgot my password"),
        ("chcę zwrócić buty", "I want to return the shoes", "what are your opening hours"),
        ("nie mogę się zalogować", "I can't log in", "the tent is too small"),
    ],
)
def test_the_languages_meet(polish: str, english: str, other: str) -> None:
    vectors = shipped().encode([polish, english, other])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_copy_of_the_model_gives_the_same_vectors(tmp_path: Path) -> None:
    copy(SHIPPED, tmp_path / "vectors")
    texts = ["kurtka przemaka", "my jacket leaks"]
    assert np.array_equal(StaticVectors.load(tmp_path / "vectors").encode(texts), shipped().encode(texts))


def test_the_classifier_ranks_every_label() -> None:
    features = Features(shipped())
    margins = Margins().fit(features.fit(TEXTS), LABELS)
    ranking = margins.ranking(features.transform(["kiedy przyjdzie moja paczka"]))
    assert ranking[0][0] == "status"
    assert sum(chance for _, chance in ranking) == pytest.approx(1, abs=1e-5)
    assert {label for label, _ in ranking} == set(EXAMPLES)


def test_two_labels_are_enough_and_the_vectors_can_be_left_out() -> None:
    features = Features(None)
    labels = ["outside" if label == "outside" else "shop" for label in LABELS]
    margins = Margins().fit(features.fit(TEXTS), labels)
    assert margins.ranking(features.transform(["gdzie paczka"]))[0][0] == "shop"
    assert margins.ranking(features.transform(["tell me a story please"]))[0][0] == "outside"


def test_what_is_outside_gets_an_advantage_and_nothing_else_does() -> None:
    features = Features(shipped())
    rows = features.fit(TEXTS)
    doubtful = features.transform(["opowiedz mi o czymś"])

    def chance(margins: Margins) -> float:
        return dict(margins.ranking(doubtful))["outside"]

    plain, careful = Margins().fit(rows, LABELS), Margins(outside="outside", share=0.9).fit(rows, LABELS)
    assert chance(careful) > chance(plain)
    elsewhere = Margins(outside="unknown").fit(rows, LABELS)
    assert chance(elsewhere) == pytest.approx(chance(plain))


def test_pairs_are_read_from_files_and_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text('en\tpl\tsource\nHello "you"\tCześć\tx\nempty\t\tx\n', "utf-8")
    assert read_pairs(tmp_path / "pairs.tsv") == [('Hello "you"', "Cześć")]
    own = project_pairs(PROJECT)
    assert ("Granit hiking boots", "Buty trekkingowe Granit") in own
    assert ("Please give the order number.", "Proszę podać numer zamówienia.") in own
    assert len(own) > 3000
