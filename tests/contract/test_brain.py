"""One suite for every brain: the fake in this process, the fake as a process, and the real one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor

from bot.domain.errors import BrainUnavailable
from bot.domain.payloads import parse_payload
from bot.services.ports import BrainRequest
from bot.settings import PROJECT
from bot.web.actions import actions_app
from integrations.rasa.supervisor import BrainSupervisor
from tests.fakes import FakeBrain, rules
from tests.model import trained_model

pytestmark = pytest.mark.asyncio(loop_scope="module")  # a real brain is started once for all of these


class Recorder:
    """Stands for every action of the project: notes how it was called, says one thing, or fails when told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.error: Exception | None = None

    def executor(self) -> ActionExecutor:
        executor = ActionExecutor()
        for name in sorted(set(rules().values())):
            executor.register_action(self._action(name))
        return executor

    def _action(self, action_name: str) -> Action:
        recorder = self

        class Recorded(Action):
            def name(self) -> str:
                return action_name

            async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
                recorder.calls.append((action_name, tracker))
                if recorder.error:
                    raise recorder.error
                buttons = [{"title": "Tak", "payload": "/affirm"}]
                dispatcher.utter_message(
                    text=f"done {action_name}", buttons=buttons, json_message={"cards": [{"title": "card"}]}
                )
                return []

        return Recorded()


@asynccontextmanager
async def supervised(recorder: Recorder, folder: Path, model: Path, *command: str) -> AsyncIterator[BrainSupervisor]:
    brain = BrainSupervisor(
        folder, lambda: f"http://127.0.0.1:{port}/actions", command=command, project=PROJECT, secret="s3cret"
    )
    runner = web.AppRunner(actions_app(recorder.executor(), "s3cret"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    await brain.start(model)
    try:
        async with asyncio.timeout(100):
            while not await brain.ready():
                await asyncio.sleep(0.1)
        yield brain
    finally:
        await brain.stop()
        await runner.cleanup()


BRAINS = ["fake", "fake process", pytest.param("rasa", marks=pytest.mark.rasa)]


@pytest_asyncio.fixture(params=BRAINS, scope="module", loop_scope="module")
async def brain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    recorder = Recorder()
    folder = tmp_path_factory.mktemp("brain")
    if request.param == "fake":
        yield FakeBrain(recorder.executor(), keyword), recorder
    elif request.param == "fake process":
        model = folder / "none.tar.gz"
        model.touch()
        async with supervised(recorder, folder, model, sys.executable, "-m", "tests.fake_brain") as running:
            yield running, recorder
    else:
        model = trained_model()
        async with supervised(recorder, folder, model, sys.executable, "-m", "bot.brain", "serve") as running:
            yield running, recorder


def keyword(text: str) -> str:
    if "dostawa" in text:
        return "ask_delivery_options"
    return "request_human" if "człowiek" in text else "give_feedback"


def ask(text: str, **options: Any) -> BrainRequest:
    return BrainRequest(key="conversation.attempt", text=text, language="pl", **options)


HUMAN = "chcę rozmawiać z człowiekiem"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def fresh(brain: Any) -> None:
    brain[1].calls.clear()
    brain[1].error = None


async def test_a_turn_calls_the_action_of_its_intent_and_brings_back_what_it_said(brain: Any) -> None:
    reply = await brain[0].turn(ask(HUMAN))
    assert reply.parse["intent"]["name"] == "request_human"
    assert reply.messages == [
        {
            "text": "done action_request_human",
            "buttons": [{"title": "Tak", "payload": "/affirm"}],
            "cards": [{"title": "card"}],
        }
    ]
    name, tracker = brain[1].calls[0]
    assert (name, tracker.sender_id) == ("action_request_human", "conversation.attempt")
    assert tracker.latest_message["text"] == HUMAN


@pytest.mark.parametrize("text", ["/restart", "/request_human", " //back_to_bot", "/"])
async def test_a_text_with_a_slash_is_text(brain: Any, text: str) -> None:
    reply = await brain[0].turn(ask(text))
    assert [call[1].latest_message["text"] for call in brain[1].calls] == [text]
    assert reply.parse["intent"]["name"] not in ("restart", "back_to_bot")


async def test_a_button_means_its_payload_whatever_its_title_says(brain: Any) -> None:
    await brain[0].turn(ask("Gdzie jest paczka?", parse=parse_payload('/inform{"size": "42"}')))
    name, tracker = brain[1].calls[0]
    assert name == "action_proceed"
    assert tracker.latest_message["metadata"]["pressed"] is True
    assert [(e["entity"], e["value"]) for e in tracker.latest_message["entities"]] == [("size", "42")]


async def test_entities_are_found_by_their_shape(brain: Any) -> None:
    parse = await brain[0].parse("zamówienie 100311, mail anna@example.pl, tel. 601 234 567", "pl")
    found = {e["entity"]: e["value"] for e in parse["entities"]}
    assert found["order_number"].strip("#") == "100311"
    assert (found["email"], found["phone"]) == ("anna@example.pl", "601 234 567")


async def test_an_action_that_fails_is_an_error_and_nothing_else(brain: Any) -> None:
    brain[1].error = RuntimeError("no shop today")
    with pytest.raises(BrainUnavailable):
        await brain[0].turn(ask(HUMAN))
    brain[1].error = None
    assert (await brain[0].turn(ask(HUMAN))).messages


async def test_an_action_whose_turn_is_over_is_an_error(brain: Any) -> None:
    brain[1].error = LookupError("no open turn")
    with pytest.raises(BrainUnavailable):
        await brain[0].turn(ask(HUMAN))


async def test_history_goes_in_and_new_events_come_out(brain: Any) -> None:
    first = await brain[0].turn(ask("Dziękuję, świetna obsługa, polecam wszystkim znajomym"))
    assert first.events
    second = await brain[0].turn(ask(HUMAN, events=first.events))
    assert second.messages
    assert len(second.events) <= len(first.events) + 2


async def test_turns_at_once_do_not_mix(brain: Any) -> None:
    requests = [BrainRequest(key=f"c{n}.a", text=HUMAN, language="pl") for n in range(10)]
    replies = await asyncio.gather(*(brain[0].turn(request) for request in requests))
    assert all(len(reply.messages) == 1 for reply in replies)
    assert {tracker.sender_id for _, tracker in brain[1].calls} == {f"c{n}.a" for n in range(10)}


async def test_two_requests_in_one_message_are_two_actions_of_one_turn(brain: Any) -> None:
    text = "Dzień dobry. Ile kosztuje dostawa kurierem? I chcę rozmawiać z człowiekiem."
    reply = await brain[0].turn(ask(text))
    assert [message["text"] for message in reply.messages] == [
        "done action_delivery_options",
        "done action_request_human",
    ]
    assert reply.parse["requests"] == ["ask_delivery_options", "request_human"]
    assert (reply.parse["intent"]["name"], reply.parse["text"]) == ("ask_delivery_options", text)
    (_, first), (_, second) = brain[1].calls
    assert first.sender_id == second.sender_id
    assert [call.latest_message["metadata"]["part"] for call in (first, second)] == [0, 1]
    assert second.latest_message["metadata"]["requests"] == reply.parse["requests"]
    assert second.latest_message["text"] == "I chcę rozmawiać z człowiekiem."
    assert (await brain[0].turn(ask(HUMAN, events=reply.events))).messages


async def test_what_comes_before_the_request_is_kept_apart(brain: Any) -> None:
    text = "Zamówienie 100311, anna@example.pl. A ile kosztuje dostawa?"
    reply = await brain[0].turn(ask(text))
    (name, call), *others = brain[1].calls
    assert (name, others, call.latest_message["text"]) == ("action_delivery_options", [], text)
    before = call.latest_message["metadata"]["before"]
    assert before["text"] == "Zamówienie 100311, anna@example.pl." and "requests" not in reply.parse
    assert {e["entity"] for e in before["entities"]} >= {"order_number", "email"}


@pytest.mark.rasa
async def test_language_follows_the_customer(brain: Any) -> None:
    if isinstance(brain[0], FakeBrain) or "tests.fake_brain" in brain[0]._command:
        pytest.skip("only the real brain knows languages")
    english = await brain[0].turn(ask("I would like to speak to a real person, please"))
    assert english.parse["language"] == "en"
    assert brain[1].calls[-1][1].slots["language"] == "en"
    for text in ("100311", "order", "ok"):
        assert (await brain[0].turn(ask(text))).parse["language"] == "pl", text
    for value in ("my e-mail: jan@example.pl", "tel. 601 555 101", "ul. Hutnicza 12, 31-999 Kraków"):
        request = BrainRequest(key="conversation.attempt", text=value, language="en")
        assert (await brain[0].turn(request)).parse["language"] == "en", value
