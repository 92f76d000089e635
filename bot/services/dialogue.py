"""Runs the flows of a turn: takes in what was told, finds out whether it answers the open question, asks the next one.

A flow is one async function, read top to bottom. It is run again from its first line at every turn; `ask` returns what
is known already and otherwise ends the turn with the question. So no flow can ask for what was told, a correction is
only another value, and a flow that interrupted another is popped when it returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Reason
from bot.domain.dialogue import NO_ANSWER, Frame, Option, Parse, Question, interpret, orders_told
from bot.domain.facts import told
from bot.domain.hours import OpeningHours
from bot.domain.payloads import payload
from bot.domain.tone import Policies, is_bare_abuse
from bot.responses import Responses
from bot.services.open_turn import OpenTurn, Outcome, Saying
from bot.services.waiting import expectation
from bot.services.wording import moment_words

BUTTONS = 10
"""Options shown as buttons at most; the others can be named."""
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
    return_days: int = 0
    """Days to return sound goods; 0 leaves them to the shop's profile."""
    address: str = ""
    """Where customers reach the gateway: pictures and pages of its own are given with it."""


Flow = Callable[["Dialogue"], Awaitable[None]]
FLOWS: dict[str, Flow] = {}
ABOUT = {
    "order_number": "order_status",
    "return_number": "refund_status",
    "complaint_number": "complaint_status",
    "nip": "invoice",
    "article": "knowledge",
}
"""The flow a bare value is about when nothing was asked; the last one comes from a button."""


FLEETING: set[str] = set()
"""Flows that are dropped, not gone back to, when something else comes up: somebody looking around in the shop."""


def flow(name: str, *, fleeting: bool = False) -> Callable[[Flow], Flow]:
    """Register a flow under the name its action starts it by."""

    def register(function: Flow) -> Flow:
        FLOWS[name] = function
        if fleeting:
            FLEETING.add(name)
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
        self._told: list[str] = []
        self._new: list[str] = []
        self._orders: list[str] = []
        turn.language = parse.language or turn.language

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

    def has(self, response: str) -> bool:
        """True if the catalogue has a text of that name."""
        return self._responses.has(response)

    # What flows do

    def say(
        self,
        response: str,
        *,
        buttons: Sequence[tuple[str, str]] = (),
        cards: Sequence[dict[str, Any]] = (),
        **values: Any,
    ) -> None:
        """Say a text of the catalogue. `buttons`, (response name or title, payload), come after the text's own."""
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
        buttons: Sequence[tuple[str, str]] = (),
        cards: Sequence[dict[str, Any]] = (),
        **values: Any,
    ) -> Any:
        """The customer's answer under `key`, given earlier in this flow; else asks for it and ends the turn.

        `options` become buttons, further `buttons` come after them; `skip` is the response that titles a button for
        "no answer", which returns None. For `kind="fact"` the answer arrives as one of `facts` in the ledger; the flow
        looks there first. A key that depends on something else says so after a colon: `lines:100482`.
        """
        if key in self.frame.answers:
            return self.frame.answers[key]
        question = Question(key, kind, list(options), list(facts), many, skip is not None)
        redundant = kind != "fact" and self.fact(question.entity) is not None
        self.turn.questions.append({"key": question.entity, "redundant": redundant})
        shown = [(option.title, payload("inform", **{question.entity: option.value})) for option in options[:BUTTONS]]
        if kind == "yes_no" and not shown:
            shown = [("utter_button_yes", payload("affirm")), ("utter_button_no", payload("deny"))]
        shown += buttons
        if skip is not None:
            shown.append((skip, payload("inform", **{question.entity: None})))
        self.state.question = question
        self.say(response, buttons=shown, cards=cards, **values)
        raise Ask

    async def handoff(self, reason: Reason, response: str | None = None, *, done: bool = False, **values: Any) -> None:
        """Hand over to a human: say so, with when to expect an answer, and end the turn.

        `done` ends the flow too: there is nothing in it to go on with after the human.
        """
        due = await expectation(self.session, self.rules.hours, self.now)
        when = moment_words(due.due_at, self.now, self.rules.hours.zone, self.language)
        opening = "utter_handoff_open" if due.open_now else "utter_handoff_closed"
        decline = "utter_button_no_need" if reason is Reason.NO_ANSWER else "utter_button_back_to_bot"
        self.say(response or f"utter_handoff_{reason}", **values)
        self.say(opening, buttons=[(decline, payload("back_to_bot"))], when=when, place=due.place)
        if not due.open_now and self.fact("email") is None and not self.turn.conversation.handoff:
            self.say("utter_handoff_leave_email")
        self.turn.promise("human_reply", due.due_at)
        self.turn.outcome = Outcome("handoff", reason)
        if done:
            self._finish()
        raise Stop

    async def switch(self, name: str, answers: dict[str, Any] | None = None) -> None:
        """Go on as another flow about the same order; the flow that calls this returns right after."""
        self.state.stack[-1] = Frame(name, dict(answers or {}), self.frame.text, self.frame.orders)
        await FLOWS[name](self)

    def answer(self, key: str, value: Any) -> None:
        """Note an answer of this flow without asking."""
        self.frame.answers[key] = value

    def drop(self, *keys: str) -> None:
        """Forget answers of this flow, so that they are asked for again."""
        for key in keys:
            self.frame.answers.pop(key, None)

    def leave(self) -> NoReturn:
        """End the turn without a question; what was being done stays as it is."""
        raise Ask

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
        self._absorb()
        if self.state.stack and self._orders:
            self.frame.orders = self._orders
        with suppress(Stop):
            if reason is Reason.FRUSTRATED and self._policies.concern(self.parse.text):
                await self._watch_tone()
            await self.handoff(reason)

    async def stop(self) -> None:
        """Drop every flow in progress."""
        question = self.state.question
        if question is not None and question.skippable and interpret(question, self.parse) is None:
            return await self.proceed()  # "skip that one" is about the question, not the whole
        self._absorb()
        had = bool(self.state.stack)
        self.state.stack.clear()
        self.state.question = None
        self.say("utter_stopped" if had else "utter_nothing_to_stop")

    async def resume(self) -> None:
        """Go on with the flow that a human's work interrupted; the facts the agent changed are taken over."""
        number = self.turn.ledger.fact("order_number")
        if number is not None and number.source.get("kind") == "agent" and self.state.stack:
            self.frame.orders = [number.value]
        await self._run(lambda: None)

    # How it works

    async def _run(self, take_in: Callable[[], Any]) -> None:
        self._absorb()
        try:
            await self._watch_tone()
            result = take_in()
            if isinstance(result, Awaitable):
                await result
            if self.state.stack and self._orders:
                self.frame.orders = self._orders
            await self._run_stack()
        except (Ask, Stop):
            pass

    def _absorb(self) -> None:
        """Entities of any message go to the ledger, whatever the message was about."""
        self._orders = orders_told(self.parse)
        self.turn.absorbed = True
        for key, value in told(list(self.parse.entities)):
            if key == "order_number" and value not in self._orders:
                continue
            self._told.append(key)
            if self.fact(key) != value:
                self._new.append(key)
            self.turn.ledger.note(key, value, self.turn.source())

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
            special = f"utter_concern_{concern}"
            await self.handoff(Reason.POLICY, special if self.has(special) else None)

    async def _run_stack(self) -> None:
        while self.state.stack:
            self.state.question = None
            await FLOWS[self.frame.flow](self)
            self._finish()
            if self.state.stack:
                self.say("utter_back_to_flow", flow=self.text(f"utter_flow_{self.frame.flow}"))
        self.state.question = None

    def _finish(self) -> None:
        done = self.state.stack.pop()
        self.state.question = None
        self.state.orders = [*(n for n in self.state.orders if n not in done.orders), *done.orders]

    def _answers_question(self) -> bool:
        question = self.state.question
        if question is None or not self.state.stack:
            return False
        value = interpret(question, self.parse)
        if value is NO_ANSWER:
            return question.kind == "fact" and any(key in question.facts for key in self._told)
        if value is not False or not self._new:  # "no, it's 100483" is a correction, not a no
            self.frame.answers[question.key] = value
        return True

    def _begin(self, name: str) -> None:
        if not self.parse.pressed and self._answers_question():
            return
        self.state.question = None
        # Also when it is the same flow: another question about products is not the answer to the last one.
        self.state.stack = [frame for frame in self.state.stack if frame.flow not in FLEETING]
        mine = next((frame for frame in self.state.stack if frame.flow == name), None)
        if mine is not None:
            self.state.stack.remove(mine)
        self.state.stack.append(mine or self._frame(name))

    def _frame(self, name: str) -> Frame:
        number = self.turn.ledger.fact("order_number")
        on_page = [number.value] if number is not None and number.source.get("kind") == "page" else []
        return Frame(name, text="" if self.parse.pressed else self.parse.text, orders=on_page)

    async def _inform(self) -> None:
        if self._answers_question() or (self._told and self.state.stack):
            return  # an answer, or a correction: the flow runs again with the new value
        pressed = [key for key, _ in self.parse.entities] if self.parse.pressed else []
        about = next((name for key, name in ABOUT.items() if key in [*self._told, *pressed]), None)
        if about is not None:
            self.state.stack.append(self._frame(about))
        elif self._told:
            self.say("utter_noted")
        elif self.state.question is not None or self.parse.intent not in ("affirm", "deny"):
            await self._guess()
        elif self.parse.intent == "deny" or not self.state.stack:
            self.say("utter_anything_else")
            raise Ask

    async def _guess(self) -> None:
        if self._answers_question():
            return
        if self._told:
            return await self._inform()
        self.turn.outcome = Outcome("not_understood")
        if self._frustrated() or self.turn.conversation.failures + 1 >= MANY_ALREADY:
            await self.handoff(Reason.NOT_UNDERSTOOD)
        if self.state.stack and self.state.question is not None:
            return self.say("utter_not_an_answer")  # and the question is asked again, with its buttons
        guesses = [name for name, _ in self.parse.ranking if self._responses.has(f"utter_guess_{name}")][:3]
        buttons = [(f"utter_guess_{name}", payload(name)) for name in guesses]
        self.say(
            "utter_did_you_mean" if buttons else "utter_rephrase",
            buttons=[*buttons, ("utter_button_human", payload("request_human"))],
        )
        raise Ask

    def _frustrated(self) -> bool:
        """True for somebody who has sworn here, or whose words look most of all like anger: one failure is enough."""
        best = [name for name, _ in self.parse.ranking if name != "nlu_fallback"][:1]
        return self.state.abuse > 0 or best == ["express_frustration"]

    def _title(self, title: str) -> str:
        return self.text(title) if title.startswith("utter_") else title
