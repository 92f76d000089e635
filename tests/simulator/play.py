"""One simulated conversation: a persona with a case talks to the assistant until the case is settled, one way or another."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from bot.domain.payloads import parse_payload
from tests.simulator.answering import Plan
from tests.simulator.case import Case, Heard
from tests.simulator.checks import Secrets, Watch, own_orders
from tests.simulator.habits import Habits
from tests.simulator.memory import Memory
from tests.simulator.personas import Voice
from tests.simulator.world import MORNING, NIGHT, Turn, World

LONGEST = 22
"""Messages of a customer after which the conversation has failed."""
PATIENCE = 2
"""Times somebody who was misunderstood puts it in other words, before they ask for a human."""
WRONG_NUMBER = "199"
"""Numbers of orders that do not exist begin so."""


class UnknownQuestion(Exception):
    """The assistant asks what no simulated customer knows how to answer: teach them (tests/simulator/goals)."""


@dataclass
class Played:
    """What came of one case: `end` is alone, human (as was meant), needed (a human nobody meant) or failed."""

    goal: str
    persona: str
    language: str
    end: str
    turns: int
    questions: int
    redundant: int
    misunderstood: int
    reason: str | None
    problems: list[str]
    transcript: list[str]
    plan: Plan


class Player(Habits):
    """Opens the conversation and leads it to an end."""

    async def plays(self) -> None:
        turn = await self._opens()
        while self.turns < LONGEST:
            if turn.state not in ("bot", "resolved"):
                return await self._has_a_human(turn)
            if turn.question is None and await self.case.reached(self.heard):
                self.ends = "alone"
                return await self._takes_it_back(turn) if self.case.undone else await self._leaves()
            turn = await self._goes_on(turn)
        self.ends = "failed"
        self.watch.problems.append(f"no end after {LONGEST} messages")

    async def _opens(self) -> Turn:
        case, voice = self.case, self.voice
        parts = [voice.phrase(case.opening, **case.values)]
        told = dict(case.facts)
        if self.habit == "correct" and "order_number" in told and not case.wrong:
            self.memory.mistake(order_number=f"{WRONG_NUMBER}{self.plan.number % 1000:03}")
            parts.append(voice.phrase("tell.order_number", order_number=self.memory.told["order_number"]))
        elif case.wrong:
            self.memory.mistake(**case.wrong)
            parts += [voice.phrase(f"tell.{key}", **{key: value}) for key, value in case.wrong.items()]
        else:
            parts += self._facts_told_at_once(told)
        parts += self._details_told_at_once()
        return await self._says(voice.dressed(parts, opening=True))

    def _facts_told_at_once(self, facts: dict[str, str]) -> list[str]:
        if self.voice.persona.tells == "one" or not facts:
            return []
        keys = list(facts) if self.voice.persona.tells == "all" else self.random.sample(list(facts), 1)
        self.random.shuffle(keys)
        self.memory.tell(**{key: facts[key] for key in keys})
        return [self.voice.phrase(f"tell.{key}", **facts) for key in keys]

    def _details_told_at_once(self) -> list[str]:
        persona = self.voice.persona
        chance = {"all": 1.0, "some": 0.4, "one": 0.0}[persona.tells]
        parts = []
        for key, act in self.case.details.items():
            if self.random.random() < chance:
                parts.append(self.voice.phrase(act, **self.case.values))
                self.memory.tell(**{key: "told in passing"})
        return parts

    async def _goes_on(self, turn: Turn) -> Turn:
        if self.case.wrong and turn.question is not None:
            return await self._tries_again(turn)
        if self.memory.wrong:
            return await self._corrects()
        if turn.question is not None:
            entity = turn.question["key"].partition(":")[0]
            if turn.question["kind"] != "fact" and self._answer_to(turn.question) is None:
                if entity not in self.known_keys:
                    raise UnknownQuestion(f"{turn.question['key']} ({turn.question['kind']}): {turn.text!r}")
                return await self._explains(turn)
            if turn.question["kind"] == "fact" and not self._can_tell(turn.question):
                return await self._explains(turn)
            if self.habit in ("interrupt", "human_midway", "switch"):
                return await self._habit(turn)
            return await self._answers(turn)
        return await self._explains(turn)

    # When it goes another way than the customer wants

    async def _explains(self, turn: Turn) -> Turn:
        """Misunderstood, or answered without what they came for: the button that leads on, other words, a human."""
        leads = [b for b in turn.buttons if parse_payload(b.payload)["intent"]["name"] == self.case.intent]
        if leads and self.rephrased <= PATIENCE:
            self.rephrased += 1
            return await self._presses(leads[0], interrupted=True)
        if self.case.values.pop("again", ""):
            return await self._opens()
        self.misunderstood += 1
        if self.rephrased < PATIENCE:
            self.rephrased += 1
            return await self._says(self.voice.phrase(self.case.opening, **self.case.values), interrupted=True)
        return await self._says(self.voice.phrase("human"), interrupted=True)

    async def _has_a_human(self, turn: Turn) -> None:
        self.reason = turn.reason
        meant = turn.reason in self.case.human or (self.case.human and await self.case.reached(self.heard))
        reached = not self.case.human and await self.case.reached(self.heard)
        self.ends = "human" if meant else "alone" if reached else "needed"
        self.watch.asks_for_email_again(turn)
        if turn.reason == "tool_error":
            self.watch.problems.append(f"a tool error: {turn.error}")
        if not turn.messages:
            self.watch.problems.append("a silent handoff")
        if self.random.random() < 0.5:
            await self._a_human_talks()

    async def _leaves(self) -> None:
        if self.random.random() < 0.3:
            await self._says(self.voice.phrase(self.random.choice(["thanks", "bye"])), interrupted=True)


async def play(world: World, plan: Plan, secrets: Secrets, articles: dict[str, str], keys: set[str]) -> list[Played]:
    """The conversation, and the customer's later one where the plan has it."""
    world.clock.set(NIGHT if plan.at_night else MORNING)
    memory = Memory(plan.customer)
    found = [await _one(world, plan, plan.case, memory, secrets, articles, keys, fresh=False)]
    if plan.later is not None:
        memory.next_conversation()
        world.clock.move(3600)
        found.append(await _one(world, plan, plan.later, memory, secrets, articles, keys, fresh=True))
    return found


async def _one(
    world: World,
    plan: Plan,
    case: Case,
    memory: Memory,
    secrets: Secrets,
    articles: dict[str, str],
    keys: set[str],
    *,
    fresh: bool,
) -> Played:
    chance = random.Random(f"{plan.seed}/{plan.number}/{fresh}")
    talk = await world.opens(case.language, plan.customer, fresh=fresh)
    others = own_orders(world, plan.customer)
    watch = Watch(secrets, articles, memory, case.language, others, case.stubborn)
    if plan.customer is not None:
        watch.customer_says(f"{plan.customer.name} {plan.customer.email}")
    voice = Voice(plan.persona, case.language, chance)
    player = Player(world, plan, case, talk, voice, memory, watch, keys, Heard(world, talk), habit=plan.persona.habit)
    try:
        watch.greeting(await talk.news())
        await player.plays()
        await world.settles(player.talk)
    except UnknownQuestion as question:
        watch.problems.append(f"a question nobody knows how to answer: {question}")
    except Exception as error:
        watch.problems.append(f"{type(error).__name__}: {error}")
    if player.ends in ("", "failed"):
        player.ends = "failed"
    return Played(
        case.goal,
        plan.persona.name,
        case.language,
        player.ends,
        player.turns,
        watch.questions,
        watch.redundant,
        player.misunderstood,
        player.reason,
        [re.sub(r"\s+", " ", problem) for problem in watch.problems],
        player.lines,
        plan,
    )
