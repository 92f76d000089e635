"""Words about the talk itself, and what short answers mean."""

from typing import Any

import pytest

from bot.domain.answers import NO_ANSWER, changed, interpret
from bot.domain.dialogue import DialogueState, Frame, Option, Parse, Part, Question
from bot.domain.reactions import Reaction, goes_back, language_wish, reaction
from bot.domain.text import asking_part

CONFIRM = Question("return_confirm:1", "yes_no")
REFUND = [
    Option("original", "Tak jak płatność", ("tak jak", "blik")),
    Option("bank_transfer", "Przelew na konto", ("przelew", "transfer")),
]


@pytest.mark.parametrize(
    ("reacted", "texts"),
    [
        (Reaction.YES, ["👍", "👍🏻", "✅"]),
        (Reaction.NO, ["👎", "❌"]),
        (Reaction.GLAD, ["❤️", "🙏", ":)", "😊😊", ":-D"]),
        (Reaction.SAD, ["😡", ":(", "😢"]),
        (Reaction.SIGN, ["🐶", "🧦🧦"]),
        (Reaction.WHAT, ["?", "???", "co?", "nie rozumiem pytania", "What do you mean?", "huh", "o co chodzi", "🤔"]),
        (Reaction.TOLD, ["już podawałam", "przecież pisałem numer", "I told you already", "I already gave it to you"]),
        (Reaction.ANY, ["obojętnie", "wszystko jedno", "You choose", "I don't mind", "any"]),
        (Reaction.UNKNOWN, ["nie wiem", "nie pamiętam numeru", "no idea", "I don't know"]),
        (Reaction.OVER, ["od nowa", "zacznijmy od początku", "start over please"]),
        (
            None,
            ["co z moją paczką", "any jacket under 300", "plecak", "100311", "tak", "no", "nie", "...", "!!!", "",
             "nie wiem, czy to dobry rozmiar dla mojego brata"],
        ),
    ],
)  # fmt: skip
def test_reactions(reacted: Reaction | None, texts: list[str]) -> None:
    assert {text: reaction(text) for text in texts} == dict.fromkeys(texts, reacted)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("po polsku proszę", "pl"),
        ("Polish please", "pl"),
        ("English please!", "en"),
        ("Can we speak English?", "en"),
        ("czy możemy po angielsku", "en"),
        ("is the manual in English?", None),
        ("opis po polsku do kuchenki", None),
        ("polish or english?", None),
        ("", None),
    ],
)
def test_a_wish_for_a_language(text: str, language: str | None) -> None:
    assert language_wish(text) == language


def test_going_back() -> None:
    assert goes_back("wróćmy do zwrotu") and goes_back("ok, back to the return")
    assert not goes_back("kiedy wraca kurier") and not goes_back(
        "to jest za długie zdanie, żeby wracać do czegokolwiek"
    )


def said(text: str, intent: str = "nlu_fallback", language: str = "pl") -> Parse:
    return Parse(text, intent, 0.9, language=language)


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (said("tak"), True),
        (said("yep", language="en"), True),
        (said("ok"), True),
        (said("no tak"), True),
        (said("no nie", "affirm"), False),
        (said("no", "deny"), NO_ANSWER),  # in Polish it may be a yes
        (said("no", "deny", "en"), False),
        (said("tak, proszę zgłosić ten zwrot", "start_return"), True),
        (said("yes, go ahead and send it", "start_return", "en"), True),
        (said("tak, gdzie jest moja paczka", "ask_order_status"), NO_ANSWER),
        (said("tak, ale przelewem", "affirm"), NO_ANSWER),
        (said("tak, i dodaj jeszcze skarpety", "modify_order"), NO_ANSWER),
        (said("nie, dziękuję", "deny"), False),
        (said("", "affirm"), True),
    ],
)
def test_yes_and_no(parse: Parse, value: Any) -> None:
    assert interpret(CONFIRM, parse) is value


def test_a_question_is_no_choice() -> None:
    lines = Question("lines", "choice", [Option(1, "Buty Połonina", ("but",))], many=True)
    assert interpret(lines, said("a macie w ogóle buty Granit 42?", "ask_availability")) is NO_ANSWER
    assert interpret(lines, said("może te buty?", "ask_product_info")) == [1]


def test_where_a_name_is_wanted_a_request_is_no_answer() -> None:
    question = Question("product_query", "text", narrow=True)
    assert interpret(question, said("jeszcze faktura do 100567", "request_invoice")) is NO_ANSWER
    assert interpret(question, said("kurtka Wichr", "ask_product_info")) == "kurtka Wichr"
    assert interpret(Question("reason", "text"), said("zamówiłem podwójnie", "cancel_order")) == "zamówiłem podwójnie"


def test_a_yes_may_change_what_it_confirms() -> None:
    refund = Part("return_refund", REFUND, "original")
    lines = Part("lines", [Option(1, "Czapka", ("czapk",)), Option(2, "Buty", ("but",))], [1, 2], many=True)
    question = Question("confirm", "yes_no", parts=[refund, lines])
    assert changed(question, said("tak, ale przelewem", "affirm")) == {"return_refund": "bank_transfer"}
    assert changed(question, said("tak, tylko bez czapki", "affirm")) == {"lines": [2]}
    assert changed(question, said("tak")) == {}


def test_an_earlier_choice_is_changed_only_by_words_that_take_it_back() -> None:
    earlier = [Part("return_refund", REFUND, "original")]
    question = Question("return_reason", "text", earlier=earlier)
    assert changed(question, said("jednak przelewem")) == {"return_refund": "bank_transfer"}
    assert changed(question, said("actually, by bank transfer", language="en")) == {"return_refund": "bank_transfer"}
    assert changed(question, said("przelew już poszedł")) == {}
    own = Question("way", "choice", options=REFUND, earlier=earlier)
    assert changed(own, said("jednak przelewem")) == {}  # it answers this question


def test_the_state_survives_its_storage() -> None:
    parts = [Part("a", REFUND, "original")]
    question = Question("q", "choice", REFUND, parts=parts, earlier=parts, default="original")
    state = DialogueState([Frame("return", {"a": 1})], question, asked={"key": "q", "explained": 1})
    assert DialogueState.from_dict(state.to_dict()) == state
    assert DialogueState.from_dict({}) == DialogueState()


def test_only_the_sentence_that_asks_is_repeated() -> None:
    assert asking_part("Zwrot z 1. Kwota: 20 zł. Zgłosić zwrot?") == "Zgłosić zwrot?"
    assert asking_part("Proszę podać numer.") == "Proszę podać numer."
    assert asking_part("Jaki jest powód? To pytanie można pominąć.") == "Jaki jest powód?"
