"""Saves of the studio: intents with their answers, second savers, versions, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from sqlalchemy import select

from bot.services.intent_warnings import of_intent
from bot.services.yaml_files import Staged
from bot.storage.tables import User
from tests.integration.test_studio import add_sentences
from tests.studio_world import Studio, studio_on

WARRANTY = {
    "examples": {"pl": ["ile trwa gwarancja", "jaka jest gwarancja"], "en": ["how long is the warranty"]},
    "answer": {"pl": ["Gwarancja trwa dwa lata."], "en": ["The warranty lasts two years."]},
    "title": {"pl": ["Gwarancja"], "en": ["Warranty"]},
}


class Killed(BaseException):
    """Nothing catches it."""


@pytest_asyncio.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_on(tmp_path) as opened:
        yield opened


def project(studio: Studio) -> dict[str, str]:
    return studio.files.texts()


async def versions(studio: Studio) -> list[tuple[str, str | None]]:
    status, found = await studio.call("GET", "/history")
    assert status == 200
    return [(version["kind"], version["subject"]) for version in found["versions"]]


async def greet(studio: Studio, *added: str, **body: Any) -> tuple[int, Any]:
    _, intent = await studio.call("GET", "/intents/greet")
    examples = {"pl": [*intent["examples"]["pl"], *added]}
    return await studio.call("PUT", "/intents/greet", {"examples": examples, **body})


# One save


async def test_an_intent_is_saved_with_its_answer_title_and_rule(studio: Studio) -> None:
    before = project(studio)
    status, saved = await studio.call("PUT", "/intents/ask_warranty", WARRANTY)
    assert status == 200
    assert (saved["answer"], saved["title"], saved["action"]) == (
        WARRANTY["answer"],
        WARRANTY["title"],
        "action_answer",
    )
    assert saved["last"]["by"] == "Admin" and {f["path"] for f in saved["last"]["files"]} == {
        "data/nlu/en/custom.yml",
        "data/nlu/pl/custom.yml",
        "data/responses/custom.yml",
        "data/rules/custom.yml",
        "domain.yml",
    }
    responses = yaml.safe_load(project(studio)["data/responses/custom.yml"])["responses"]
    assert set(responses) == {"utter_ask_warranty", "utter_guess_ask_warranty"}
    _, listed = await studio.call("GET", "/intents")
    mine = next(intent for intent in listed["intents"] if intent["name"] == "ask_warranty")
    assert (mine["title"], mine["topic"], mine["answered"]) == ({"pl": "Gwarancja", "en": "Warranty"}, "custom", True)
    assert mine["warnings"][:2] == [
        {"kind": "few", "lang": "pl", "count": 2},
        {"kind": "few", "lang": "en", "count": 1},
    ]
    assert (await studio.call("DELETE", "/intents/ask_warranty"))[0] == 200
    assert project(studio) == before


async def test_a_built_in_intent_keeps_its_own_answer(studio: Studio) -> None:
    status, refused = await greet(studio, answer={"pl": ["Cześć"]})
    assert (status, refused["error"]["details"]["reason"]) == (409, "built_in_answer")
    status, refused = await studio.call("PUT", "/intents/ask_warranty", WARRANTY | {"answer": {"en": ["Two years."]}})
    assert (status, refused["error"]["details"]["reason"]) == (422, "empty")
    status, refused = await studio.call("PUT", "/intents/ask_warranty", WARRANTY | {"answer": {"pl": ["{who}"]}})
    assert (status, refused["error"]["details"]["reason"]) == (422, "unknown_placeholder")


async def test_a_sentence_moves_to_another_intent_in_one_version(studio: Studio) -> None:
    _, intent = await studio.call("GET", "/intents/greet")
    moved, *kept = intent["examples"]["pl"]
    body = {"examples": {"pl": kept}, "moves": [{"text": moved, "language": "pl", "to": "thank"}]}
    assert (await studio.call("PUT", "/intents/greet", body))[0] == 200
    assert studio.files.intent("thank")["pl"][-1] == moved and moved not in studio.files.intent("greet")["pl"]
    assert await versions(studio) == [("intent_saved", "greet"), ("first", None)]
    for moves in ([{"text": "x", "language": "pl", "to": "nowhere"}], [{"language": "pl", "to": "thank"}], "x", ["x"]):
        status, _ = await studio.call("PUT", "/intents/greet", {"examples": {"pl": kept}, "moves": moves})
        assert status == 422


async def test_what_is_typed_is_judged_before_it_is_saved(studio: Studio) -> None:
    before = project(studio)
    examples = {"pl": ["gdzie jest moje zamówienie", "Gdzie jest MOJE zamówienie?", "mam [5](nonsense)", "x" * 301]}
    status, found = await studio.call("POST", "/intents/ask_warranty/check", {"examples": examples})
    assert status == 200
    assert {(p["reason"], p["text"][:9]) for p in found["problems"]} == {
        ("duplicate", "gdzie jes"),
        ("unknown_entity", "mam [5](n"),
        ("too_long", "xxxxxxxxx"),
    }
    near = [w for w in found["warnings"] if w["kind"] == "near" and w["intent"] == "ask_order_status"]
    assert near and near[0]["other"] == "gdzie jest moje zamówienie"
    assert {"kind": "missing", "lang": "en", "count": 0} in found["warnings"]
    assert project(studio) == before
    for wrong in ({}, {"examples": []}, {"examples": {"de": ["x"]}}, {"examples": {"pl": "x"}}):
        assert (await studio.call("POST", "/intents/greet/check", wrong))[0] == 422


def test_sentences_are_near_whatever_their_signs_and_diacritics() -> None:
    intents = {"one": {"pl": ["Gdzie jest moja paczka?"], "en": []}, "two": {"pl": [], "en": []}}
    given = {"pl": ["gdzie jest moja paczka teraz!", "zupełnie co innego tutaj", "gdzie jest"], "en": []}
    found = of_intent("two", given, intents, [])["warnings"]
    assert [(w["text"], w["intent"]) for w in found if w["kind"] == "near"] == [
        ("gdzie jest moja paczka teraz!", "one")
    ]


async def test_a_response_is_saved_with_its_buttons(studio: Studio) -> None:
    buttons = [{"title": "Gdzie paczka?", "payload": "/ask_order_status"}]
    variants = {"pl": [{"text": "Cześć {who}", "buttons": buttons}, {"text": "Hej {who}"}]}
    _, before = await studio.call("GET", "/responses/utter_hello")
    body = {"variants": variants, "version": before["version"]}
    status, saved = await studio.call("PUT", "/responses/utter_hello", body)
    assert (status, saved["variants"]["pl"][0]["buttons"], saved["topic"]) == (200, buttons, "talk")
    assert saved["variants"]["pl"][1]["buttons"] == []
    status, refused = await studio.call("PUT", "/responses/utter_hello", body)
    details = refused["error"]["details"]
    assert (status, details["reason"], details["last"]["by"]) == (409, "changed_meanwhile", "Admin")
    assert details["current"]["texts"]["pl"] == ["Cześć {who}", "Hej {who}"]
    for wrong in (
        [{"title": "x", "payload": "/nowhere"}],
        [{"title": "x"}],
        [{"title": " ", "payload": "/greet"}],
        "x",
    ):
        body = {"variants": {"pl": [{"text": "Cześć", "buttons": wrong}]}}
        assert (await studio.call("PUT", "/responses/utter_hello", body))[0] == 422, wrong
    body = {"variants": {"pl": [{"text": "Cześć {who}", "buttons": []}]}}
    assert (await studio.call("PUT", "/responses/utter_hello", body))[1]["variants"]["pl"] == [
        {"text": "Cześć {who}", "buttons": []}
    ]
    assert project(studio)["data/responses/talk.yml"].count("\n") == 5


# Two at once


async def test_a_second_saver_is_shown_what_the_first_one_made(studio: Studio) -> None:
    _, seen = await studio.call("GET", "/intents/greet")
    await greet(studio, "siemaneczko kochani")
    body = {"examples": {"pl": [*seen["examples"]["pl"], "czołem ludziska"]}, "version": seen["version"]}
    status, refused = await studio.call("PUT", "/intents/greet", body)
    details = refused["error"]["details"]
    assert (status, details["reason"], details["last"]["by"]) == (409, "changed_meanwhile", "Admin")
    assert details["current"]["examples"]["pl"][-1] == "siemaneczko kochani"
    again = {"examples": {"pl": [*details["current"]["examples"]["pl"], "czołem ludziska"]}}
    status, _ = await studio.call("PUT", "/intents/greet", again | {"version": details["current"]["version"]})
    assert status == 200
    assert studio.files.intent("greet")["pl"][-2:] == ["siemaneczko kochani", "czołem ludziska"]


async def test_of_two_savers_at_the_same_moment_one_wins(studio: Studio) -> None:
    _, seen = await studio.call("GET", "/intents/greet")
    bodies = [
        {"examples": {"pl": [*seen["examples"]["pl"], f"zdanie numer {n}"]}, "version": seen["version"]} for n in "12"
    ]
    answers = await asyncio.gather(*(studio.call("PUT", "/intents/greet", body) for body in bodies))
    assert sorted(status for status, _ in answers) == [200, 409]


# Versions


async def test_every_save_is_a_version_with_author_and_lines(studio: Studio) -> None:
    await greet(studio, "siemaneczko kochani")
    await studio.call("PUT", "/responses/utter_hello", {"texts": {"pl": ["Witaj {who}"]}})
    await greet(studio)  # changes nothing
    assert await versions(studio) == [("response_saved", "utter_hello"), ("intent_saved", "greet"), ("first", None)]
    _, found = await studio.call("GET", "/history?subject=greet")
    (version,) = found["versions"]
    assert (version["by"], version["files"]) == (
        "Admin",
        [{"path": "data/nlu/pl/conversation.yml", "added": 1, "removed": 0}],
    )
    _, shown = await studio.call("GET", f"/history/{version['id']}")
    lines = [line for hunk in shown["changes"][0]["hunks"] for line in hunk if line["op"] != " "]
    assert [(line["op"], line["text"].strip()) for line in lines] == [("+", "- siemaneczko kochani")]
    _, older = await studio.call("GET", f"/history?before={version['id']}")
    assert [v["kind"] for v in older["versions"]] == ["first"]
    assert (await studio.call("GET", "/history/99"))[0] == 404


async def test_a_version_is_undone_and_what_came_later_stays(studio: Studio) -> None:
    await greet(studio, "siemaneczko kochani")
    first = (await studio.call("GET", "/history"))[1]["versions"][0]["id"]
    await studio.call(
        "PUT", "/intents/thank", {"examples": {"pl": [*studio.files.intent("thank")["pl"], "dzięki wam"]}}
    )
    status, undone = await studio.call("POST", f"/history/{first}/undo")
    assert status == 200
    assert studio.files.intent("greet")["pl"][-1] != "siemaneczko kochani"
    assert studio.files.intent("thank")["pl"][-1] == "dzięki wam"
    _, again = await studio.call("GET", "/history")
    assert (again["versions"][0]["kind"], again["versions"][0]["undoes"]) == ("undone", first)
    assert (await studio.call("POST", f"/history/{undone['version']}/undo"))[0] == 200
    assert studio.files.intent("greet")["pl"][-1] == "siemaneczko kochani"


async def test_an_undo_that_would_undo_somebody_else_shows_the_difference(studio: Studio) -> None:
    await studio.call("PUT", "/responses/utter_hello", {"texts": {"pl": ["Witaj {who}"]}})
    first = (await studio.call("GET", "/history"))[1]["versions"][0]["id"]
    await studio.call("PUT", "/responses/utter_hello", {"texts": {"pl": ["Dzień dobry {who}"]}})
    before = project(studio)
    status, refused = await studio.call("POST", f"/history/{first}/undo")
    details = refused["error"]["details"]
    assert (status, details["reason"]) == (409, "changed_since")
    lines = [line["text"].strip() for hunk in details["files"][0]["hunks"] for line in hunk if line["op"] != " "]
    assert lines == ['- text: "Dzień dobry {who}"', '- text: "Cześć {who}"']
    assert project(studio) == before


async def test_undoing_a_new_intent_takes_all_of_it(studio: Studio) -> None:
    before = project(studio)
    await studio.call("PUT", "/intents/ask_warranty", WARRANTY)
    (version, _) = (await studio.call("GET", "/history"))[1]["versions"]
    assert (await studio.call("POST", f"/history/{version['id']}/undo"))[0] == 200
    assert project(studio) == before


async def test_what_was_changed_outside_becomes_a_version(studio: Studio) -> None:
    await greet(studio, "siemaneczko kochani")
    file = studio.root / "data" / "responses" / "talk.yml"
    file.write_text(file.read_text("utf-8").replace("Cześć", "Hej"), "utf-8")
    assert (await versions(studio))[0] == ("outside", None)
    _, found = await studio.call("GET", "/history")
    assert (found["versions"][0]["by"], found["versions"][0]["files"][0]["path"]) == (None, "data/responses/talk.yml")
    assert (await studio.call("POST", f"/history/{found['versions'][0]['id']}/undo"))[0] == 200
    assert "Cześć" in file.read_text("utf-8")


@pytest.mark.parametrize("files_done", [0, 2])
async def test_a_save_that_was_cut_off_is_finished(studio: Studio, monkeypatch: Any, files_done: int) -> None:
    """Killed after the commit: before the first file was replaced, or between two of them."""
    whole = Staged.replace

    def cut_off(self: Staged) -> None:
        for temporary, path in self._staged[:files_done]:
            Path(temporary).replace(path)
        raise Killed

    monkeypatch.setattr(Staged, "replace", cut_off)
    async with studio.database.read() as session:
        admin = await session.scalar(select(User).where(User.role == "admin"))
    assert admin is not None
    with pytest.raises(Killed):
        await studio.history.save(
            "intent_saved", "ask_warranty", admin, lambda: studio.files.saving_intent("ask_warranty", **WARRANTY)
        )
    monkeypatch.setattr(Staged, "replace", whole)
    assert await versions(studio) == [("intent_saved", "ask_warranty"), ("first", None)]
    assert studio.files.intent("ask_warranty") == WARRANTY["examples"]
    assert studio.files.answers("ask_warranty")["answer"] == WARRANTY["answer"]


async def test_a_disk_that_refuses_leaves_files_and_history(studio: Studio, monkeypatch: Any) -> None:
    before = project(studio)
    await studio.history.look()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(5, "no")))
    status, refused = await greet(studio, "siemaneczko kochani")
    assert (status, refused["error"]["details"]["reason"]) == (503, "files_not_written")
    monkeypatch.undo()
    assert project(studio) == before and await versions(studio) == [("first", None)]
    assert not list(studio.root.rglob("*.tmp"))


# Training and sentences


async def test_a_broken_file_is_named_before_a_training_starts(studio: Studio) -> None:
    (studio.root / "data" / "rules" / "orders.yml").write_text(
        'version: "3.1"\nrules:\n- rule: x\n  steps:\n  - intent: nowhere\n  - action: action_nothing\n', "utf-8"
    )
    (studio.root / "data" / "nlu" / "pl" / "custom.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - mam [5](nonsense)\n', "utf-8"
    )
    training = await studio.trained()
    assert (training["status"], training["report"]["reason"]) == ("failed", "files")
    assert [(f["file"], f["line"], f["reason"], f["given"]) for f in training["report"]["faults"]] == [
        ("data/nlu/pl/custom.yml", 5, "unknown_entity", "nonsense"),
        ("data/rules/orders.yml", 5, "unknown_intent", "nowhere"),
        ("data/rules/orders.yml", 6, "unknown_action", "action_nothing"),
    ]
    (studio.root / "data" / "rules" / "orders.yml").write_text("rules: [\n", "utf-8")
    fault = (await studio.trained())["report"]["faults"][0]
    assert (fault["file"], fault["reason"]) == ("data/rules/orders.yml", "syntax")


async def test_a_training_is_cancelled(studio: Studio) -> None:
    studio.plan(sleep=30)
    _, begun = await studio.call("POST", "/trainings")
    status, ended = await studio.call("POST", f"/trainings/{begun['id']}/cancel")
    assert (status, ended["status"], ended["report"]["reason"]) == (200, "failed", "cancelled")
    assert (await studio.call("POST", f"/trainings/{begun['id']}/cancel"))[0] == 409
    studio.plan()
    assert (await studio.trained())["status"] == "done"


async def test_the_studio_knows_what_was_not_trained_yet(studio: Studio) -> None:
    assert (await studio.call("GET", "/trainings"))[1]["untrained"] is None
    model = (await studio.trained())["model"]
    await studio.call("POST", f"/models/{model}/activate")
    await studio.call("PUT", "/responses/utter_hello", {"texts": {"pl": ["Witaj {who}"]}})
    assert (await studio.call("GET", "/trainings"))[1]["untrained"] == 0
    await greet(studio, "siemaneczko kochani")
    assert (await studio.call("GET", "/trainings"))[1]["untrained"] == 1


async def test_the_model_before_is_named_and_kept(studio: Studio) -> None:
    made = []
    for _ in range(2):
        made.append((await studio.trained())["model"])
        await studio.call("POST", f"/models/{made[-1]}/activate")
        studio.clock.move(minutes=5)
    for _ in range(3):
        await studio.trained()
        studio.clock.move(minutes=5)
    _, listed = await studio.call("GET", "/models")
    assert [(m["id"], m["active"]) for m in listed["models"] if m["active"] or m["previous"]] == [
        (made[1], True),
        (made[0], False),
    ]


async def test_a_decision_about_a_sentence_is_undone(studio: Studio) -> None:
    before = project(studio)
    first, second, other = await add_sentences(studio, "siemaneczko ludzie", "Siemaneczko LUDZIE", "coś innego")
    assert (await studio.call("POST", f"/unrecognised/{first}/undo"))[0] == 409
    await studio.call("POST", f"/unrecognised/{second}", {"intent": "greet"})
    assert await studio.call("POST", f"/unrecognised/{first}/undo") == (200, {"reopened": 2})
    assert project(studio) == before
    await studio.call("POST", f"/unrecognised/{other}", {"ignore": True})
    assert await studio.call("POST", f"/unrecognised/{other}/undo") == (200, {"reopened": 1})
    assert len((await studio.call("GET", "/unrecognised"))[1]["unrecognised"]) == 2
    assert (await studio.call("POST", "/unrecognised/999/undo"))[0] == 404


async def test_parse_says_what_would_be_done(studio: Studio) -> None:
    studio.brain.intents.update({"gwarancja": "ask_warranty", "hej": "greet"})
    await studio.call("PUT", "/intents/ask_warranty", WARRANTY)
    _, found = await studio.call("POST", "/parse", {"text": "gwarancja"})
    assert (found["action"], found["response"]) == ("action_answer", "utter_ask_warranty")
    _, found = await studio.call("POST", "/parse", {"text": "hej"})
    assert (found["action"], found["response"]) == ("action_greet", None)
