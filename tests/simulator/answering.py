"""A simulated customer at a question: what they tell, by words or button, and how it is sent."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from bot.domain.payloads import parse_payload
from bot.storage import shop as tables
from bot.storage.tables import Button
from tests.simulator.case import Answer, Case, Heard
from tests.simulator.checks import Watch
from tests.simulator.memory import Memory
from tests.simulator.personas import Persona, Voice
from tests.simulator.world import Talk, Turn, World

PHOTO = b"\x89PNG\r\n\x1a\n" + b"not much of a picture"


@dataclass(frozen=True)
class Plan:
    """One conversation to be played, wholly determined by the seed and its number."""

    number: int
    seed: int
    persona: Persona
    case: Case
    language: str
    customer: tables.Customer | None
    at_night: bool
    linked: bool
    """Goes on on another link after the first message."""
    later: Case | None
    """What the same customer comes back for in a later conversation."""

    @property
    def name(self) -> str:
        who = "identified" if self.customer is not None else "anonymous"
        return f"#{self.number} {self.case.goal} · {self.persona.name} · {self.language} · {who}"


@dataclass
class Answering:
    """The customer of one conversation: what they know and have said, and how they answer."""

    world: World
    plan: Plan
    case: Case
    talk: Talk
    voice: Voice
    memory: Memory
    watch: Watch
    known_keys: set[str]
    heard: Heard
    lines: list[str] = field(default_factory=list)
    habit: str = ""
    turns: int = 0
    misunderstood: int = 0
    rephrased: int = 0
    ends: str = ""
    reason: str | None = None
    changed: bool = False

    @property
    def random(self) -> random.Random:
        return self.voice.random

    def _can_tell(self, question: dict[str, Any]) -> bool:
        return any(key in self.case.facts for key in [question["key"], *question["facts"]])

    def _answer_to(self, question: dict[str, Any]) -> Answer | None:
        answers, key = self.case.answers, str(question["key"])
        return answers.get(key) or answers.get(key.partition(":")[0])

    async def _answers(self, turn: Turn) -> Turn:
        question = turn.question or {}
        if question["kind"] == "fact":
            return await self._tells(question)
        key, entity = question["key"], question["key"].partition(":")[0]
        answer = self._answer_to(question) or Answer()
        if question["kind"] == "yes_no" and not Heard(self.world, self.talk, [turn]).says(*self.case.confirms):
            self.watch.problems.append(f"asks to confirm something else: {turn.text[:200]!r}")
        self.memory.answer(key)
        if question["kind"] == "photo":
            return await self._photo(turn)
        button = self._button(turn, entity, answer)
        words = self._words(question, entity, answer)
        by_button = self.voice.persona.answers == "buttons" or not words
        if self.voice.persona.answers == "either":
            by_button = by_button or self.random.random() < 0.5
        if button is not None and by_button:
            return await self._presses(button)
        return await self._says(self.voice.dressed([self.random.choice(words)]))

    def _button(self, turn: Turn, entity: str, answer: Answer) -> Button | None:
        for button in turn.buttons:
            parse = parse_payload(button.payload)
            values = {e["entity"]: e["value"] for e in parse["entities"]}
            if entity in values and self._same(values[entity], answer.value):
                return button
            if (answer.value, parse["intent"]["name"]) in ((True, "affirm"), (False, "deny")) and not values:
                return button
        return None

    def _same(self, carried: Any, wanted: Any) -> bool:
        if isinstance(wanted, list) and isinstance(carried, list):
            return sorted(map(str, carried)) == sorted(map(str, wanted))
        if isinstance(wanted, list):
            return len(wanted) == 1 and str(carried) == str(wanted[0])
        return bool(carried == wanted)

    def _words(self, question: dict[str, Any], entity: str, answer: Answer) -> list[str]:
        """Every way this customer may put it; empty when only a button does."""
        words = [word.format_map(self.case.values) for word in answer.words]
        if answer.act:
            words.append(self.voice.phrase(answer.act, **self.case.values))
        wanted = answer.value if isinstance(answer.value, list) else [answer.value]
        options = question["options"]
        places = [i for i, option in enumerate(options) if option["value"] in wanted]
        titles = [options[i]["title"] for i in places]
        if question["many"]:
            if titles and len(titles) == len(options) > 1:
                words.append(self.voice.phrase("all"))
            elif titles and not words:
                words.append(", ".join(titles))
        elif len(places) == 1:
            if not self.voice.persona.synonyms:
                words.append(titles[0])
            if places[0] < 2 and len(options) > 1 and self.voice.persona.synonyms:
                words.append(self.voice.phrase(f"ordinal.{places[0] + 1}"))
            if not words:
                words.append(titles[0])
        return words

    async def _tells(self, question: dict[str, Any]) -> Turn:
        facts = self.case.facts
        entity = question["key"].partition(":")[0]
        open_ones = [key for key in facts if key not in self.memory.told]
        wanted = [key for key in (entity, *question["facts"]) if key in facts]
        if self.voice.persona.contact_first:
            wanted.sort(key=lambda key: key == "order_number")
        fresh = [key for key in dict.fromkeys(wanted) if key in open_ones]
        if not fresh:  # it was told; the check has seen that it is asked again
            contact = [key for key in wanted if entity == "order_number" or key != "order_number"]
            text = self.voice.phrase(f"tell.{contact[0]}", **facts)
            return await self._says(self.voice.phrase("already", fact=text))
        keys = fresh if self.voice.persona.tells != "one" else fresh[:1]
        self.memory.tell(**{key: facts[key] for key in keys})
        parts = [self.voice.phrase(f"tell.{key}", **facts) for key in keys]
        if self.habit == "insist":
            self.habit = ""
            parts = [self.voice.phrase("already", fact=parts[0]), *parts[1:]]
        return await self._says(self.voice.dressed(parts))

    async def _photo(self, turn: Turn) -> Turn:
        skip = next((b for b in turn.buttons if parse_payload(b.payload)["intent"]["name"] == "inform"), None)
        if self.random.random() < 0.5:
            self.lines.append("> [photo]")
            self.turns += 1
            return await self._hears(await self.talk.sends("zdjecie.png", PHOTO))
        if skip is not None and self.voice.persona.answers != "words":
            return await self._presses(skip)
        return await self._says(self.voice.phrase("say.no_photo"))

    # Sending

    async def _says(self, text: str, *, interrupted: bool = False) -> Turn:
        self.turns += 1
        self.watch.customer_says(text)
        self.lines.append(f"> {text}")
        if self.plan.linked and self.turns == 2:
            self.talk = await self.world.goes_on(self.talk)
            self.talk.seen = self.heard.talk.seen
            self.heard.talk = self.talk
            self.lines.append("  (on another device)")
        self.memory.prove(self.case.order)
        return await self._hears(await self.talk.says(text), interrupted=interrupted)

    async def _presses(self, button: Button, *, interrupted: bool = False) -> Turn:
        self.turns += 1
        self.lines.append(f"> [{button.title}]")
        self.memory.prove(self.case.order)
        return await self._hears(await self.talk.presses(button), interrupted=interrupted)

    async def _hears(self, turn: Turn, *, interrupted: bool = False) -> Turn:
        self.lines += [
            f"< [{m.sender}] {m.text}" + "".join(f" ▢{c.get('title')}" for c in m.cards) for m in turn.messages
        ]
        if turn.buttons:
            self.lines.append("     " + " ".join(f"[{b.title}]" for b in turn.buttons))
        key = (turn.question or {}).get("key")
        self.lines.append(f"     · intent {turn.intent}, question {key}, {turn.state} {turn.reason or ''}")
        self.heard.turns.append(turn)
        self.watch.sees(turn, interrupted=interrupted)
        return turn
