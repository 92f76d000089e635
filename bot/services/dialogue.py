"""Runs the flows of a turn: takes in what was told, finds out whether it answers the open question, asks the next one.

A flow is one async function, read top to bottom. It is run again from its first line at every turn; `ask` returns what
is known already and otherwise ends the turn with the question. So no flow can ask for what was told, a correction is
only another value, and a flow that interrupted another is popped when it returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.domain.answers import interpret, names_an_option
from bot.domain.conversation import Reason
from bot.domain.dialogue import Frame
from bot.domain.payloads import payload
from bot.domain.reactions import Reaction, reaction
from bot.services.flow_registry import ABOUT, COURTESIES, FLEETING, FLOWS, LISTENERS, flow
from bot.services.hearing import Hearer
from bot.services.open_turn import Outcome
from bot.services.reacting import explain, react
from bot.services.several import Waiting, answer_at_once, say_of_unsure
from bot.services.speaking import Ask, ShopRules, Stop

__all__ = ["ABOUT", "FLEETING", "FLOWS", "LISTENERS", "Ask", "Dialogue", "ShopRules", "Stop", "flow"]

MANY_ALREADY = 2
"""Turns not understood in a row that end with a human."""


class Dialogue(Hearer):
    """Runs the flows of one turn. One instance an action call."""

    async def switch(self, name: str, answers: dict[str, Any] | None = None) -> None:
        """Go on as another flow about the same order; the flow that calls this returns right after."""
        self.state.stack[-1] = Frame(name, dict(answers or {}), self.frame.text, self.frame.orders)
        await FLOWS[name](self)

    # What actions call

    async def start(self, name: str) -> None:
        """A message whose intent belongs to flow `name`: an answer to the open question, or the start of that flow."""
        await self._run(lambda: self._begin(name))

    async def proceed(self) -> None:
        """A bare value, a yes or a no: goes to the open question, or to the flow its facts are about."""
        await self._run(self._inform)

    async def not_understood(self) -> None:
        """The NLU is not sure. Its best guesses are offered; the second time in a row a human is called."""
        await self._run(self._guess)

    async def call_human(self, reason: Reason = Reason.ASKED) -> None:
        """Hand over now, whatever is under way; what the same sentence told is kept, and so is the flow."""
        if self.turn.taken:
            return
        if reason is Reason.FRUSTRATED and self.state.question and reaction(self.parse.text) is Reaction.TOLD:
            return await self.proceed()  # what they say they have told is looked up first
        question = self.state.question
        if reason is Reason.ASKED and question is not None and names_an_option(question, self.parse):
            self.parse = replace(self.parse, intent="inform")
            return await self.proceed()
        self._absorb()
        if self.state.stack and self._orders:
            self.frame.orders = self._orders
        with suppress(Ask, Stop):
            if self.parse.requests and reason is Reason.ASKED:
                self.turn.human = reason
                return await self._go_on()  # the other requests are answered first, where they can be
            self.turn.taken = True
            if reason is Reason.FRUSTRATED and self._policies.concern(self.parse.text):
                await self._watch_tone()
            await self.handoff(reason)

    async def stop(self) -> None:
        """Drop every flow in progress."""
        if self.parse.requests:
            return await self._run(self._drop_all)
        if self.state.stack and reaction(self.parse.text) is Reaction.OVER:
            return await self.proceed()
        question = self.state.question
        if question is not None and names_an_option(question, self.parse):
            self.parse = replace(self.parse, intent="inform")
            return await self.proceed()  # "I changed my mind" is a reason to send something back
        if question is not None and question.skippable and interpret(question, self.parse) is None:
            return await self.proceed()  # "skip that one" is about the question, not the whole
        if not self.state.stack and self.state.recent_writes(self.now):
            return await self._run(lambda: self.state.stack.append(self._frame("undo")))
        self._absorb()
        had = bool(self.state.stack)
        self._drop_all()
        self.say("utter_stopped" if had else "utter_nothing_to_stop")

    async def resume(self) -> None:
        """Go on with the flow that a human's work interrupted; the facts the agent changed are taken over."""
        number = self.turn.ledger.fact("order_number")
        if number is not None and number.source.get("kind") == "agent" and self.state.stack:
            self.frame.orders = [number.value]
        await self._run(lambda: None)

    # How it works

    async def _run(self, take_in: Callable[[], Any]) -> None:
        if self.turn.taken:
            return
        self._absorb()
        try:
            await self._watch_tone()
            take_in = await self._listen(take_in)
            result = take_in()
            if isinstance(result, Awaitable):
                await result
            if self.state.stack and self._orders and not self.turn.waiting:
                self.frame.orders = self._orders
            await self._go_on()
        except (Ask, Stop):
            self.turn.taken = True

    async def _go_on(self) -> None:
        """Run what is to be run once the whole message has been taken in."""
        if self.parse.more and not self.turn.taken:
            return
        waiting, reason = self.turn.waiting, self.turn.human
        if reason is None:
            await say_of_unsure(self)
        if not waiting and reason is None:
            return await self._run_stack()
        if self.turn.answered and self.state.stack:
            waiting.insert(0, Waiting(self.state.stack.pop(), self.parse))
        tried = await answer_at_once(self, waiting, self._run_flow)
        self.state.stack += reversed(tried.asking)
        if reason is not None:
            await self.handoff(reason)
        if tried.handed:
            self.said += tried.handed
            raise Stop
        names = [self.text(f"utter_flow_{frame.flow}") for frame in tried.asking or self.state.stack[-1:]]
        if len(names) > 1:
            self.say("utter_one_by_one", first=names[0], then=", ".join(names[1:]))
        elif names and not tried.asking:
            self.say("utter_back_to_flow", flow=names[0])
        await self._run_stack()

    async def _run_flow(self) -> None:
        await FLOWS[self.frame.flow](self)

    async def _run_stack(self) -> None:
        while self.state.stack:
            self.state.question = None
            await self._run_flow()
            self.aside = self.frame.flow in COURTESIES
            self.finish()
            if self.state.stack and not self.aside:
                self.say("utter_back_to_flow", flow=self.flow_name())
        self.state.question = None

    async def _listen(self, take_in: Callable[[], Any]) -> Callable[[], Any]:
        """What is to be done with the message: `take_in`, unless its words say something else, whatever the intent."""
        understood = self.parse
        if self._takes_whole() or self._takes_back() or await react(self) or await self._heard():
            return lambda: None
        return take_in if self.parse is understood else self._inform

    async def _heard(self) -> bool:
        """True if a listener knew what the words point at: that flow is next then."""
        for listener in () if self.parse.pressed else LISTENERS:
            name = await listener(self)
            if name is not None:
                self._begin(name)
                return True
        return False

    def _begin(self, name: str) -> None:
        answers = not self.parse.pressed or self.parse.intent == "attachment"
        lead = self.parse.before
        led = lead is not None and self._answers_question(lead)
        if answers and not led and self._answers_question():
            return
        self.state.question = None
        # Also when it is the same flow: another question about products is not the answer to the last one.
        self.state.stack = [frame for frame in self.state.stack if frame.flow not in FLEETING]
        mine = next((frame for frame in self.state.stack if frame.flow == name), None)
        if mine is not None:
            self.state.stack.remove(mine)
        frame = mine or self._frame(name)
        if not led and not self.parse.requests:
            return self.state.stack.append(frame)
        frame.orders = self._orders or frame.orders
        self.turn.waiting.append(Waiting(frame, self.parse))

    async def _inform(self) -> None:
        if self._answers_question() or (self.told_now and self.state.stack):
            return  # an answer, or a correction: the flow runs again with the new value
        pressed = [key for key, _ in self.parse.entities] if self.parse.pressed else []
        about = next((name for key, name in ABOUT.items() if key in [*self.told_now, *pressed]), None)
        if about is not None:
            self.state.stack.append(self._frame(about))
        elif self.told_now:
            self.say("utter_noted")
        elif self.state.question is not None or self.parse.intent not in ("affirm", "deny"):
            await self._guess()
        elif self.parse.intent == "deny" or not self.state.stack:
            undo = [
                ("utter_button_undo", payload("inform", undo=what)) for what in self.state.recent_writes(self.now)[-1:]
            ]
            self.say("utter_anything_else", buttons=undo)
            raise Ask

    async def _guess(self) -> None:
        if self._answers_question():
            return
        if self.told_now:
            return await self._inform()
        self.turn.outcome = Outcome("not_understood")
        if self._frustrated() or self.turn.conversation.failures + 1 >= MANY_ALREADY:
            await self.handoff(Reason.NOT_UNDERSTOOD)
        if self.state.stack and self.state.question is not None:
            # And the question is asked again, with its buttons.
            return await explain(self, self.state.question, "utter_not_an_answer")
        guesses = [name for name, _ in self.parse.ranking if self._responses.has(f"utter_guess_{name}")][:3]
        buttons = [(f"utter_guess_{name}", payload(name)) for name in guesses]
        self.say(
            "utter_did_you_mean" if buttons else "utter_rephrase",
            buttons=[*buttons, ("utter_button_human", payload("request_human"))],
        )
        raise Ask
