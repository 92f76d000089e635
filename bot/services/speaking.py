"""What a flow talks through: what it may read, and what it may say and ask. The engine that runs it is in dialogue.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.asking import OFTEN, counted, digest
from bot.domain.conversation import Reason
from bot.domain.dialogue import Frame, Option, Parse, Part, Question
from bot.domain.hours import OpeningHours
from bot.domain.payloads import payload
from bot.domain.text import asking_part
from bot.domain.tone import Policies
from bot.responses import Responses
from bot.services.addresses import where_answered
from bot.services.open_turn import OpenTurn, Outcome, Saying
from bot.services.waiting import expectation
from bot.services.wording import moment_words

BUTTONS = 10
"""Options shown as buttons at most; the others can be named."""


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
    mails: bool = False
    """True when customers can be written to by e-mail."""


class Speaker:
    """A flow's view of the turn. It says things, it never sends them."""

    def __init__(
        self, turn: OpenTurn, parse: Parse, responses: Responses, policies: Policies, rules: ShopRules
    ) -> None:
        self.turn = turn
        self.parse = parse
        self.rules = rules
        self.state = turn.dialogue
        self.said: list[Saying] = []
        self.aside = False
        """True after a courtesy: the question it interrupted comes back in the same breath."""
        self.told_now: list[str] = []
        """The kinds of facts that this message told."""
        self._new: list[str] = []
        """Those of them that were not known."""
        self._done: list[str] = []
        """The flows that ended in this turn: something else has been answered."""
        self._responses = responses
        self._policies = policies
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
        for before in self.said:  # the same button twice in one turn is one, under what was said last
            before.buttons = [button for button in before.buttons if button not in titled]
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
        parts: Sequence[Part] = (),
        offered: int = BUTTONS,
        narrow: bool = False,
        default: Any = None,
        again: bool = False,
        **values: Any,
    ) -> Any:
        """The customer's answer under `key`, given earlier in this flow; else asks for it and ends the turn.

        The first `offered` options become buttons, further `buttons` come after them; `skip` is the response that
        titles a button for "no answer", which returns None. For `kind="fact"` the answer arrives as one of `facts` in
        the ledger; the flow looks there first. A key that depends on something else says so after a colon:
        `lines:100482`. `parts` are what a confirmation sums up: a reply that names another value changes it, and the
        flow asks for the yes again. `narrow` is a text of one kind. `default` answers for somebody to whom all are the
        same. `again` says that what is known turned out wrong.
        """
        if key in self.frame.answers:
            return self.frame.answers[key]
        if kind == "fact" and not again and (told := self.fact(key)) is not None:
            return told
        answered, others = self.frame.answers, [part for part in self.frame.choices if part.key != key]
        earlier = [replace(part, present=answered[part.key]) for part in others if part.key in answered]
        self.frame.choices = [*others, Part(key, list(options), None, many)] if kind == "choice" else others
        question = Question(
            key, kind, list(options), list(facts), many, skip is not None, list(parts), earlier, narrow, default
        )
        known = self.fact(question.entity) is not None and not again
        self.turn.questions.append({"key": question.entity, "redundant": known})
        shown = [(option.title, payload("inform", **{question.entity: option.value})) for option in options[:offered]]
        if kind == "yes_no" and not shown:
            shown = [("utter_button_yes", payload("affirm")), ("utter_button_no", payload("deny"))]
        shown += buttons
        if skip is not None:
            shown.append((skip, payload("inform", **{question.entity: None})))
        self.state.question = question
        asked = self._asked_again(question, response)
        if asked["times"] > OFTEN:
            await self.handoff(Reason.NOT_UNDERSTOOD)
        self.say(response, buttons=shown, cards=cards, **values)
        self._not_word_for_word(key, self.said[-1])
        self.state.asked |= asked
        raise Ask

    @property
    def asked_often(self) -> bool:
        """True if the open question, asked once more, would be asked too often."""
        return bool(self.state.asked.get("times", 0) >= OFTEN)

    def _asked_again(self, question: Question, response: str) -> dict[str, Any]:
        """The count of this question, whatever the flow and whatever came between."""
        told = bool(self._new) or self.parse.pressed or (bool(question.parts) and self.turn.answered)
        between = [digest("\n".join(said.text for said in self.said))] if self._done else []
        return counted(self.state.asked, question.key, [response, *between], told=told)

    def _not_word_for_word(self, key: str, said: Saying) -> None:
        """A question that was open before is not repeated as it was: only the sentence that asks."""
        now, before = digest(said.text), self.state.asked
        if before.get("text") == now and before.get("key") == key:
            shorter = f"utter_again_{key.partition(':')[0]}"
            said.text = self.text(shorter) if self.has(shorter) else asking_part(said.text)
            if self.aside:
                said.text = self.text("utter_back_to_question", question=said.text)
        elif self.aside:
            self.said.insert(len(self.said) - 1, Saying(self.text("utter_back_to_flow", flow=self.flow_name())))
        self.aside = False
        self.state.asked = {"key": key, "text": now}

    def flow_name(self) -> str:
        """What the flow in progress is called: "the return"."""
        return self.text(f"utter_flow_{self.frame.flow}")

    async def handoff(self, reason: Reason, response: str | None = None, *, done: bool = False, **values: Any) -> None:
        """Hand over to a human: say so, with when to expect an answer, and end the turn.

        `done` ends the flow too: there is nothing in it to go on with after the human.
        """
        if self.turn.outcome.kind == "handoff":  # another request of the same message has called one
            self.say(response or f"utter_handoff_{reason}", **values)
            if done:
                self.finish()
            raise Stop
        due = await expectation(self.session, self.rules.hours, self.now)
        when = moment_words(due.due_at, self.now, self.rules.hours.zone, self.language)
        opening = "utter_handoff_open" if due.open_now else "utter_handoff_closed"
        decline = "utter_button_no_need" if reason is Reason.NO_ANSWER else "utter_button_back_to_bot"
        self.say(response or f"utter_handoff_{reason}", **values)
        self.say(opening, buttons=[(decline, payload("back_to_bot"))], when=when, place=due.place)
        if not due.open_now and not self.turn.conversation.handoff:
            conversation, mails = self.turn.conversation, self.rules.mails
            if where := await where_answered(self.session, conversation, self.turn.ledger, mails=mails):
                self.say(where[0], email=where[1])
        self.state.asked = {}
        self.turn.promise("human_reply", due.due_at)
        self.turn.outcome = Outcome("handoff", reason)
        if done:
            self.finish()
        raise Stop

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

    def finish(self) -> None:
        """Take the flow off the stack: it is done."""
        done = self.state.stack.pop()
        self._done.append(done.flow)
        self.state.question = None
        if not self.state.stack:
            self.state.asked = {}  # the same question later is a new one, asked in full
        self.state.orders = [*(n for n in self.state.orders if n not in done.orders), *done.orders]

    def _title(self, title: str) -> str:
        return self.text(title) if title.startswith("utter_") else title
