"""What simulated customers do beside answering: correct, interrupt, switch, call a human, change their mind, undo."""

from __future__ import annotations

from bot.domain.payloads import parse_payload
from tests.simulator.answering import Answering
from tests.simulator.case import Heard
from tests.simulator.world import Turn

PASSING = ("product_query", "which_product", "recommend_for", "restock_variant", "coupon")
"""Questions of somebody who is looking around: dropped when something else comes up."""
INTERRUPTIONS = (
    ("contact", "12 555 01 40|pomoc@szlak.example|tatrzańska"),
    ("delivery_options", "inpost|paczkomat|dpd"),
    ("payment_methods", "blik|przelew|transfer|card"),
    ("return_policy", "30|14"),
)
"""Quick questions anybody may have meanwhile, with what the answer holds."""


class Habits(Answering):
    """A customer with habits."""

    async def _answers(self, turn: Turn) -> Turn:
        confirming = turn.question is not None and turn.question["kind"] == "yes_no"
        if self.habit == "change_mind" and confirming and not self.changed:
            return await self._changes_mind(turn)
        return await super()._answers(turn)

    async def _corrects(self) -> Turn:
        """The wrong number or address is put right, whatever the assistant said to it."""
        self.habit = ""
        facts = {key: value for key, value in self.case.facts.items() if self.memory.told.get(key) in self.memory.wrong}
        key = next(iter(facts))
        self.memory.tell(**{key: facts[key]})
        return await self._says(self.voice.phrase(f"correct.{key}", **facts))

    async def _tries_again(self, turn: Turn) -> Turn:
        """Somebody without the right to an order guesses on, each time with another address."""
        guess = f"proba{self.plan.number}.{self.turns}@example.pl"
        self.memory.mistake(email=guess)
        return await self._says(self.voice.phrase("tell.email", email=guess))

    async def _changes_mind(self, turn: Turn) -> Turn:
        """At the confirmation: no, and then something is different, or after all as it was."""
        self.changed = True
        self.habit = ""
        self.memory.forget((turn.question or {})["key"])
        change = self.case.answers.get("changed")
        if change is not None:  # what they want instead, and the answers it is changed by
            self.case.answers.update(change.value)
            for key in change.value:
                self.memory.forget(key)
                self.case.details.pop(key, None)
            return await self._says(self.voice.phrase("say.no"))
        heard = await self._says(self.voice.phrase("say.no"))
        self.memory.forget(*(key for key in self.memory.told if key.partition(":")[0] in self.case.answers))
        self.case.values["again"] = "yes"
        return heard

    async def _habit(self, turn: Turn) -> Turn:
        habit, self.habit = self.habit, ""
        if habit == "human_midway":
            return await self._calls_a_human_and_comes_back(turn)
        if habit == "switch":
            return await self._switches_language(turn)
        return await self._interrupts(turn)

    async def _interrupts(self, turn: Turn) -> Turn:
        """Another question in between; then the one that was open has to come again."""
        act, expected = self.random.choice(INTERRUPTIONS)
        before = (turn.question or {})["key"]
        after = await self._says(self.voice.phrase(act), interrupted=True)
        if after.state not in ("bot", "resolved"):
            return after
        if not Heard(self.world, self.talk, [after]).says(expected):
            self.misunderstood += 1
        if before.partition(":")[0] not in PASSING and (after.question is None or after.question["key"] != before):
            self.watch.problems.append(f"does not come back to {before} after {act}: {after.text[:120]!r}")
        return after

    async def _switches_language(self, turn: Turn) -> Turn:
        """From here on in the other language."""
        other = "en" if self.voice.language == "pl" else "pl"
        question = turn.question or {}
        self.voice.language = self.watch.language = other
        if question["kind"] == "fact":
            wanted = [key for key in (question["key"], *question["facts"]) if key in self.case.facts]
            told = [key for key in dict.fromkeys(wanted) if key not in self.memory.told] or wanted
            self.memory.tell(**{told[0]: self.case.facts[told[0]]})
            answer = self.voice.phrase(f"tell.{told[0]}", **self.case.facts)
            return await self._says(self.voice.phrase("switch", answer=answer))
        return await self._says(self.voice.phrase("switch", answer="").strip(" ,:"), interrupted=True)

    async def _calls_a_human_and_comes_back(self, turn: Turn) -> Turn:
        """A human in the middle: nothing from the assistant meanwhile; then it goes on where it was."""
        before = (turn.question or {})["key"]
        waiting = await self._says(self.voice.phrase("human"), interrupted=True)
        if waiting.state != "waiting":
            self.watch.problems.append(f"no human although one was asked for: {waiting.text[:80]!r}")
            return waiting
        self.watch.asks_for_email_again(waiting)
        back = next((b for b in waiting.buttons if parse_payload(b.payload)["intent"]["name"] == "back_to_bot"), None)
        if back is not None and self.random.random() < 0.4:
            after = await self._presses(back, interrupted=True)
        else:
            await self._a_human_talks()
            await self.world.gateway.desk.return_(self.world.agent, self.talk.id, "continue")
            await self.world.gateway.turns.process(self.talk.id)
            after = await self._hears(await self.talk.news(), interrupted=True)
        if after.question is None or after.question["key"] != before:
            self.watch.problems.append(f"does not come back to {before} after a human: {after.text[:120]!r}")
        return after

    async def _a_human_talks(self) -> None:
        """An agent takes it; while they have it the assistant must be silent."""
        await self.world.gateway.desk.claim(self.world.agent, self.talk.id)
        self.lines.append("  (an agent takes the conversation)")
        text = self.voice.phrase("still_there")
        self.watch.customer_says(text)
        self.lines.append(f"> {text}")
        turn = await self.talk.says(text)
        self.lines += [f"< [{m.sender}] {m.text}" for m in turn.messages]
        self.watch.after_human(turn)

    async def _takes_it_back(self, turn: Turn) -> None:
        """What was done was a mistake: undone by the button, or in words."""
        undo = [b for b in turn.buttons if "undo" in {e["entity"] for e in parse_payload(b.payload)["entities"]}]
        if undo and self.voice.persona.answers != "words":
            turn = await self._presses(undo[0], interrupted=True)
        else:
            turn = await self._says(self.voice.phrase("undo"), interrupted=True)
        if turn.question is not None and turn.question["kind"] == "yes_no":
            turn = await self._says(self.voice.phrase("say.yes"))
        undone = self.case.undone
        if undone is not None and not await undone(self.heard):
            self.ends = "needed" if turn.state == "waiting" else "failed"
            self.watch.problems += [] if turn.state == "waiting" else [f"not undone: {turn.text[:100]!r}"]
