"""Mistyped words are put right by the examples' words; known, short and coded ones are left alone."""

from __future__ import annotations

import pytest

from bot.nlu.spelling import Spelling

SPELLING = Spelling(["Zwrot butów", "zwrot pieniędzy", "buty i pieniędzy", "gdzie paczka", "paczka"], ["wzrot"])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ZWORT pieniedzu", "zwrot pieniedzy"),
        ("zwrrot packa", "zwrot paczka"),
        ("wzrot", "wzrot"),  # known as it is
        ("buta", "buta"),  # too short
        ("anna@zwort.pl", "anna@zwort.pl"),
        ("zwort1 zupełnie", "zwort1 zupelnie"),
    ],
)
def test_a_slip_is_mended(text: str, read: str) -> None:
    assert SPELLING.mended([text]) == [read]
