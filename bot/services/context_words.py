"""The handoff in the agent's own language: why, what they want, what was tried, where it stands, what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import State
from bot.domain.dialogue import DialogueState
from bot.domain.hours import SHOP_ZONE
from bot.responses import Responses
from bot.services.context_shop import ShopSide
from bot.services.wording import day_words, moment_words
from bot.shop.days import local_day
from bot.shop.knowledge import search_articles
from bot.storage.tables import Conversation, TurnRecord

QUOTE = 160
LOOKUPS = 4
DRAFTS = 2
LATE_CODES = {"lost": "parcel_lost"}


@dataclass(frozen=True)
class Known:
    """What the words are made of."""

    conversation: Conversation
    dialogue: DialogueState
    turns: Sequence[TurnRecord]
    messages: Sequence[dict[str, Any]]
    shop: ShopSide
    promised: dt.datetime | None
    now: dt.datetime
    proven: str | None = None
    """The order the customer proved to be theirs, where who they are is not known."""


class Words:
    """Texts of `data/responses/desk.yml` in the language of whoever reads them."""

    def __init__(self, responses: Responses, language: str) -> None:
        self._responses = responses
        self.language = language

    def say(self, name: str, **values: Any) -> str:
        return self._responses.text(f"utter_desk_{name}", self.language, **values)

    def maybe(self, name: str, **values: Any) -> str | None:
        return self.say(name, **values) if self._responses.has(f"utter_desk_{name}") else None

    def reason(self, conversation: Conversation) -> dict[str, Any]:
        """Code, one line, and the message that triggered it; no code while nobody called a human."""
        handoff = conversation.handoff
        at_work = conversation.state in (State.WAITING, State.ASSIGNED, State.SNOOZED)
        code = handoff.get("reason") if at_work else None
        message = {"id": handoff.get("message_id"), "text": handoff.get("text", "")} if code else None
        text = self.maybe(f"reason_{code or 'none'}") or str(code)
        return {"code": code, "text": text, "message": message, "at": handoff.get("at") if code else None}

    def summary(self, known: Known) -> list[dict[str, str]]:
        """Four parts, in the order they are read."""
        answers = sum(turn.outcome.get("kind") == "answered" for turn in known.turns)
        tried = "; ".join(self._looked_up(known.turns)) or self.say("tried_nothing")
        parts = {
            "wants": self.say("wants", what=self._wants(known)),
            "tried": self.say("tried", answers=answers, what=tried),
            "stands": self.say("stands", what="; ".join(self._stands(known))),
            "open": self.say("open", what="; ".join(self._open(known)) or self.say("open_nothing")),
        }
        return [{"part": part, "text": text} for part, text in parts.items()]

    def _wants(self, known: Known) -> str:
        """Flow in progress, else the last intent that is a wish, with the customer's own words."""
        topics = []
        for frame in reversed(known.dialogue.stack):
            name = f"utter_flow_{frame.flow}"
            if self._responses.has(name):
                topics.append(self._responses.text(name, self.language))
        intent = next((t.intent for t in reversed(known.turns) if t.intent and self._names(t.intent)), None)
        if not topics and intent:
            topics.append(self.say(f"want_{intent}"))
        quoted = known.conversation.handoff.get("text") or _last_words(known.messages)
        if quoted:
            topics.append(self.say("wants_words", text=_cut(quoted)))
        return " – ".join(topics) or self.say("wants_unknown")

    def _names(self, intent: str) -> bool:
        return self._responses.has(f"utter_desk_want_{intent}")

    def _looked_up(self, turns: Sequence[TurnRecord]) -> list[str]:
        found: dict[str, None] = {}
        for turn in turns:
            for lookup in turn.lookups:
                what, result = str(lookup.get("what", "")), str(lookup.get("result", ""))
                line = f"{self.maybe(f'lookup_{what}') or what.replace('_', ' ')}: {self.result(result)}"
                found.pop(line, None)  # the newest result of a look-up comes last
                found[line] = None
            if turn.error:
                found[self.say("lookup_failed")] = None
        return list(found)[-LOOKUPS:]

    def result(self, found: str) -> str:
        """What a look-up found, its codes in words: "100311: shipped, late" → "100311: w drodze, spóźnione"."""
        subject, colon, codes = found.rpartition(": ")
        return subject + colon + ", ".join(self._code(code) for code in codes.split(", "))

    def _code(self, code: str) -> str:
        name = code.replace(" ", "_")
        return self.maybe(f"result_{name}") or self.maybe(f"status_{name}") or code

    def _stands(self, known: Known) -> list[str]:
        pieces = []
        for order in known.shop.orders[:1]:
            status = self.maybe(f"status_{order['status']}") or order["status"]
            pieces.append(self.say("stands_order", number=order["number"], status=status))
        for case in known.shop.cases:
            if case["open"] and case["due_on"]:
                due = self._day(case["due_on"], known)
                pieces.append(self.say(f"stands_{case['kind']}", number=case["number"], due=due))
        if known.conversation.customer_id is None:
            pieces.append(self.say("proven", number=known.proven) if known.proven else self.say("unverified"))
        return pieces if known.shop.orders else [self.say("stands_nothing"), *pieces]

    def _open(self, known: Known) -> list[str]:
        pieces = []
        words = _unanswered(known.messages, known.turns)
        if words:
            pieces.append(self.say("open_words", text=_cut(words)))
        question = known.dialogue.question
        if question is not None:
            keys = question.facts or [question.key]
            names = [self.maybe(f"fact_{key}") or key.replace("_", " ") for key in keys]
            pieces.append(self.say("open_question", what=", ".join(names)))
        if known.promised is not None:
            when = moment_words(known.promised, known.now, SHOP_ZONE, self.language)
            pieces.append(self.say("open_promise", when=when))
        return pieces

    async def suggestions(self, session: AsyncSession, known: Known) -> list[dict[str, Any]]:
        """Next actions in the agent's language; drafts in the customer's, because they are sent to them."""
        actions = [text for text in self._actions(known) if text]
        found: list[dict[str, Any]] = [{"kind": "action", "text": text} for text in dict.fromkeys(actions)]
        language = known.conversation.language
        asked = known.conversation.handoff.get("text") or _last_words(known.messages)
        for hit in await search_articles(session, asked, language, DRAFTS) if asked.strip() else ():
            article = hit.article
            found.append({"kind": "article", "title": article.title, "text": article.summary, "slug": article.slug})
        canned = sorted(name for name in self._responses.names() if name.startswith("utter_desk_canned_"))
        found += [{"kind": "canned", "text": self._responses.text(name, language)} for name in canned]
        return found

    def _actions(self, known: Known) -> list[str | None]:
        reason = self.reason(known.conversation)["code"]
        actions = [self.maybe(f"do_{reason}")] if reason else []
        for order in known.shop.orders[:1]:
            if order["late"]:
                name = LATE_CODES.get(order["status"], "order_late")
                actions.append(self.maybe(f"do_{name}", number=order["number"]))
        for case in known.shop.cases:
            if case["kind"] == "complaint" and case["open"] and case["due_on"]:
                due = self._day(case["due_on"], known)
                actions.append(self.maybe("do_legal_due", number=case["number"], due=due))
        actions += [self.maybe(f"do_{turn.intent}") for turn in list(known.turns)[-3:] if turn.intent]
        return actions

    def _day(self, day: str, known: Known) -> str:
        return day_words(dt.date.fromisoformat(day), local_day(known.now), self.language)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= QUOTE else text[: QUOTE - 1].rstrip() + "…"


def _last_words(messages: Sequence[dict[str, Any]]) -> str:
    return next((str(m["text"]) for m in reversed(messages) if m["sender"] == "customer" and m["text"]), "")


def _unanswered(messages: Sequence[dict[str, Any]], turns: Sequence[TurnRecord]) -> str:
    """What the customer said that neither the bot nor, since then, an agent has answered."""
    by_bot = {number for turn in turns if turn.outcome.get("kind") == "answered" for number in turn.message_ids}
    said: list[str] = []
    for message in reversed(messages):
        if message["sender"] == "agent" and message["kind"] != "note":
            break
        if message["sender"] == "customer" and message["text"] and message["id"] not in by_bot:
            said.append(str(message["text"]))
            if len(said) == 3:
                break
    return " / ".join(reversed(said))
