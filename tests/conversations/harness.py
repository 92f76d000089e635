"""Whole conversations without a gateway: real turns, dialogue, actions, texts and sample shop; the NLU is a table."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import ActionExecutor
from sqlalchemy import select

from actions import ACTIONS
from actions.base import use_turns
from bot.domain.hours import OpeningHours
from bot.domain.payloads import parse_payload, payload
from bot.domain.tone import Policies
from bot.responses import Responses
from bot.services.bell import LocalBell
from bot.services.dialogue import ShopRules
from bot.services.inbox import clean_text, keep_account
from bot.services.policies import load_policies
from bot.services.turns import Turns
from bot.storage.database import Database
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Fact, Message, Promise, TurnRecord
from tests.databases import prepared_database
from tests.fakes import ROOT, FakeBrain, FakeClock

ENTITIES = set(yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["entities"])
HOURS = OpeningHours.parse("1-5 08:00-20:00, 6 10:00-16:00")


class TableBrain(FakeBrain):
    """The fake brain; `said` is the (intent, language, ranking) of the sentence that is about to come."""

    said: tuple[str, str | None, list[str]] | None = None
    text = ""
    clauses: dict[str, str] = {}
    """The intents of the message's clauses, where it holds several requests; what is not in it is understood as nothing."""

    async def parse(self, text: str, language: str) -> dict[str, Any]:
        parse = await super().parse(text, language)
        if self.said is not None:
            intent, spoken, ranking = self.said
            if self.clauses and text != self.text:
                intent = self.clauses.get(text, "nlu_fallback")
            parse["intent"] = {"name": intent, "confidence": 0.95 if intent != "nlu_fallback" else 0.3}
            parse["intent_ranking"] = [{"name": name, "confidence": 0.3} for name in [intent, *ranking]]
            parse["language"] = spoken or language
        return parse


@dataclass
class Reply:
    """What came back to one message of the customer."""

    messages: list[Message]
    buttons: list[Button]

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages)

    @property
    def titles(self) -> list[str]:
        return [button.title for button in self.buttons]

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [card for message in self.messages for card in message.cards]


@dataclass
class Talk:
    """One customer's conversation."""

    shop: Shop
    id: str
    replies: list[Reply] = field(default_factory=list)

    async def says(
        self,
        text: str,
        intent: str,
        *,
        language: str | None = None,
        ranking: tuple[str, ...] = (),
        clauses: dict[str, str] | None = None,
    ) -> Reply:
        """Write `text`, which the NLU takes for `intent`, and each of its `clauses` (bot.domain.clauses) for theirs."""
        self.shop.brain.said, self.shop.brain.text = (intent, language, list(ranking)), text
        self.shop.brain.clauses = clauses or {}
        return await self._sent(text, {})

    async def presses(self, title: str) -> Reply:
        """Press a button that still works."""
        async with self.shop.database.read() as session:
            query = select(Button).where(Button.conversation_id == self.id, Button.title == title, ~Button.expired)
            button = (await session.scalars(query.order_by(Button.message_id.desc()))).first()
        assert button is not None, f"no button {title!r}, there are {self.replies[-1].titles if self.replies else []}"
        self.shop.brain.said = None
        return await self._sent(title, {"button": button.id, "payload": button.payload})

    async def sends(self, name: str, caption: str = "", intent: str = "inform") -> Reply:
        """Send a file, with words beside it or none."""
        self.shop.brain.said, self.shop.brain.clauses = (intent, None, []) if caption else None, {}
        return await self._sent(caption or name, {} if caption else {"payload": payload("attachment")}, name)

    async def _sent(self, text: str, press: dict[str, Any], file: str = "") -> Reply:
        async with self.shop.database.write() as session:
            conversation = await session.get_one(Conversation, self.id, with_for_update=True)
            if not press:
                keep_account(conversation, text)
                text = clean_text(text)
            message = Message(
                conversation_id=self.id,
                external_id=secrets.token_hex(4),
                sender="customer",
                text=text,
                press=press,
                created_at=self.shop.clock.now(),
            )
            session.add(message)
            await session.flush()
            own = message.id
            if file:
                session.add(
                    Attachment(
                        id=secrets.token_hex(8),
                        conversation_id=self.id,
                        message_id=own,
                        name=file,
                        type="application/pdf" if file.endswith(".pdf") else "image/jpeg",
                        size=1,
                        created_at=self.shop.clock.now(),
                    )
                )
        await self.shop.turns.process(self.id)
        async with self.shop.database.read() as session:
            query = select(Message).where(Message.conversation_id == self.id, Message.id > own).order_by(Message.id)
            messages = list(await session.scalars(query))
            found = select(Button).where(Button.message_id.in_([m.id for m in messages]))
            buttons = list(await session.scalars(found.order_by(Button.message_id, Button.position)))
        self.replies.append(Reply(messages, buttons))
        unknown = {key for button in buttons for key in _entities(button.payload)} - ENTITIES
        assert not unknown, f"not in domain.yml: {unknown}"
        return self.replies[-1]

    async def row(self) -> Conversation:
        async with self.shop.database.read() as session:
            return await session.get_one(Conversation, self.id)

    async def records(self) -> list[TurnRecord]:
        async with self.shop.database.read() as session:
            query = select(TurnRecord).where(TurnRecord.conversation_id == self.id).order_by(TurnRecord.id)
            return list(await session.scalars(query))

    async def all(self, table: Any) -> list[Any]:
        """Every row of a table, whoever's."""
        async with self.shop.database.read() as session:
            return list(await session.scalars(select(table)))

    async def promises(self) -> list[str]:
        return [row.kind for row in await self.all(Promise) if row.conversation_id == self.id]

    async def facts(self) -> dict[str, str]:
        rows = [row for row in await self.all(Fact) if row.conversation_id == self.id and not row.superseded]
        return {row.key: row.value for row in rows}

    async def asked(self) -> list[str]:
        """The keys of all questions asked, in order."""
        return [question["key"] for record in await self.records() for question in record.questions]

    async def asked_twice(self) -> int:
        """Questions whose answer was known."""
        return sum(question["redundant"] for record in await self.records() for question in record.questions)


@dataclass
class Shop:
    database: Database
    clock: FakeClock
    brain: TableBrain
    turns: Turns
    responses: Responses

    async def talk(self, language: str = "pl", customer_id: str | None = None) -> Talk:
        now = self.clock.now()
        conversation_id = secrets.token_hex(8)
        async with self.database.write() as session:
            session.add(
                Conversation(
                    id=conversation_id, language=language, customer_id=customer_id, created_at=now, updated_at=now
                )
            )
            await session.flush()
            session.add(
                ChannelLink(
                    conversation_id=conversation_id, channel="web", address=secrets.token_hex(8), created_at=now
                )
            )
        return Talk(self, conversation_id)


@cache
def texts() -> tuple[Responses, Policies]:
    """Read once: files that no test changes."""
    return Responses(ROOT / "data" / "responses"), load_policies(ROOT / "data" / "policies.yml")


def _entities(payload: str) -> list[str]:
    return [entity["entity"] for entity in parse_payload(payload)["entities"]]


@asynccontextmanager
async def open_shop(folder: Path, *, refund_limit: int = 2000) -> AsyncIterator[Shop]:
    """The sample shop, with everything between an incoming message and its answer."""
    clock = FakeClock()
    database = Database(await prepared_database(folder, clock))
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action)
    brain = TableBrain(executor)
    responses, policies = texts()
    rules = ShopRules(HOURS, refund_limit, b"key of the tests")
    turns = Turns(database, brain, clock, responses, policies, rules, LocalBell())
    use_turns(turns)
    try:
        yield Shop(database, clock, brain, turns, responses)
    finally:
        await database.close()
