"""What a dialogue takes in of a message: the facts in it, its tone, and what it says to the open question."""

from __future__ import annotations

from bot.domain.answers import NO_ANSWER, changed, interpret, orders_told
from bot.domain.conversation import Reason
from bot.domain.dialogue import Frame, Parse
from bot.domain.facts import told
from bot.domain.tone import Policies, is_bare_abuse
from bot.domain.undoing import Wish, taking_back
from bot.responses import Responses
from bot.services.open_turn import OpenTurn
from bot.services.speaking import Ask, ShopRules, Speaker

URGENT = {"request_human", "express_frustration", "stop_flow"}
"""What counts wherever in a message it is said."""


class Hearer(Speaker):
    """What the engine knows of this turn's message, beside what flows see."""

    def __init__(
        self, turn: OpenTurn, parse: Parse, responses: Responses, policies: Policies, rules: ShopRules
    ) -> None:
        super().__init__(turn, parse, responses, policies, rules)
        self._orders: list[str] = []

    def _absorb(self) -> None:
        """Entities of any message go to the ledger, whatever the message was about."""
        self._orders = orders_told(self.parse)
        self.turn.absorbed = True
        for key, value in told(list(self.parse.entities)):
            if key == "order_number" and value not in self._orders:
                continue
            self.told_now.append(key)
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

    def _answers_question(self, parse: Parse | None = None) -> bool:
        question, parse = self.state.question, parse or self.parse
        if question is None or not self.state.stack or self.turn.answered:
            return False
        if changes := changed(question, parse):
            self.frame.answers |= changes
        else:
            value = interpret(question, parse)
            if value is NO_ANSWER and (question.kind != "fact" or not {*question.facts} & {*self.told_now}):
                return False
            # "No, it's 100483" is a correction, not a no.
            if value is not NO_ANSWER and (value is not False or not self._new):
                self.frame.answers[question.key] = value
        self.turn.answered = True
        return True

    def _takes_whole(self) -> bool:
        """True if a message that seems to hold several requests is, as a whole, the free text that was asked for."""
        question = self.state.question
        if not self.parse.requests or question is None or question.kind != "text" or not self.state.stack:
            return False
        if self.parse.whole.rstrip().endswith("?") or URGENT & set(self.parse.requests):
            return False
        self.frame.answers[question.key] = self.parse.whole.strip()
        self.turn.taken = True
        return True

    def _takes_back(self) -> bool:
        """True if the message takes back what was written a moment ago: the flow that undoes it is next then."""
        if self.parse.pressed or not self.state.recent_writes(self.now):
            return False
        wish, busy = taking_back(self.parse.text), bool(self.state.stack)
        if wish is None or (busy and wish is not Wish.PLAIN):
            return False
        if not busy or self.frame.flow != "undo":
            self.state.stack.append(self._frame("undo"))
        self.state.question = None
        self.frame.text = self.parse.text
        return True

    def _drop_all(self) -> None:
        self.state.stack.clear()
        self.state.question = None

    def _frame(self, name: str) -> Frame:
        number = self.turn.ledger.fact("order_number")
        on_page = [number.value] if number is not None and number.source.get("kind") == "page" else []
        beside = self.parse.unsure.text if self.parse.unsure else ""
        said = self.parse.text.replace(beside, "").strip() if beside else self.parse.text
        return Frame(name, text="" if self.parse.pressed else said, orders=on_page)

    def _frustrated(self) -> bool:
        """True for somebody who has sworn here, or whose words look most of all like anger: one failure is enough."""
        best = [name for name, _ in self.parse.ranking if name != "nlu_fallback"][:1]
        return self.state.abuse > 0 or best == ["express_frustration"]
