"""Messages cut into clauses, and what those ask for: nothing is lost, and one request stays one."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clauses import clauses
from bot.domain.requests import MOST, as_one, parsed_clauses, requests

WHOLE = [
    "anna.k@example.pl",
    "https://szlak.example/produkt?id=5&a=b",
    "www.szlak.example/a.b",
    "601 234 567",
    "+48 601-234-567",
    "1 299,00",
    "12.05.2026",
    "61 1090 1014 0000 0712 1981 2874",
]
JOINTS = [". ", "? ", "! ", "\n", ", a ", " i czy ", " and can I ", "; ", " ", ", ", "... ", " oraz "]
WORDS = ["gdzie", "jest", "paczka", "nr.", "zam.", "Hi", "tak,", "buty", "why", "a", "i", "np.", "🙂", "100311", "17."]


@given(st.text(max_size=300))
def test_nothing_is_lost_or_invented(text: str) -> None:
    assert "".join(clauses(text)) == text


@given(st.lists(st.tuples(st.sampled_from([*WHOLE, *WORDS]), st.sampled_from(JOINTS)), max_size=20))
def test_no_cut_is_inside_an_address_or_a_number(parts: list[tuple[str, str]]) -> None:
    text = "".join(word + joint for word, joint in parts)
    pieces = clauses(text)
    assert "".join(pieces) == text
    for whole in {word for word, _ in parts if word in WHOLE}:
        alone = rf"(?<![\w.,:/@+-]){re.escape(whole)}(?![\w.,:/@-])"
        assert sum(len(re.findall(alone, piece)) for piece in pieces) >= len(re.findall(alone, text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("gdzie jest moje zamówienie 100311 i czy mogę zwrócić buty?", 2),
        ("Hi! What are your opening hours? And do you ship to Germany?", 3),
        ("anuluj 100320, a 100311 chcę zwrócić", 2),
        ("jakie są godziny otwarcia i ile kosztuje dostawa", 2),
        ("how much is delivery and can I pay by card", 2),
        ("tak, a kiedy dostanę pieniądze?", 2),
        ("yes, and when do I get my money", 2),
        ("Mój tel. to 601 234 567. Proszę dzwonić po godz. 17.", 2),
        # one request
        ("chcę zwrócić buty i kurtkę z zamówienia nr. 100311, mail anna@example.pl, za małe", 1),
        ("the parcel I have received is broken and wet", 1),
        ("zamówiłam 17. czerwca i do dziś nic", 1),
        ("śpiwór i mata na ul. Długiej 5 m. 3", 1),
        ("zwrot 100311, 100312 i 100313", 1),
        ("👍", 1),
        ("", 0),
    ],
)
def test_where_a_message_is_cut(text: str, count: int) -> None:
    assert len(clauses(text)) == count, clauses(text)


def understood(text: str, intent: str, confidence: float = 0.97, number: str = "") -> dict[str, Any]:
    entities = [{"entity": "order_number", "value": number, "start": text.find(number)}] if number else []
    return {"text": text, "intent": {"name": intent, "confidence": confidence}, "entities": entities, "language": "pl"}


def asked(whole: dict[str, Any], *pieces: tuple[str, str, float]) -> list[dict[str, Any]]:
    parsed = [(text, understood(text, intent, confidence)) for text, intent, confidence in pieces]
    return requests(whole, parsed)


def names(found: list[dict[str, Any]]) -> list[str]:
    return [parse["intent"]["name"] for parse in found]


def test_two_sure_requests_are_two_and_share_what_they_do_not_name() -> None:
    text = "gdzie jest 100311 i ile mam dni na zwrot?"
    whole = understood(text, "ask_order_status", 0.8, "100311")
    found = asked(
        whole, ("gdzie jest 100311 ", "ask_order_status", 0.99), ("i ile mam dni na zwrot?", "ask_return_policy", 0.95)
    )
    assert names(found) == ["ask_order_status", "ask_return_policy"]
    assert [[e["value"] for e in parse["entities"]] for parse in found] == [["100311"], ["100311"]]
    assert as_one(found, text)["requests"] == ["ask_order_status", "ask_return_policy"]
    assert len(as_one(found, text)["entities"]) == 1


def test_each_request_keeps_its_own_number() -> None:
    text = "100554 chcę zwrócić, a 100567 zareklamować"
    entities = [{"entity": "order_number", "value": n, "start": text.find(n)} for n in ("100554", "100567")]
    whole = {**understood(text, "start_return", 0.8), "entities": entities}
    found = asked(
        whole, ("100554 chcę zwrócić, ", "start_return", 0.99), ("a 100567 zareklamować", "file_complaint", 0.95)
    )
    assert [[e["value"] for e in parse["entities"]] for parse in found] == [["100554"], ["100567"]]


def test_cancelling_an_order_is_not_stopping_the_talk() -> None:
    text = "anuluj 100320, a 100311 chcę zwrócić"
    first = understood("anuluj 100320, ", "stop_flow", 0.94, "100320")
    found = requests(
        understood(text, "start_return", 0.98),
        [("anuluj 100320, ", first), ("a 100311 chcę zwrócić", understood("a 100311 chcę zwrócić", "start_return"))],
    )
    assert names(found) == ["cancel_order", "start_return"]
    assert names(requests(understood("anuluj to", "stop_flow"), [])) == ["stop_flow"]
    where = requests(understood("a gdzie jest 100567?", "nlu_fallback", 0.35, "100567"), [])
    assert names(where) == ["ask_order_status"]
    told = requests(understood("kurier był, co z tego 100567 i tak", "inform", 0.7, "100567"), [])
    assert names(told) == ["inform"]


@pytest.mark.parametrize(
    ("whole", "pieces", "expected"),
    [
        # A greeting and a question are the question.
        (("greet", 0.7), [("Hej, ", "greet", 1.0), ("macie sklep w Krakowie?", "ask_contact", 0.95)], ["ask_contact"]),
        # Nobody understood the whole, its last sentence does.
        (("nlu_fallback", 0.35), [("Mam plecak. ", "inform", 0.4), ("Ile mam dni?", "ask_return_policy", 0.9)],
         ["ask_return_policy"]),
        # A whole that is understood is not overruled by an unsure part, nor by a remark that leans on another.
        (("file_complaint", 0.9), [("Buty pękły. ", "file_complaint", 0.97), ("Co teraz", "out_of_scope", 0.99)],
         ["file_complaint"]),
        (("modify_order", 0.95), [("Dorzucę skarpetki ", "modify_order", 0.99),
                                  ("żeby szło w jednej paczce", "report_delivery_problem", 0.99)], ["modify_order"]),
        (("ask_refund_status", 0.9), [("Nie ma przelewu. ", "ask_refund_status", 0.95),
                                      ("Please check", "ask_order_status", 0.99)], ["ask_refund_status"]),
        # Where the whole is certain, the other must be very sure.
        (("ask_refund_status", 0.995), [("anulowałem zakup w maju, ", "cancel_order", 0.92),
                                        ("kiedy wrócą pieniądze?", "ask_refund_status", 0.98)], ["ask_refund_status"]),
        # Praise gives way to a question.
        (("give_feedback", 0.99), [("Świetny sklep. ", "give_feedback", 0.99),
                                   ("Gdzie jest 100311?", "ask_order_status", 0.95)], ["ask_order_status"]),
        # A word is enough where the rest asks for nothing.
        (("inform", 0.8), [("Zwrot. ", "start_return", 0.99), ("100554. ", "inform", 0.99)], ["start_return"]),
        # The same twice is one.
        (("ask_contact", 0.9), [("gdzie jesteście? ", "ask_contact", 0.99), ("do której czynne?", "ask_contact", 0.99)],
         ["ask_contact"]),
    ],
)  # fmt: skip
def test_what_is_one_request(
    whole: tuple[str, float], pieces: list[tuple[str, str, float]], expected: list[str]
) -> None:
    text = "".join(piece[0] for piece in pieces)
    assert names(asked(understood(text, *whole), *pieces)) == expected


def test_what_was_said_before_the_request_goes_with_it() -> None:
    whole = understood("tak, a kiedy dostanę pieniądze?", "ask_refund_status")
    found = asked(whole, ("tak, ", "affirm", 0.99), ("a kiedy dostanę pieniądze?", "ask_refund_status", 0.98))
    assert names(found) == ["ask_refund_status"] and found[0]["text"] == "tak, a kiedy dostanę pieniądze?"
    assert (found[0]["before"]["text"], found[0]["before"]["intent"]["name"]) == ("tak", "affirm")
    assert "before" not in as_one(found, "")


@given(st.integers(0, 200))
def test_of_a_long_story_the_end_is_read(count: int) -> None:
    worth = parsed_clauses(count)
    assert len(worth) == min(count, MOST) and worth == sorted(set(worth))
    assert not count or (worth[-1] == count - 1 and worth[0] == 0)
