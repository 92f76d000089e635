"""Human and bot on one conversation: the bot never talks over a human, and goes on where the human left off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.conversation import State
from bot.domain.tone import Policies
from bot.services.dialogue import FLOWS, Dialogue, ShopRules
from bot.services.ports import BrainReply, BrainRequest
from bot.services.turns import Turns
from bot.storage.tables import TurnRecord
from tests.desk_world import HOURS, World, desk_world

pytestmark = pytest.mark.asyncio
FLOW = "desk_test_flow"


class PausingBrain:
    """Thinks until it is told to answer."""

    starting = False

    def __init__(self) -> None:
        self.thinking = asyncio.Event()
        self.answer = asyncio.Event()

    async def ready(self) -> bool:
        return True

    async def parse(self, text: str, language: str) -> dict[str, Any]:
        intent = {"name": "ask_order_status", "confidence": 0.9}
        return {"intent": intent, "intent_ranking": [intent], "entities": [], "language": "en"}

    async def turn(self, request: BrainRequest) -> BrainReply:
        self.thinking.set()
        await self.answer.wait()
        parse = await self.parse(request.text, request.language)
        return BrainReply(parse, [{"text": "Your parcel is on its way"}], [{"event": "action", "name": "x"}])


@pytest_asyncio.fixture
async def brain() -> PausingBrain:
    return PausingBrain()


@pytest_asyncio.fixture
async def world(tmp_path: Path, brain: PausingBrain) -> AsyncIterator[World]:
    async with desk_world(tmp_path) as made:
        yield made


def made_turns(world: World, brain: PausingBrain) -> Turns:
    rules = ShopRules(HOURS, 2000, b"key")
    return Turns(world.database, brain, world.clock, world.responses, Policies((), {}), rules, world.bell)


async def test_a_claim_while_the_bot_thinks_silences_the_bot(world: World, brain: PausingBrain) -> None:
    ola = await world.user("Ola")
    number = await world.conversation()
    await world.customer_writes(number, "Where is it?")
    turn = asyncio.create_task(made_turns(world, brain).process(number))
    await brain.thinking.wait()
    await world.desk.claim(ola, number)
    brain.answer.set()
    await turn
    said = await world.said(number)
    assert [message.sender for message in said] == ["bot", "customer", "customer", "system"]
    assert said[2].processed_at is not None and said[2].parse["intent"] == "ask_order_status"
    assert await world.all(TurnRecord, number) == []
    conversation = await world.get(number)
    assert (conversation.state, conversation.assignee_id) == ("assigned", ola.id)


async def test_a_customer_who_writes_to_an_agent_is_not_answered_by_the_bot(world: World, brain: PausingBrain) -> None:
    ola = await world.user("Ola")
    for state in (State.ASSIGNED, State.SNOOZED):
        number = await world.conversation(state, ola)
        await world.customer_writes(number, "And now?")
        await made_turns(world, brain).process(number)
        assert [message.sender for message in await world.said(number)] == ["bot", "customer", "customer"]
        assert (await world.get(number)).state == "assigned"
    assert not brain.thinking.is_set()


async def test_after_resolving_the_bot_answers_again(world: World, brain: PausingBrain) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola)
    await world.desk.resolve(ola, number, "solved")
    await world.customer_writes(number, "One more question")
    brain.answer.set()
    await made_turns(world, brain).process(number)
    conversation = await world.get(number)
    assert (conversation.state, conversation.outcome["outcome"]) == ("bot", "solved")
    assert conversation.reserved_for_id == ola.id
    assert (await world.said(number))[-1].text == "Your parcel is on its way"


@pytest.mark.parametrize("outcome", ["done", "continue"])
async def test_return_with_a_fact_the_agent_changed(
    world: World, brain: PausingBrain, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    async def flow(dialogue: Dialogue) -> None:
        dialogue.say("utter_desk_stands", what=f"size {dialogue.fact('size')}")

    monkeypatch.setitem(FLOWS, FLOW, flow)
    ola = await world.user("Ola")
    number = await world.conversation(dialogue={"stack": [{"flow": FLOW, "answers": {}}], "question": None})
    await world.desk.claim(ola, number)
    await world.desk.put_fact(ola, number, "size", "43")
    await world.desk.return_(ola, number, outcome)
    await made_turns(world, brain).process(number)
    bot_said = [message.text for message in await world.said(number) if message.sender == "bot"][1:]
    assert len(bot_said) == (2 if outcome == "continue" else 1)
    assert ("size 43" in bot_said[-1]) == (outcome == "continue")
    assert (await world.get(number)).state == "bot"
