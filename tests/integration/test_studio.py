"""The studio's API through HTTP: roles, files, training, activation, unrecognised sentences and figures."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import re
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from bot.domain.errors import BrainUnavailable
from bot.services.metrics import REASONS
from bot.services.unrecognised import anonymous
from bot.storage.tables import Conversation, EventRecord, Message, Model, Training, TurnRecord, Unrecognised
from bot.web import keys
from bot.web.auth import COOKIE
from tests.studio_world import Studio, studio_on

ROOT = Path(__file__).parents[2]

SHARED = ROOT / "bot" / "web" / "static" / "texts"
SERVICES = ("metrics", "models", "nlu_files", "project_checks", "project_files", "response_files", "training")
SERVICES += ("unrecognised", "yaml_files", "project_history")


@pytest_asyncio.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_on(tmp_path) as opened:
        yield opened


def write_model(folder: Path, model_id: str, *, metadata: bool = True) -> None:
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / f"{model_id}.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("./metadata.json" if metadata else "./other.json")
        entry.size = 2
        archive.addfile(entry, io.BytesIO(b"{}"))


ROUTES = [
    ("GET", "/intents"),
    ("GET", "/intents/greet"),
    ("PUT", "/intents/greet"),
    ("POST", "/intents/greet/check"),
    ("DELETE", "/intents/greet"),
    ("GET", "/responses"),
    ("GET", "/responses/utter_hello"),
    ("PUT", "/responses/utter_hello"),
    ("GET", "/history"),
    ("GET", "/history/1"),
    ("POST", "/history/1/undo"),
    ("POST", "/parse"),
    ("GET", "/trainings"),
    ("POST", "/trainings"),
    ("GET", "/trainings/1"),
    ("POST", "/trainings/1/cancel"),
    ("GET", "/models"),
    ("POST", "/models/x/activate"),
    ("GET", "/unrecognised"),
    ("POST", "/unrecognised/1"),
    ("POST", "/unrecognised/1/undo"),
    ("GET", "/metrics"),
]


# Who may


async def test_only_admins_get_in(studio: Studio) -> None:
    for method, path in ROUTES:
        body = {} if method in ("PUT", "POST") else None
        for role, expected in (
            (None, (401, "unauthorized")),
            ("agent", (403, "forbidden")),
            ("manager", (403, "forbidden")),
        ):
            status, answer = await studio.call(method, path, body, role=role)
            assert (status, answer["error"]["code"]) == expected, (method, path, role)
    assert await studio.audit() == []


async def test_the_walk_covers_every_route(studio: Studio) -> None:
    routes = {(r.method, r.resource.canonical) for r in studio.client.server.app.router.routes() if r.resource}  # type: ignore[union-attr]
    api = {(m, p) for m, p in routes if p.startswith("/api/studio") and m != "HEAD"}
    assert len(api) == len(ROUTES)


async def test_a_change_without_the_csrf_token_is_refused(studio: Studio) -> None:
    token, _ = studio.logins["admin"]
    headers = {"Cookie": f"{COOKIE}={token}"}
    async with studio.client.post("/api/studio/trainings", headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (403, "csrf_failed")


async def test_the_page_and_its_files_are_served_to_anyone(studio: Studio) -> None:
    for path in ("/studio", "/studio/static/studio.js", "/studio/static/studio.css", "/studio/static/texts/pl.json"):
        async with studio.client.get(path) as response:
            assert response.status == 200, path
    async with studio.client.get("/studio/static/../routes.py") as response:
        assert response.status == 404


def test_the_page_has_words_for_everything_in_both_languages() -> None:
    folder = ROOT / "bot" / "web" / "studio"
    catalogues = [
        json.loads((folder / "static" / "texts" / f"{name}.json").read_text("utf-8")) for name in ("pl", "en")
    ]
    shared = [json.loads((SHARED / f"{name}.json").read_text("utf-8")) for name in ("pl", "en")]
    bare = [
        {re.sub("_(one|few|many|other)$", "", key) for key in {**own, **more}}
        for own, more in zip(catalogues, shared, strict=True)
    ]
    assert bare[0] == bare[1]
    for key, words in catalogues[1].items():
        polish = catalogues[0].get(key) or catalogues[0][re.sub("_(one|other)$", "", key)]
        assert set(re.findall(r"{(\w+)}", polish)) == set(re.findall(r"{(\w+)}", words)), key
    page = "".join(path.read_text("utf-8") for path in [*folder.rglob("*.js"), folder / "studio.html"])
    used = set(re.findall(r'\bt\("(\w+)"', page)) | set(re.findall(r'data-text="(\w+)"', page))
    assert used <= bare[0] | set(catalogues[0])
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    named = {f"{kind}_{name}" for name in domain["intents"] for kind in ("intent", "about")}
    assert named | {f"entity_{name}" for name in domain["entities"]} <= set(catalogues[0])
    ours = [ROOT / "bot" / "services" / f"{name}.py" for name in SERVICES]
    code = "".join(path.read_text("utf-8") for path in ours)
    reasons = set(re.findall(r'refuse\(\s*"(\w+)"', code)) | set(re.findall(r'"reason": "(\w+)"', code))
    assert {f"reason_{reason}" for reason in reasons} <= set(catalogues[0])
    assert {f"handoff_{reason}" for reason in REASONS} <= set(catalogues[0])
    assert not re.search(r"<script(?![^>]*src=)|style=|innerHTML|\son\w+=\"", page), (
        "the page works under a strict policy"
    )


# Intents and responses


async def test_an_intent_is_listed_read_taught_and_kept_in_the_audit_trail(studio: Studio) -> None:
    status, listed = await studio.call("GET", "/intents")
    by_name = {intent["name"]: intent for intent in listed["intents"]}
    assert status == 200 and by_name["greet"]["built_in"] and by_name["greet"]["counts"]["pl"] > 10
    _, intent = await studio.call("GET", "/intents/greet")
    intent["examples"]["pl"].append("siemanko wszystkim w sklepie")
    status, saved = await studio.call("PUT", "/intents/greet", intent)
    assert status == 200 and saved["examples"]["pl"][-1] == "siemanko wszystkim w sklepie"
    status, refused = await studio.call("PUT", "/intents/greet", intent)
    assert (status, refused["error"]["details"]["reason"]) == (409, "changed_meanwhile")
    assert [what for _, what in await studio.audit()] == ["intent_saved"]


async def test_a_new_intent_lives_and_dies(studio: Studio) -> None:
    examples = {"pl": ["ile trwa gwarancja"], "en": ["how long is the warranty"]}
    assert (await studio.call("PUT", "/intents/ask_warranty", {"examples": examples}))[0] == 200
    _, read = await studio.call("GET", "/intents/ask_warranty")
    assert (read["examples"], read["built_in"]) == (examples, False)
    assert (await studio.call("DELETE", "/intents/ask_warranty"))[0] == 200
    assert (await studio.call("GET", "/intents/ask_warranty"))[0] == 404
    assert (await studio.call("DELETE", "/intents/greet"))[0] == 409


@pytest.mark.parametrize("body", [{}, {"examples": 1}, {"examples": {"pl": ["gdzie jest moje zamowienie"]}}])
async def test_a_wrong_intent_is_refused_with_the_reason(studio: Studio, body: Any) -> None:
    status, answer = await studio.call("PUT", "/intents/ask_warranty", body)
    assert (status, answer["error"]["code"]) == (422, "invalid_value")
    assert answer["error"]["details"]["reason"] in ("not_texts", "duplicate")


async def test_a_response_is_edited_live(studio: Studio) -> None:
    status, read = await studio.call("GET", "/responses/utter_hello")
    assert (status, read["placeholders"]) == (200, ["who"])
    read["texts"]["pl"] = ["Witaj {who}"]
    assert (await studio.call("PUT", "/responses/utter_hello", read))[0] == 200
    live = studio.client.server.app[keys.RESPONSES]  # type: ignore[union-attr]
    assert live.text("utter_hello", "pl", who="Anno") == "Witaj Anno"
    status, answer = await studio.call("PUT", "/responses/utter_hello", {"texts": {"pl": ["Witaj {nmae}"]}})
    assert (status, answer["error"]["details"]["placeholders"]) == (422, ["nmae"])
    assert (await studio.call("GET", "/responses/utter_nothing"))[0] == 404
    assert [r["name"] for r in (await studio.call("GET", "/responses"))[1]["responses"]] == ["utter_hello"]


async def test_parse_answers_in_the_contracts_shape(studio: Studio) -> None:
    studio.brain.intents["gdzie 100311"] = "ask_order_status"
    status, found = await studio.call("POST", "/parse", {"text": " gdzie 100311 "})
    assert status == 200
    assert (found["intent"], found["ranking"][0]["intent"]) == ("ask_order_status", "ask_order_status")
    assert found["entities"] == [{"entity": "order_number", "value": "100311", "start": 6, "end": 12}]
    assert (await studio.call("POST", "/parse", {"text": "  "}))[0] == 422
    studio.brain.fails = BrainUnavailable("down")
    assert (await studio.call("POST", "/parse", {"text": "x"}))[0] == 503


# Training


async def test_a_training_reports_and_says_what_got_worse(studio: Studio) -> None:
    first = await studio.trained()
    assert (first["status"], first["progress"]) == ("done", 1.0)
    report = first["report"]
    assert (report["accuracy"]["pl"], report["intents"]["greet"]["f1"], report["wrong_count"]) == (0.9, 0.9, 1)
    assert "worse" not in report and report["seen"] == f"{first['model']}.tar.gz"
    assert int((studio.root / "nice.txt").read_text()) >= 10
    assert (await studio.call("POST", f"/models/{first['model']}/activate"))[0] == 200
    studio.clock.move(minutes=5)
    studio.plan(f1=0.6)
    second = await studio.trained()
    fall = {"intent": "greet", "before": 0.9, "after": 0.6}
    assert second["report"]["worse"] == [{**fall, "sentences": []}]
    assert (second["report"]["verdict"], second["report"]["compared_with"]) == ("worse", first["model"])
    _, listed = await studio.call("GET", "/models")
    assert [(m["worse"], m["verdict"], m["by"]) for m in listed["models"]] == [
        ([fall], "worse", "Admin"),
        ([], None, "Admin"),
    ]


async def test_only_one_training_at_a_time(studio: Studio) -> None:
    studio.plan(sleep=30)
    _, begun = await studio.call("POST", "/trainings")
    status, refused = await studio.call("POST", "/trainings")
    assert (status, refused["error"]["code"], refused["error"]["details"]["training"]) == (409, "busy", begun["id"])
    await studio.trainings.close()
    _, stopped = await studio.call("GET", f"/trainings/{begun['id']}")
    assert (stopped["status"], stopped["report"]["reason"]) == ("failed", "stopped")
    assert (await studio.call("GET", "/trainings"))[1]["training"]["id"] == begun["id"]


async def test_progress_shows_while_it_trains(studio: Studio) -> None:
    studio.plan(sleep=30)
    _, begun = await studio.call("POST", "/trainings")
    async with asyncio.timeout(10):
        while True:
            _, training = await studio.call("GET", f"/trainings/{begun['id']}")
            if training["progress"] >= 0.4:
                break
            await asyncio.sleep(0.02)
    assert (training["status"], training["report"]["stage"]) == ("running", "training")


async def test_a_failed_training_says_why_and_leaves_no_model(studio: Studio) -> None:
    studio.plan(fail=3)
    training = await studio.trained()
    assert (training["status"], training["report"]) == ("failed", {"reason": "trainer", "problem": "first line"})
    assert (await studio.call("GET", "/models"))[1]["models"] == []


async def test_a_model_that_cannot_be_measured_is_still_a_model(studio: Studio) -> None:
    studio.plan(evaluation_fails=True)
    training = await studio.trained()
    assert (training["status"], training["report"]["evaluation"]) == ("done", "failed")
    assert training["report"]["problem"] == "no such model"


async def test_the_report_names_intents_without_a_response(studio: Studio) -> None:
    await studio.call("PUT", "/intents/ask_warranty", {"examples": {"pl": ["ile trwa gwarancja"]}})
    assert (await studio.trained())["report"]["unanswered"] == ["ask_warranty"]


async def test_a_training_left_by_a_crash_is_marked_failed(studio: Studio) -> None:
    async with studio.database.write() as session:
        row = Training(status="running", created_at=studio.clock.now(), report={"beat": studio.clock.now().isoformat()})
        session.add(row)
        await session.flush()
    if not studio.database.is_sqlite:
        await studio.trainings.recover()
        assert (await studio.trainings.get(row.id)).status == "running", "another gateway may be at it"
        studio.clock.move(minutes=3)
    await studio.trainings.recover()
    assert (await studio.call("GET", f"/trainings/{row.id}"))[1]["report"]["reason"] == "interrupted"
    assert (await studio.trained())["status"] == "done"


async def test_a_silent_training_blocks_nobody(studio: Studio) -> None:
    async with studio.database.write() as session:
        session.add(
            Training(status="running", created_at=studio.clock.now(), report={"beat": studio.clock.now().isoformat()})
        )
    assert (await studio.call("POST", "/trainings"))[0] == 409
    studio.clock.move(minutes=3)
    assert (await studio.trained())["status"] == "done"


async def test_old_models_go_and_the_active_one_stays(studio: Studio) -> None:
    first = (await studio.trained())["model"]
    await studio.call("POST", f"/models/{first}/activate")
    made = []
    for _ in range(3):
        studio.clock.move(minutes=5)
        made.append((await studio.trained())["model"])
    _, listed = await studio.call("GET", "/models")
    assert [(m["id"], m["active"]) for m in listed["models"]] == [(made[2], False), (made[1], False), (first, True)]
    assert {p.name for p in (studio.root / "models").iterdir()} == {f"{m}.tar.gz" for m in (first, made[1], made[2])}


async def test_unknown_trainings(studio: Studio) -> None:
    for identifier in ("1", "x", "9999999999", "-1"):
        assert (await studio.call("GET", f"/trainings/{identifier}"))[0] == 404


# Models


async def test_activating_switches_first_and_marks_then(studio: Studio) -> None:
    for name in ("one", "two"):
        write_model(studio.root / "models", name)
    for name in ("one", "two"):
        status, model = await studio.call("POST", f"/models/{name}/activate")
        assert (status, model["active"]) == (200, True)
    assert [path.name for path in studio.switch.switched] == ["one.tar.gz", "two.tar.gz"]
    _, listed = await studio.call("GET", "/models")
    assert {m["id"]: m["active"] for m in listed["models"]} == {"one": False, "two": True}
    assert [what for _, what in await studio.audit()] == ["model_activated", "model_activated"]


async def test_a_model_that_does_not_come_up_changes_nothing(studio: Studio) -> None:
    for name in ("one", "two"):
        write_model(studio.root / "models", name)
    await studio.call("POST", "/models/one/activate")
    studio.switch.fails = "smoke turn 2 failed"
    status, answer = await studio.call("POST", "/models/two/activate")
    assert (status, answer["error"]["code"]) == (503, "brain_unavailable")
    active = await studio.models.active()
    assert active is not None and active.id == "one"
    assert (await studio.audit())[-1][1] == "activation_failed"


async def test_files_that_are_no_models_are_refused_before_the_switch(studio: Studio) -> None:
    folder = studio.root / "models"
    write_model(folder, "whole")
    write_model(folder, "bare", metadata=False)
    (folder / "text.tar.gz").write_text("not an archive", "utf-8")
    (folder / "cut.tar.gz").write_bytes((folder / "whole.tar.gz").read_bytes()[:-20])
    for name in ("bare", "text", "cut"):
        status, answer = await studio.call("POST", f"/models/{name}/activate")
        assert (status, answer["error"]["details"]["reason"]) == (409, "model_corrupt"), name
    for name in ("missing", "..%2Fwhole", "whole.tar.gz"):
        assert (await studio.call("POST", f"/models/{name}/activate"))[0] == 404
    assert studio.switch.switched == []


async def test_one_switch_at_a_time(studio: Studio) -> None:
    write_model(studio.root / "models", "one")
    studio.switch.gate = asyncio.Event()
    first = asyncio.create_task(studio.call("POST", "/models/one/activate"))
    await studio.switch.entered.wait()
    status, answer = await studio.call("POST", "/models/one/activate")
    assert (status, answer["error"]["code"]) == (409, "busy")
    studio.switch.gate.set()
    assert (await first)[0] == 200


# Unrecognised sentences


async def add_sentences(studio: Studio, *texts: str) -> list[int]:
    rows = [
        Unrecognised(
            text=text, language="pl", ranking=[{"intent": "greet", "confidence": 0.3}], created_at=studio.clock.now()
        )
        for text in texts
    ]
    async with studio.database.write() as session:
        session.add_all(rows)
        await session.flush()
    return [row.id for row in rows]


async def test_a_sentence_becomes_an_example(studio: Studio) -> None:
    _, newest, other = await add_sentences(studio, "Siemaneczko ludzie", "siemaneczko LUDZIE", "coś innego")
    _, listed = await studio.call("GET", "/unrecognised")
    assert [(s["id"], s["count"]) for s in listed["unrecognised"]] == [(other, 1), (newest, 2)]
    assert await studio.call("POST", f"/unrecognised/{newest}", {"intent": "greet"}) == (200, {"resolved": 2})
    assert studio.files.intent("greet")["pl"][-1] == "siemaneczko LUDZIE"
    assert (await studio.call("POST", f"/unrecognised/{newest}", {"intent": "greet"}))[0] == 409
    assert await studio.call("POST", f"/unrecognised/{other}", {"ignore": True}) == (200, {"resolved": 1})
    assert (await studio.call("GET", "/unrecognised"))[1]["unrecognised"] == []


async def test_a_sentence_is_taught_without_who_wrote_it(studio: Studio) -> None:
    (identifier,) = await add_sentences(studio, "dzwońcie na\n601 234 567 albo ewa.lis@poczta.pl, rozmiar 42")
    await studio.call("POST", f"/unrecognised/{identifier}", {"intent": "request_callback"})
    assert studio.files.intent("request_callback")["pl"][-1] == (
        "dzwońcie na 111 111 111 albo anna.nowak@example.com, rozmiar 42"
    )
    assert anonymous("zamówienie #100311") == "zamówienie #111111"


async def test_an_admin_may_reword_and_say_the_language(studio: Studio) -> None:
    (identifier,) = await add_sentences(studio, "x" * 400)
    assert (await studio.call("POST", f"/unrecognised/{identifier}", {"intent": "greet"}))[0] == 422
    decision = {"intent": "greet", "text": "hello my dear shop", "language": "en"}
    assert (await studio.call("POST", f"/unrecognised/{identifier}", decision))[0] == 200
    assert studio.files.intent("greet")["en"][-1] == "hello my dear shop"


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({}, 422),
        ({"ignore": False}, 422),
        ({"intent": 5}, 422),
        ({"intent": "nowhere"}, 404),
        ({"intent": "greet", "ignore": True}, 422),
    ],
)
async def test_an_unclear_decision_is_refused(studio: Studio, decision: Any, expected: int) -> None:
    (identifier,) = await add_sentences(studio, "czego chcesz")
    assert (await studio.call("POST", f"/unrecognised/{identifier}", decision))[0] == expected
    assert (await studio.call("POST", "/unrecognised/999", {"ignore": True}))[0] == 404
    assert len((await studio.call("GET", "/unrecognised"))[1]["unrecognised"]) == 1


# Figures


async def test_metrics_of_nothing(studio: Studio) -> None:
    status, figures = await studio.call("GET", "/metrics")
    assert (status, figures["to"], figures["from"]) == (200, "2026-06-16", "2026-05-18")
    assert (figures["turns"], figures["repeat_rate"], figures["first_human_reply_seconds"]["median"]) == (0, None, None)


async def test_metrics_count_what_happened(studio: Studio) -> None:
    now = studio.clock.now()

    def conversation(name: str) -> Conversation:
        return Conversation(id=name, created_at=now, updated_at=now)

    def turn(name: str, intent: str, outcome: dict[str, Any], *questions: bool, at: dt.datetime = now) -> TurnRecord:
        asked = [{"key": "email", "redundant": redundant} for redundant in questions]
        return TurnRecord(
            conversation_id=name, message_ids=[], intent=intent, outcome=outcome, questions=asked, started_at=at
        )

    async with studio.database.write() as session:
        session.add_all([conversation("a"), conversation("b"), conversation("c")])
        await session.flush()
        session.add_all(
            [
                turn("a", "greet", {"kind": "answered"}, False, False),
                turn("a", "ask_price", {"kind": "answered"}, True, False),
                turn("b", "nlu_fallback", {"kind": "not_understood"}),
                turn("b", "greet", {"kind": "handoff", "reason": "asked"}),
                turn("c", "greet", {"kind": "answered"}, at=now - dt.timedelta(days=60)),
                EventRecord(
                    conversation_id="b",
                    kind="state",
                    actor="bot",
                    at=now,
                    details={"state": "waiting", "reason": "asked"},
                ),
                Message(
                    conversation_id="b",
                    sender="agent",
                    text="note",
                    kind="note",
                    created_at=now + dt.timedelta(seconds=5),
                ),
                Message(conversation_id="b", sender="agent", text="hi", created_at=now + dt.timedelta(seconds=90)),
                Message(conversation_id="b", sender="agent", text="hi", created_at=now + dt.timedelta(seconds=190)),
            ]
        )
    _, figures = await studio.call("GET", "/metrics?from=2026-06-16&to=2026-06-16")
    assert figures == {
        "from": "2026-06-16",
        "to": "2026-06-16",
        "conversations": 3,
        "answered": 2,
        "bot_resolved_share": 0.5,
        "turns": 4,
        "not_understood_rate": 0.25,
        "questions": 4,
        "repeat_rate": 0.25,
        "intents": {"greet": 2, "ask_price": 1, "nlu_fallback": 1},
        "handoffs": {"total": 1, "by_reason": {"asked": 1}},
        "first_human_reply_seconds": {"count": 1, "median": 90.0, "p95": 90.0},
        "days": [{"day": "2026-06-16", "conversations": 3, "turns": 4, "not_understood": 1, "handoffs": 1}],
    }


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-13-01",
        "from=2026-06-17&to=2026-06-16",
        "from=0001-01-01",
        "from=2020-01-01&to=2026-01-01",
        "to=9999-12-31",
        "from=2026-W01-1",
    ],
)
async def test_days_that_make_no_sense_are_refused(studio: Studio, query: str) -> None:
    status, answer = await studio.call("GET", f"/metrics?{query}")
    assert (status, answer["error"]["code"]) == (422, "invalid_value")


async def test_a_model_row_without_its_file_is_not_listed(studio: Studio) -> None:
    async with studio.database.write() as session:
        session.add(Model(id="gone", active=True, created_at=studio.clock.now()))
    assert (await studio.call("GET", "/models"))[1]["models"] == []
    assert await studio.models.active() is None
