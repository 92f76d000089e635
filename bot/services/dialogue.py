"""Runs the flows of a turn: takes in what was told, finds out whether it answers the open question, asks the next one.

A flow is one async function, read top to bottom. It is run again from its first line at every turn; `ask` returns what is
known already and otherwise ends the turn with the question. So no flow can ask for what was told, a correction is only
another value, and a flow that interrupted another is popped when it returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Reason
from bot.domain.dialogue import NO_ANSWER, Frame, Option, Parse, Question, interpret
from bot.domain.facts import told
from bot.domain.hours import OpeningHours
from bot.domain.payloads import payload
from bot.domain.tone import Policies, is_bare_abuse
from bot.responses import Responses
from bot.services.open_turn import OpenTurn, Outcome, Saying
from bot.services.waiting import expectation
from bot.services.wording import moment_words

MANY_ALREADY = 2
"""Turns not understood in a row that end with a human."""


class Ask(Exception):
    """Ends the turn: the question has been said and is now open."""


class Stop(Exception):
    """Ends the turn with a handoff: the flow stays where it is, to go on after the human."""


@dataclass(frozen=True)
class ShopRules:
    """What the flows need to know of the shop's ways that is not in its data."""

    hours: OpeningHours
    refund_limit: int
    """A refund above this many PLN is decided by a human."""
    address_key: bytes
    """Key for the hashes of tried e-mails and phones."""


Flow = Callable[["Dialogue"], Awaitable[None]]
FLOWS: dict[str, Flow] = {}


def flow(name: str) -> Callable[[Flow], Flow]:
    """Register a flow under the name its action starts it by."""

    def register(function: Flow) -> Flow:
        FLOWS[name] = function
        return function

    return register


class Dialogue:
    """What a flow talks through. One instance an action call; it says things, it never sends them."""

    def __init__(
        self, turn: OpenTurn, parse: Parse, responses: Responses, policies: Policies, rules: ShopRules
    ) -> None:
        self.turn = turn
        self.parse = parse
        self.rules = rules
        self.state = turn.dialogue
        self.said: list[Saying] = []
        self._responses = responses
        self._policies = policies

    # What flows read

    @property
    def session(self) -> AsyncSession:
        return self.turn.session

    @property
    def now(self) -> dt.datetime:
        return self.turn.now

    @property
    def today(self) -> dt.date:
        return self.turn.now.astimezone(self.rules.hours.zone).date()

    @property
    def language(self) -> str:
        return self.turn.language

    @property
    def customer_id(self) -> str | None:
        """The customer this conversation's person has proved to be."""
        return self.turn.conversation.customer_id

    @property
    def frame(self) -> Frame:
        return self.state.stack[-1]

    def fact(self, key: str) -> str | None:
        return self.turn.ledger.get(key)

    def text(self, response: str, **values: Any) -> str:
        return self._responses.text(response, self.language, **values)

    # What flows do

    def say(
        self,
        response: str,
        *,
        buttons: Sequence[tuple[str, str]] = (),
        cards: Sequence[dict[str, Any]] = (),
        **values: Any,
    ) -> None:
        """Say a text of the catalogue. `buttons` are (response name or title, payload) and come after the text's own."""
        rendered = self._responses.render(response, self.language, **values)
        titled = [(self._title(title), meaning) for title, meaning in buttons]
        self.said.append(Saying(rendered.text, [*rendered.buttons, *titled], list(cards)))

    async def ask(
        self,
        key: str,
        response: str,
        *,
        kind: str = "text",
        options: Sequence[Option] = (),
        facts: Sequence[str] = (),
        many: bool = False,
        skip: str | None = None,
        **values: Any,
    ) -> Any:
        """The customer's answer under `key`, given earlier in this flow; else asks for it and ends the turn.

        `options` become buttons; `skip` is the response that titles a button for "no answer", which returns None.
        For `kind="fact"` the answer arrives as one of `facts` in the ledger; the flow looks there first.
        """
        if key in self.frame.answers:
            return self.frame.answers[key]
        redundant = kind != "fact" and self.fact(key) is not None
        self.turn.questions.append({"key": key, "redundant": redundant})
        buttons = [(option.title, payload("inform", **{key: option.value})) for option in options]
        if kind == "yes_no":
            buttons = [("utter_button_yes", payload("affirm")), ("utter_button_no", payload("deny"))]
        if skip is not None:
            buttons.append((skip, payload("inform", **{key: None})))
        self.state.question = Question(key, kind, list(options), list(facts), many)
        self.say(response, buttons=buttons, **values)
        raise Ask

    async def handoff(self, reason: Reason, response: str | None = None, **values: Any) -> None:
        """Hand over to a human: say so, with when to expect an answer, and end the turn."""
        due = await expectation(self.session, self.rules.hours, self.now)
        when = moment_words(due.due_at, self.now, self.rules.hours.zone, self.language)
        opening = "utter_handoff_open" if due.open_now else "utter_handoff_closed"
        self.say(response or f"utter_handoff_{reason}", **values)
        self.say(opening, buttons=[("utter_button_back_to_bot", "/back_to_bot")], when=when, place=due.place)
        self.turn.promise("human_reply", due.due_at)
        self.turn.outcome = Outcome("handoff", reason)
        raise Stop

    def answer(self, key: str, value: Any) -> None:
        """Note an answer of this flow without asking."""
        self.frame.answers[key] = value

    def drop(self, *keys: str) -> None:
        """Forget answers of this flow, so that they are asked for again."""
        for key in keys:
            self.frame.answers.pop(key, None)

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

    async def stop(self) -> None:
        """Drop every flow in progress."""
        had = bool(self.state.stack)
        self.state.stack.clear()
        self.state.question = None
        self.say("utter_stopped" if had else "utter_nothing_to_stop")

    async def resume(self) -> None:
        """Go on with the flow that a human's work interrupted; facts may have changed."""
        self.state.question = None
        await self._run(lambda: None)

    # How it works

    async def _run(self, take_in: Callable[[], Any]) -> None:
        before = self._absorb()
        try:
            await self._watch_tone()
            self._new_facts = before
            result = take_in()
            if isinstance(result, Awaitable):
                await result
            await self._run_stack()
        except (Ask, Stop):
            pass

    def _absorb(self) -> list[str]:
        """Entities of any message go to the ledger, whatever the message was about; returns the keys that are new."""
        new = []
        for key, value in told(list(self.parse.entities)):
            if self.fact(key) != value:
                new.append(key)
            self.turn.ledger.note(key, value, self.turn.source())
        return new

    async def _watch_tone(self) -> None:
        if self.parse.pressed:
            return
        if is_bare_abuse(self.parse.text, self._policies):
            self.state.abuse += 1
            if self.state.abuse >= 2:
                await self.handoff(Reason.FRUSTRATED)
            self.say("utter_courtesy")
            raise Ask
        concern = self._policies.concern(self.parse.text)
        if concern is not None:
            self.turn.looked_up("policy", concern)
            await self.handoff(Reason.POLICY)

    async def _run_stack(self) -> None:
        while self.state.stack:
            self.state.question = None
            await FLOWS[self.frame.flow](self)
            self.state.stack.pop()
            if self.state.stack:
                self.say("utter_back_to_flow", flow=self.text(f"utter_flow_{self.frame.flow}"))
        self.state.question = None

    def _answers_question(self) -> bool:
        question = self.state.question
        if question is None or not self.state.stack:
            return False
        value = interpret(question, self.parse)
        if value is not NO_ANSWER:
            self.frame.answers[question.key] = value
            return True
        return question.kind == "fact" and any(key in question.facts for key in self._new_facts)

    def _begin(self, name: str) -> None:
        if not self.parse.pressed and self._answers_question():
            return
        self.state.question = None
        mine = next((frame for frame in self.state.stack if frame.flow == name), None)
        if mine is not None:
            self.state.stack.remove(mine)
        self.state.stack.append(mine or Frame(name))

    async def _inform(self) -> None:
        if self._answers_question():
            return
        if self._new_facts and self.state.stack:
            return  # a correction: the flow runs again with the new value
        if "order_number" in self._new_facts:
            self.state.stack.append(Frame("order_status"))
            return
        if self.state.stack and self.state.question is not None:
            await self._guess()
        elif self.parse.intent in ("affirm", "deny"):
            self.say("utter_anything_else")
        else:
            self.state.stack.append(Frame("product_info"))

    async def _guess(self) -> None:
        if self._answers_question():
            return
        if self._new_facts and (self.state.stack or "order_number" in self._new_facts):
            return await self._inform()
        self.turn.outcome = Outcome("not_understood")
        if self.turn.conversation.failures + 1 >= MANY_ALREADY:
            await self.handoff(Reason.NOT_UNDERSTOOD)
        guesses = [name for name, _ in self.parse.ranking if self._responses.has(f"utter_guess_{name}")][:3]
        if self.state.stack:
            self.say("utter_not_an_answer")
            return
        buttons = [(f"utter_guess_{name}", payload(name)) for name in guesses]
        self.say(
            "utter_did_you_mean" if buttons else "utter_rephrase",
            buttons=[*buttons, ("utter_button_human", payload("request_human"))],
        )

    def _title(self, title: str) -> str:
        return self.text(title) if title.startswith("utter_") else title
