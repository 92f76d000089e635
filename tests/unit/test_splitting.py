"""Long texts in pieces, and the pace they go out at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from bot.domain.splitting import shortened, split_text, units
from bot.services.pacing import Pace


def test_pauses_are_taken_best_first() -> None:
    assert split_text("Raz dwa trzy.\n\nTrzy cztery.", 20) == ["Raz dwa trzy.", "Trzy cztery."]
    assert split_text("Jedno zdanie. Drugie zdanie tutaj.", 24) == ["Jedno zdanie.", "Drugie zdanie tutaj."]
    assert split_text("słowo " * 5, 12) == ["słowo słowo", "słowo słowo", "słowo"]


def test_an_address_stays_whole_and_only_what_is_too_long_alone_is_cut() -> None:
    address = "https://szlak.example/a/b?c=d.e"
    assert split_text(f"Proszę zobaczyć tu: {address} i tyle", 40) == ["Proszę zobaczyć tu:", f"{address} i tyle"]
    assert split_text("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_emoji_count_as_two_and_are_never_cut_in_half() -> None:
    assert units("a🙂") == 3
    assert split_text("🙂" * 6, 5) == ["🙂🙂"] * 3


@given(some.text(alphabet="ab .\n🙂ż", max_size=200), some.integers(2, 40))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, most: int) -> None:
    pieces = split_text(text, most)
    assert all(0 < units(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(some.text(alphabet="ab 🙂ż", max_size=60), some.integers(1, 30))
def test_shortened_fits(text: str, most: int) -> None:
    assert units(shortened(text, most)) <= most
    assert units(text) > most or shortened(text, most) == text


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_a_chat_has_its_own_pace_and_all_have_one_together() -> None:
    time = Time()
    pace = Pace(1.0, 0.1, now=lambda: time.now, sleep=time.sleep)
    at = []
    for chat in ("a", "b", "c", "a", "a"):
        await pace.turn(chat)
        at.append(round(time.now, 2))
    assert at == [0.0, 0.1, 0.2, 1.0, 2.0]


async def test_a_chat_that_has_to_wait_takes_nobodys_place() -> None:
    time = Time()
    pace = Pace(5.0, 0.1, now=lambda: time.now, sleep=time.sleep)
    await pace.turn("a")
    waiting = pace.turn("a")  # not begun: it would sleep
    await pace.turn("b")
    assert round(time.now, 2) == 0.1
    await waiting
    assert time.now >= 5
