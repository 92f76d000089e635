"""Sentences the bot did not understand, and what an admin makes of each: an example of an intent, or nothing."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import InvalidValue, NotFound, NotPossibleNow
from bot.domain.text import fold
from bot.services.ports import Clock
from bot.services.project_files import ProjectFiles
from bot.services.project_history import ProjectHistory
from bot.services.transcript import announce
from bot.services.yaml_files import Draft
from bot.storage.database import Database
from bot.storage.tables import Unrecognised, User

SHOWN = 200
READ = 2000
"""Newest rows that are looked through: beyond them nobody reads."""

_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LONG_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ .-]?\d){4,}(?!\w)")


@dataclass(frozen=True)
class Sentence:
    """A sentence waiting for an admin. `count` is how often it came, written in whatever way."""

    id: int
    text: str
    suggestion: str
    """The text as it would be taught: in one line, without what may tell who wrote it."""
    language: str
    ranking: list[dict[str, Any]]
    count: int
    at: dt.datetime


class UnrecognisedSentences:
    def __init__(self, database: Database, clock: Clock, files: ProjectFiles, history: ProjectHistory) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._history = history

    async def waiting(self) -> list[Sentence]:
        """The open ones, newest first, each once however often it came."""
        grouped: dict[str, list[Unrecognised]] = {}
        async with self._database.read() as session:
            for row in await session.scalars(_open().limit(READ)):
                grouped.setdefault(fold(row.text), []).append(row)
        return [
            Sentence(r.id, r.text, anonymous(r.text), r.language, r.ranking, len(rows), r.created_at)
            for rows in list(grouped.values())[:SHOWN]
            for r in rows[:1]
        ]

    async def resolve(self, identifier: int, decision: dict[str, Any], user: User) -> int:
        """Teach it ({"intent", "text"?, "language"?}) or leave it ({"ignore": true}), and every other one that says the
        same. Returns how many that closed. Raises NotFound, NotPossibleNow when closed already, InvalidValue.
        """
        async with self._database.read() as session:
            row = await _found(session, identifier)
        resolution = await self._learn(row, decision, user)
        now = self._clock.now()
        async with self._database.write() as session:
            await _found(session, identifier)
            same = [r for r in await session.scalars(_open().limit(READ)) if fold(r.text) == fold(row.text)]
            for closed in same:
                closed.resolved_at, closed.resolution = now, resolution | {"by": user.id}
            announce(session, None, "studio", f"user:{user.id}", now, what="unrecognised", id=identifier, **resolution)
        return len(same)

    async def undo(self, identifier: int, user: User) -> int:
        """Take back a decision: the sentence, and every other that it closed, is open again and not taught any more.

        Returns how many. Raises NotFound, NotPossibleNow when it is open, or when its example was changed since.
        """
        async with self._database.read() as session:
            row = await session.get(Unrecognised, identifier)
        if row is None:
            raise NotFound(details={"unrecognised": identifier})
        if row.resolved_at is None:
            raise NotPossibleNow(details={"reason": "not_resolved", "state": "open"})
        if row.resolution.get("version"):
            await self._history.undo(row.resolution["version"], user)
        async with self._database.write() as session:
            together = select(Unrecognised).where(Unrecognised.resolved_at == row.resolved_at)
            same = [r for r in await session.scalars(together) if fold(r.text) == fold(row.text)]
            for reopened in same:
                reopened.resolved_at, reopened.resolution = None, {}
            announce(
                session, None, "studio", f"user:{user.id}", self._clock.now(), what="unrecognised_undone", id=identifier
            )
        return len(same)

    async def _learn(self, row: Unrecognised, decision: dict[str, Any], user: User) -> dict[str, Any]:
        intent, ignore = decision.get("intent"), decision.get("ignore")
        if ignore is True and intent is None:
            return {"ignored": True}
        if not isinstance(intent, str) or ignore:
            raise InvalidValue(details={"reason": "no_decision"})
        text = decision.get("text", anonymous(row.text))
        language = decision.get("language", row.language)
        if not isinstance(text, str):
            raise InvalidValue(details={"reason": "not_texts"})

        def lesson() -> Draft:
            return self._files.adding_example(intent, str(language), text)

        # First the files, then the row: killed in between, doing it again finds the example there and goes on.
        version = await self._history.save("example_added", intent, user, lesson)
        return {"intent": intent, "language": str(language), "version": version.id if version else None}


def anonymous(text: str) -> str:
    """A customer's sentence as a training example: one line, its addresses and long numbers made up.

    Examples outlive the conversation and travel with the project's files, so nothing of a person may go with them.
    """
    line = " ".join(text.split())
    line = _EMAIL.sub("anna.nowak@example.com", line)
    return _LONG_NUMBER.sub(lambda match: re.sub(r"\d", "1", match[0]), line)


def _open() -> Any:
    return select(Unrecognised).where(Unrecognised.resolved_at.is_(None)).order_by(Unrecognised.id.desc())


async def _found(session: AsyncSession, identifier: int) -> Unrecognised:
    row = await session.get(Unrecognised, identifier)
    if row is None:
        raise NotFound(details={"unrecognised": identifier})
    if row.resolved_at is not None:
        raise NotPossibleNow(details={"reason": "resolved", "state": "resolved"})
    return row
