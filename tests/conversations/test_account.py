"""The customer and the shop: personal data, opening hours, a call back, an opinion."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.domain.hours import OpeningHours
from bot.domain.opinions import is_negative, stars_in
from bot.services.flows.callbacks import next_window
from bot.storage.tables import Feedback, Promise
from tests.conversations.harness import HOURS, Shop, Talk

BOTH = pytest.mark.parametrize("language", ["pl", "en"])
ANNA = "anna.kowalska@example.pl"
WARSAW = ZoneInfo("Europe/Warsaw")


async def promise(talk: Talk, kind: str) -> Promise:
    [found] = [row for row in await talk.all(Promise) if row.kind == kind and row.conversation_id == talk.id]
    return found


# Personal data


@BOTH
@pytest.mark.parametrize(
    ("wish", "pl", "en"),
    [
        ("erase", "proszę usunąć moje dane", "please delete my data"),
        ("export", "chcę kopię swoich danych", "I want a copy of my data"),
        ("correct", "mam błędne nazwisko, proszę poprawić dane", "my name is wrong, correct my data"),
        ("marketing", "proszę wypisać mnie z newslettera", "unsubscribe me from the newsletter"),
    ],
)
async def test_each_right_is_told_apart(shop: Shop, language: str, wish: str, pl: str, en: str) -> None:
    talk = await shop.talk(language, customer_id="K1001")
    said = await talk.says({"pl": pl, "en": en}[language], "privacy_request", language=language)
    due = await promise(talk, "privacy")
    assert (await talk.row()).handoff["reason"] == "policy" and due.details == {"wish": wish}
    assert (due.due_at - shop.clock.now()).days == 30 and {"pl": "16 lipca", "en": "16 July"}[language] in said.text
    assert (await talk.facts())["wish"].startswith(f"personal data: {wish}; identity: customer K1001")


@BOTH
async def test_a_stranger_is_asked_what_and_who(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    asked = await talk.says(
        {"pl": "chodzi o moje RODO", "en": "about GDPR"}[language], "privacy_request", language=language
    )
    assert len(asked.titles) == 4
    asked = await talk.presses({"pl": "usunięcie danych", "en": "erasing the data"}[language])
    assert "e-mail" in asked.text
    said = await talk.says(ANNA, "inform", language=language)
    assert {"pl": "potwierdzi tożsamość", "en": "confirm the identity"}[language] in said.text
    assert "identity: to be checked" in (await talk.facts())["wish"] and (await talk.row()).state == "waiting"
    assert await talk.asked() == ["privacy_wish", "email"]


# Contact and hours


@BOTH
@pytest.mark.parametrize(
    ("moved", "text", "words"),
    [
        (
            {},
            ("czy jesteście dziś otwarci?", "are you open today?"),
            ("teraz ktoś odpowiada: dziś w godzinach 08:00-20:00", "answering now"),
        ),
        (
            {"hours": 11},
            ("czy jesteście dziś otwarci?", "are you open today?"),
            ("już zamknięte, nikt nie odpowiada. Najbliższy termin: jutro od 08:00", "Closed for today"),
        ),
        (
            {"days": 5},
            ("czy dziś czynne?", "open today?"),
            ("Zamknięte: dziś nikt nie odpowiada. Najbliższy termin: jutro od 08:00", "Next: tomorrow from 08:00"),
        ),
        ({}, ("czy w niedzielę jest otwarte?", "are you open on Sunday?"), ("niedziela 21 czerwca", "Sunday 21 June")),
        ({"days": 150}, ("do której dziś czynne?", "until when are you open today?"), ("08:00-20:00", "08:00")),
    ],
)
async def test_opening_hours_of_the_day(
    shop: Shop, language: str, moved: dict[str, float], text: tuple[str, str], words: tuple[str, str]
) -> None:
    shop.clock.move(**moved)
    talk = await shop.talk(language)
    told = await talk.says(text[language == "en"], "ask_contact", language=language)
    assert words[language == "en"] in told.text and "+48 12 555 01 40" in told.text


async def test_a_public_holiday_is_closed(shop: Shop) -> None:
    shop.clock.moment = dt.datetime(2026, 11, 11, 10, tzinfo=dt.UTC)
    told = await (await shop.talk()).says("jesteście dziś otwarci?", "ask_contact")
    assert "Zamknięte: dziś" in told.text and "jutro od 08:00" in told.text


# A call back


@BOTH
@pytest.mark.parametrize(
    ("pl", "en", "closes"),
    [
        ("zadzwońcie po 17", "call me after 17:00", "2026-06-16T19:00"),
        ("zadzwońcie jutro rano", "call me tomorrow morning", "2026-06-17T12:00"),
        ("oddzwońcie w niedzielę", "call me back on Sunday", "2026-06-22T10:00"),
        ("oddzwońcie jak najszybciej", "call me as soon as possible", "2026-06-16T11:34"),
        ("oddzwońcie po 22", "call me after 22:00", "2026-06-16T13:00"),
    ],
)
async def test_a_call_at_the_wished_time(shop: Shop, language: str, pl: str, en: str, closes: str) -> None:
    talk = await shop.talk(language)
    said = await talk.says(f"{ {'pl': pl, 'en': en}[language] }, 601 555 101", "request_callback", language=language)
    due = await promise(talk, "callback")
    assert f"{due.due_at.astimezone(WARSAW):%Y-%m-%dT%H:%M}" == closes and due.details["phone"] == "+48601555101"
    assert (await talk.row()).handoff["reason"] == "asked" and "+48601555101" in said.text
    outside = {"pl": "O tej porze nikt nie dzwoni", "en": "Nobody calls at that time"}[language]
    assert (outside in said.text) == (closes[11:] in ("10:00", "13:00"))
    assert await talk.asked() == []


@BOTH
async def test_number_and_hours_are_asked_once_and_kept(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    asked = await talk.says({"pl": "oddzwońcie", "en": "call me back"}[language], "request_callback", language=language)
    wrong = await talk.says("12 34", "inform", language=language)
    assert {"pl": "nie wygląda na numer", "en": "not look like a phone"}[
        language
    ] in wrong.text and asked.text != wrong.text
    asked = await talk.says("788 555 103", "inform", language=language)
    assert len(asked.titles) == 4
    await talk.presses({"pl": "Po południu", "en": "In the afternoon"}[language])
    assert (await promise(talk, "callback")).due_at.astimezone(WARSAW).hour == 17
    # In a later conversation both are known.
    later = await shop.talk(language, customer_id="K1003")
    await later.says({"pl": "zadzwońcie", "en": "please call"}[language], "request_callback", language=language)
    assert await later.asked() == [] and (await promise(later, "callback")).due_at.astimezone(WARSAW).hour == 17


async def test_the_accounts_hours_are_known(shop: Shop) -> None:
    talk = await shop.talk(customer_id="K1001")  # the shop's file says 17-21
    said = await talk.says("oddzwońcie na 601 555 101", "request_callback")
    assert "między 17:00 a 20:00" in said.text and await talk.asked() == []


async def test_no_number_that_can_be_one_ends_with_a_human(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("oddzwońcie", "request_callback")
    for text in ("1234", "99", "nie pamiętam"):
        assert (await talk.row()).state == "bot"
        await talk.says(text, "inform")
    assert (await talk.row()).state == "waiting" and "callback" not in await talk.promises()


def test_windows_over_a_holiday_and_at_the_end_of_the_day() -> None:
    def window(now: dt.datetime, wanted: str, hours: OpeningHours = HOURS) -> tuple[str, str, bool]:
        opens, closes, fits = next_window(hours, now, wanted, None)
        return f"{opens.astimezone(WARSAW):%d.%m %H:%M}", f"{closes.astimezone(WARSAW):%d.%m %H:%M}", fits

    holiday_eve = dt.datetime(2026, 11, 10, 18, 55, tzinfo=WARSAW)
    assert window(holiday_eve, "17:00-") == ("10.11 18:55", "10.11 20:00", True)
    assert window(holiday_eve, "08:00-12:00") == ("12.11 08:00", "12.11 12:00", True)
    assert window(holiday_eve, "21:00-") == ("10.11 18:55", "10.11 20:00", False)


# An opinion


@BOTH
@pytest.mark.parametrize(
    ("pl", "en", "stars", "sorry"),
    [
        ("szybka dostawa, daję 5", "fast delivery, I give it 5", 5, False),
        ("oceniam na 3/10, paczka szła dwa tygodnie", "3/10, the parcel took two weeks", 2, True),
        ("obsługa fatalna", "terrible service", None, True),
        ("nie było źle, dziękuję", "not bad, thanks", None, False),
    ],
)
async def test_an_opinion_is_kept_with_its_number(
    shop: Shop, language: str, pl: str, en: str, stars: int | None, sorry: bool
) -> None:
    talk = await shop.talk(language)
    said = await talk.says({"pl": pl, "en": en}[language], "give_feedback", language=language)
    [row] = await talk.all(Feedback)
    assert (row.conversation_id, row.text, row.stars) == (talk.id, {"pl": pl, "en": en}[language], stars)
    assert bool({"Człowiek", "A human"} & set(said.titles)) == sorry
    assert (await talk.row()).state == "bot"


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("4/5", 4),
        ("8 na 10", 4),
        ("1 out of 5", 1),
        ("⭐⭐⭐", 3),
        ("zamówienie 100554 było ok", None),
        ("10/10!", 5),
        ("12/5", None),
    ],
)
def test_a_number_that_is_an_opinion(text: str, stars: int | None) -> None:
    assert stars_in(text) == stars


def test_blame_and_praise_in_words() -> None:
    assert is_negative("nigdy więcej", None) and is_negative("so disappointed", None)
    assert not is_negative("super sklep", None) and not is_negative("fatalnie nie jest, 4/5", 4)
