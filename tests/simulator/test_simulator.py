"""At least 300 generated conversations with the real assistant, and a simulator that would notice if it did badly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.settings import PROJECT
from bot.storage import shop as tables
from bot.storage.tables import Button, Message
from tests.simulator.case import GOALS
from tests.simulator.checks import Secrets, Watch
from tests.simulator.memory import Memory
from tests.simulator.personas import PERSONAS, Voice, phrases
from tests.simulator.report import table, too_often_human, transcript
from tests.simulator.run import simulated
from tests.simulator.texts import recognised
from tests.simulator.world import Turn

SEED, CONVERSATIONS = 20, 320
MISUNDERSTOOD = 0.1
"""The share of all conversations that may need a human who was not meant to be needed."""


@pytest.mark.rasa
@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_customers_reach_their_goals(tmp_path: Path) -> None:
    played, seconds = await simulated(tmp_path, SEED, CONVERSATIONS)
    wrong = [one for one in played if one.problems or one.end == "failed"]
    report = f"{table(played)}\n{len(played)} conversations in {seconds:.0f} s"
    shown = "\n\n".join(transcript(one) for one in wrong[:5])
    print(report)
    assert len(played) >= 300
    assert not wrong, f"{shown}\n\n{report}\nwith faults: {[one.plan.number for one in wrong]}"
    assert too_often_human(played) == [], report
    assert sum(one.end == "needed" for one in played) <= MISUNDERSTOOD * len(played), report
    assert sum(one.redundant for one in played) == 0 and sum(one.questions for one in played) > len(played) / 2, report


# What they say


def test_both_languages_have_the_same_speech_acts_in_five_ways_or_more() -> None:
    assert set(phrases("pl")) == set(phrases("en"))
    few = [
        (act, language) for language in ("pl", "en") for act, ways in phrases(language).items() if len(set(ways)) < 5
    ]
    assert few == []


def test_nothing_they_say_was_trained_on() -> None:
    trained = {fold(text) for text in _trained()}
    said = [way for language in ("pl", "en") for ways in phrases(language).values() for way in ways]
    same = [way for way in said if "{" not in way and len(way.split()) > 3 and fold(way).strip("?!. ") in trained]
    assert same == []


def _trained() -> list[str]:
    files = [*(PROJECT / "data" / "nlu").rglob("*.yml")]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines() if "- " in line]
    return [line.strip().removeprefix("- ").strip("\"'?!. ") for line in lines]


def test_every_intent_of_the_shop_is_somebodys_goal() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))
    source = "\n".join(file.read_text("utf-8") for file in (PROJECT / "tests" / "simulator").rglob("*.py"))
    unspoken = {"back_to_bot", "attachment", "inform", "affirm", "deny", "goodbye", "out_of_scope", "stop_flow"}
    missing = [i for i in domain["intents"] if i not in unspoken and f'"{i}"' not in source]
    assert missing == [] and len(GOALS) >= 35 and len(PERSONAS) >= 15


def test_each_persona_writes_its_own_way() -> None:
    import random

    for persona in PERSONAS:
        voice = Voice(persona, "pl", random.Random(1))
        text = voice.dressed([voice.phrase("order_status"), voice.phrase("tell.order_number", order_number="100610")])
        assert "100610" in text, persona
    by_name = {persona.name: Voice(persona, "pl", random.Random(1)) for persona in PERSONAS}
    assert by_name["all caps"].dressed(["Gdzie?"]) == "GDZIE?"
    assert by_name["no diacritics"].dressed(["Łódź, żółw"]) == "Lodz, zolw"
    assert by_name["typos"].dressed(["zamówienie"]) != "zamówienie"


# That faults are seen


ORDER = tables.Order(
    number="100610", email="anna@example.pl", phone="+48601555101", customer_id="K1", recipient="Anna Nowak"
)
ORDER.customer = tables.Customer(id="K1", name="Anna Nowak", email="anna@example.pl", phone="+48601555101")
OTHER = tables.Order(number="100611", email="jan@example.pl", customer_id="K2", recipient="Jan Kowalski")
OTHER.customer = tables.Customer(id="K2", name="Jan Kowalski", email="jan@example.pl")


class _Shop:
    orders = {"100610": ORDER, "100611": OTHER}
    profile = {"email": "pomoc@szlak.example"}


@pytest.fixture
def watch() -> Watch:
    return Watch(Secrets(_Shop()), {}, Memory(), "pl", set())  # type: ignore[arg-type]


def turn(*texts: str, question: dict[str, Any] | None = None, state: str = "bot", title: str = "", **more: Any) -> Turn:
    at = dt.datetime(2026, 6, 16, tzinfo=dt.UTC)
    messages = [Message(sender="bot", text=text, cards=[], created_at=at, kind="message") for text in texts]
    buttons = [Button(title=title, payload=payload("greet"))] if title else []
    return Turn(messages, buttons, state, None, question, more.get("asked", []), None, None)


def asks(key: str, kind: str = "fact", facts: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"key": key, "kind": kind, "facts": list(facts), "options": [], "many": False}


FAULTS: list[tuple[str, Turn]] = [
    ("dead end", turn()),
    ("unfilled", turn("Zamówienie {number} jest w drodze.")),
    ("unfilled", turn("Proszę wybrać:", title="utter_button_human")),
    ("wrong language", turn("Please give the order number. It is in the confirmation e-mail.")),
    ("not theirs", turn("Piszemy na jan@example.pl.")),
    ("not theirs", turn("Odbierze Jan Kowalski.")),
    ("before its proof", turn("Zamówienie 100610 jest w drodze.")),
    ("redundant by the engine", turn("Jaki numer?", asked=[{"key": "phone", "redundant": True}])),
]


@pytest.mark.parametrize(("what", "seen"), FAULTS)
def test_a_fault_is_seen(watch: Watch, what: str, seen: Turn) -> None:
    watch.customer_says("gdzie jest 100610")
    watch.sees(seen)
    assert any(what in problem for problem in watch.problems), watch.problems


def test_what_is_right_is_no_fault(watch: Watch) -> None:
    watch.customer_says("gdzie jest 100610")
    watch.memory.tell(order_number="100610")
    proof = asks("email", facts=("order_number", "email", "phone", "postcode"))
    watch.sees(turn("Jaki e-mail, telefon albo kod pocztowy był w tym zamówieniu?", question=proof))
    watch.memory.tell(email="anna@example.pl")
    watch.memory.prove(ORDER)
    watch.sees(turn("Zamówienie 100610 jest w drodze.", "Odbierze Anna Nowak, mail pomoc@szlak.example"))
    assert watch.problems == []


def test_a_question_for_what_was_told_is_redundant(watch: Watch) -> None:
    proof = asks("email", facts=("order_number", "email", "phone", "postcode"))
    assert watch.memory.redundant(proof) is None
    watch.memory.mistake(email="wrong@example.pl")
    assert watch.memory.redundant(proof) is None, "what was told is wrong, and the customer has to be asked"
    watch.memory.tell(email="anna@example.pl")
    assert watch.memory.redundant(proof)
    watch.memory.answer("return_refund")
    assert watch.memory.redundant(asks("return_refund", "choice"))
    watch.memory.next_conversation()
    assert watch.memory.redundant(proof) and not watch.memory.redundant(asks("return_refund", "choice"))


def test_what_was_looked_up_is_known(watch: Watch) -> None:
    watch.memory.customer = ORDER.customer
    assert watch.memory.redundant(asks("email", facts=("email", "phone")))
    watch.memory.tell(phone="601555101")
    assert watch.memory.redundant(asks("callback_phone", "text"))


def test_loops_are_seen(watch: Watch) -> None:
    question = asks("return_reason", "text")
    for number in range(3):
        watch.sees(turn(f"Jaki jest powód? ({number})", question=question))
    assert any("three times" in problem for problem in watch.problems)
    watch.sees(turn("To samo."))
    watch.sees(turn("To samo."))
    assert any("twice in a row" in problem for problem in watch.problems)


def test_the_assistant_must_be_silent_while_a_human_talks(watch: Watch) -> None:
    watch.after_human(turn("Już pomagam!", state="assigned"))
    assert watch.problems


def test_texts_are_recognised_by_their_words() -> None:
    assert ("utter_status_shipped", "pl") in recognised("Zamówienie 100610 jest w drodze.")
    assert {language for _, language in recognised("To protect the details of order 7, please give x")} <= {"en"}
