"""Values in a sentence: found however they are written, and nothing found where there is none."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.text import aligned, one_edit_apart
from bot.domain.values import find_values

WEDNESDAY = dt.date(2026, 11, 18)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jutro po 17", [("day", "2026-11-19", "jutro"), ("hours", "17:00-", "po 17")]),
        ("w piątek albo w poniedziałek rano", [("day", "2026-11-20", "piątek"), ("day", "2026-11-23", "poniedziałek"),
                                               ("hours", "08:00-12:00", "rano")]),
        ("next Monday between 4 and 6 pm", [("day", "2026-11-23", "next Monday"),
                                            ("hours", "16:00-18:00", "between 4 and 6 pm")]),
        ("w zeszły wtorek, not wendesday", [("day", "2026-11-17", "zeszły wtorek"), ("day", "2026-11-25", "wendesday")]),
        ("kupione 15 grudnia za 249,99 zł", [("day", "2026-12-15", "15 grudnia"), ("amount", "249.99", "249,99 zł")]),
        ("December 5th, 2025 or 15.12", [("day", "2025-12-05", "December 5th, 2025"), ("day", "2026-12-15", "15.12")]),
        ("dwa tygodnie temu, in 3 days", [("day", "2026-11-04", "dwa tygodnie temu"), ("day", "2026-11-21", "in 3 days")]),
        ("na 31 lutego", []),
        ("buty do 500 zł rozmiar 43, czarne", [("budget", "500.00", "500 zł"), ("size", "43", "43"),
                                               ("colour", "czarny", "czarne")]),
        ("coś do 300, granatową kurtkę XL", [("budget", "300.00", "300"), ("colour", "granatowy", "granatową"),
                                             ("size", "XL", "XL")]),
        ("under PLN 1 200.50 in black, size 42.5", [("budget", "1200.50", "PLN 1 200.50"), ("colour", "czarny", "black"),
                                                    ("size", "42.5", "42.5")]),
        ("niebieskego polara, dwie pary, 3 sztuki", [("colour", "niebieski", "niebieskego"), ("quantity", "2", "dwie pary"),
                                                     ("quantity", "3", "3 sztuki")]),
        ("na KRA012 albo waw123m", [("locker", "KRA012", "KRA012"), ("locker", "WAW123M", "waw123m")]),
        ("paczka 622126931277874621209051", [("tracking_number", "622126931277874621209051", "622126931277874621209051")]),
        ("kod rabatowy lato-10 i JESIEN15", [("coupon", "LATO-10", "lato-10"), ("coupon", "JESIEN15", "JESIEN15")]),
        ("kod pocztowy 30-060, ulica Lipowa 12 / 3", [("postcode", "30-060", "30-060"),
                                                      ("street", "ul. Lipowa 12/3", "ulica Lipowa 12 / 3")]),
        ("al. 3 Maja 14a, Polna 7/2", [("street", "al. 3 Maja 14a", "al. 3 Maja 14a"),
                                       ("street", "Polna 7/2", "Polna 7/2")]),
        ("od 16 do 18, do 12, o 9:30", [("hours", "16:00-18:00", "od 16 do 18"), ("hours", "-12:00", "do 12"),
                                        ("hours", "09:30-10:30", "o 9:30")]),
    ],
)  # fmt: skip
def test_values_are_found_with_their_place(text: str, found: list[tuple[str, str, str]]) -> None:
    values = find_values(text, WEDNESDAY)
    assert [(each.entity, each.value, text[each.start : each.end]) for each in values] == found


@pytest.mark.parametrize(
    "text",
    [
        "zamówienie 100311", "+48 601 234 567", "tel. 601 234 567", "NIP 123-456-32-18", "w środku, o piątej, środki",
        "dostawa do 3 dni, po 2 tygodniach", "mam 42 lata i 45 kg", "may I ask", "I'M ANGRY", "plecak 45 l",
        "61 1090 1014 0000 0712 1981 2874", "Dzień dobry, gdzie jest moja paczka?", "kod nie działa", "jedna sprawa",
        "futro, marka, lipka", "ZW-100311-1",
    ],
)  # fmt: skip
def test_nothing_is_found_where_there_is_no_value(text: str) -> None:
    assert find_values(text, WEDNESDAY) == []


@settings(deadline=None)
@given(st.text(max_size=80), st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)))
def test_any_text_is_read_and_values_never_overlap(text: str, today: dt.date) -> None:
    places = [(each.start, each.end) for each in find_values(text, today)]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    assert len(aligned(text)) == len(text)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)))
def test_a_weekday_is_the_next_one_to_come(today: dt.date) -> None:
    (found,) = find_values("w czwartek", today)
    day = dt.date.fromisoformat(found.value)
    assert day.weekday() == 3 and 1 <= (day - today).days <= 7


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [("zwrot", "zwort", True), ("zwrot", "zwro", True), ("zwrot", "zwrrot", True), ("zwrot", "zwxot", True),
     ("zwrot", "zwrot", False), ("zwrot", "wzrto", False), ("zwrot", "obrot", False), ("a", "", True)],
)  # fmt: skip
def test_one_edit_apart(one: str, other: str, near: bool) -> None:
    assert one_edit_apart(one, other) is near and one_edit_apart(other, one) is near


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("tel. +46701555121", "+46701555121"),
        ("mój numer: +46 70 155 51 21, proszę", "+46 70 155 51 21"),
        ("+48 601 234 567", None),
        ("+46701555121@example.pl", None),
    ],
)
def test_a_phone_from_abroad(text: str, phone: str | None) -> None:
    found = [value.value for value in find_values(text, dt.date(2026, 6, 16)) if value.entity == "phone"]
    assert found == ([phone] if phone else [])
