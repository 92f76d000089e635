"""Search indexes kept in memory for as long as the rows they were built from have not changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.lexical import LexicalIndex

Key = TypeVar("Key")
Build = Callable[[AsyncSession, str], Awaitable[LexicalIndex[Key]]]


class IndexCache(Generic[Key]):
    """One index per database and language; an import in any process is noticed at the next search."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Any, dict[str, tuple[object, LexicalIndex[Key]]]] = WeakKeyDictionary()

    async def get(self, session: AsyncSession, changed: Any, language: str, build: Build[Key]) -> LexicalIndex[Key]:
        """The index in a language; `changed` is the column that moves with every change of the rows behind it."""
        held = self._held.setdefault(session.get_bind(), {})
        version = tuple((await session.execute(select(func.count(), func.max(changed)))).one())
        if language not in held or held[language][0] != version:
            held[language] = (version, await build(session, language))
        return held[language][1]
