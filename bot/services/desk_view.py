"""Looking at the desk: the queue, one conversation with its context, its older messages, and finding one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidValue, NotFound
from bot.responses import Responses
from bot.services import desk_queue, desk_search
from bot.services.context import handoff_context
from bot.services.context_masked import may_see_contacts, without_customers_contacts
from bot.services.desk_summaries import summaries
from bot.services.ports import Clock
from bot.services.staff_view import Transcript, transcript
from bot.storage.database import Database
from bot.storage.tables import Conversation, User


class DeskView:
    """Changes nothing but the audit trail. Everybody on the staff may see every conversation."""

    def __init__(self, database: Database, clock: Clock, responses: Responses) -> None:
        self.database = database
        self.clock = clock
        self.responses = responses

    async def list(self, view: str, user: User, after: str | None = None) -> desk_queue.Page:
        """A page of `waiting`, `mine`, `all` or `resolved` conversations. Raises InvalidValue for another view."""
        if view not in desk_queue.VIEWS:
            raise InvalidValue(details={"field": "view", "allowed": list(desk_queue.VIEWS)})
        async with self.database.read() as session:
            return await desk_queue.page(session, view, user, after)

    async def search(self, query: str, after: str | None = None) -> desk_search.Found:
        """Raises InvalidValue for a query that cannot be looked for, BadRequest for a cursor that is not ours."""
        async with self.database.read() as session:
            return await desk_search.search(session, query, after)

    async def summary(self, conversation_id: str) -> dict[str, Any]:
        """The conversation as the queue shows it. Raises NotFound."""
        async with self.database.read() as session:
            conversation = await _found(session, conversation_id)
            return (await summaries(session, [conversation]))[0]

    async def open(self, user: User, conversation_id: str, language: str | None = None) -> dict[str, Any]:
        """The conversation, its context in `language` or the user's own, and its newest messages. Raises NotFound.

        Of the customer's contacts an agent who does not have the conversation sees only what tells them apart.

        `before` asks for older messages, `cursor` is the last event this knows of.
        """
        now = self.clock.now()
        async with self.database.read() as session:
            cursor = await desk_queue.latest_event(session)
            conversation = await _found(session, conversation_id)
            summary = (await summaries(session, [conversation]))[0]
            page = await transcript(session, conversation_id, user.id)
            words = language or user.language
            context = await handoff_context(session, self.responses, conversation, page.messages, words, now)
            if not may_see_contacts(user, conversation):
                context = without_customers_contacts(context)
        await desk_queue.note_reading(self.database, conversation_id, user, now)
        return {
            "conversation": summary,
            "context": context | {"transcript": page.messages},
            "messages": page.messages,
            "before": page.before,
            "cursor": cursor,
        }

    async def messages(
        self,
        user: User,
        conversation_id: str,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Transcript:
        """A page of its messages as the user may see them: the newest, or those before, after or around one of them.

        Raises NotFound.
        """
        async with self.database.read() as session:
            await _found(session, conversation_id)
            return await transcript(session, conversation_id, user.id, before=before, after=after, around=around)


async def _found(session: AsyncSession, conversation_id: str) -> Conversation:
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound()
    return conversation
