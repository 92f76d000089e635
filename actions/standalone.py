"""Turns without a gateway, for `rasa run actions` and `rasa shell`: each action call is a turn of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.dialogue import DialogueState, Parse
from bot.responses import Responses
from bot.services.dialogue import Dialogue, ShopRules
from bot.services.ledger import load_ledger
from bot.services.open_turn import OpenTurn
from bot.services.policies import load_policies
from bot.settings import PROJECT, Settings
from bot.storage import migrations
from bot.storage.database import Database
from bot.storage.tables import Conversation

_turns: StandaloneTurns | None = None


class StandaloneTurns:
    """What the gateway's Turns are to actions, without messages, owners and channels."""

    def __init__(self, settings: Settings) -> None:
        self._database = Database(settings.database)
        self._responses = Responses(PROJECT / "data" / "responses")
        self._policies = load_policies(PROJECT / "data" / "policies.yml")
        self._rules = ShopRules(
            settings.hours(), settings.refund_limit, settings.secret("address_key"), settings.return_days
        )

    @asynccontextmanager
    async def acting(self, key: str) -> AsyncIterator[OpenTurn]:
        """A turn of the sender's conversation, committed when the action is done."""
        now = dt.datetime.now(dt.UTC)
        conversation_id = hashlib.sha256(key.encode()).hexdigest()[:32]
        async with self._database.write() as session:
            if await session.get(Conversation, conversation_id) is None:
                session.add(Conversation(id=conversation_id, created_at=now, updated_at=now))
        async with self._database.collect() as unit:
            conversation = await unit.session.get_one(Conversation, conversation_id)
            turn = OpenTurn(
                key=key,
                conversation=conversation,
                messages=[],
                session=unit.session,
                ledger=await load_ledger(unit.session, conversation, now),
                dialogue=DialogueState.from_dict(conversation.dialogue),
                now=now,
                language=conversation.language,
            )
            yield turn
            async with unit.commit():
                conversation.dialogue = turn.dialogue.to_dict()
                conversation.language = turn.language
                missed = turn.outcome.kind == "not_understood"
                conversation.failures = conversation.failures + 1 if missed else 0

    def dialogue(self, turn: OpenTurn, parse: Parse) -> Dialogue:
        return Dialogue(turn, parse, self._responses, self._policies, self._rules)


async def standalone_turns() -> StandaloneTurns:
    """The one instance of this process, on the database that the settings name."""
    global _turns
    if _turns is None:
        settings = Settings.load()
        await asyncio.to_thread(migrations.upgrade, settings.database)
        _turns = StandaloneTurns(settings)
    return _turns
