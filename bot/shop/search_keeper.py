"""Keeps the search index of one table up to date, away from the event loop, and gives out the one there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import ref

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.nlu.encoders import Encoder
from bot.shop.search_index import Document, SearchIndex, blend, texts_of
from bot.shop.search_sources import Source, Stamp

log = structlog.get_logger(__name__)
LOOK_SECONDS = 1.0
"""A large table is asked no more often whether it has changed: counting takes milliseconds."""
SMALL = 2000
"""A search waits for an index of so many documents to be brought up to date; of a larger one it uses the older."""

Vectors = Callable[[list[str]], Awaitable[dict[str, Any]]]
"""Texts to their vectors."""


class Keeper:
    """`index()` for a search; `refresh()` at the start and after an import, so that no customer waits for it."""

    def __init__(self, engine: AsyncEngine, source: Source, encoder: Encoder, vectors: Vectors) -> None:
        self._engine = ref(engine)
        self._source = source
        self._encoder = encoder
        self._vectors = vectors
        self._index: SearchIndex[str] | None = None
        self._stamp = Stamp()
        self._keys: set[str] = set()
        self._looked = 0.0
        self._task: asyncio.Task[None] | None = None

    async def index(self, session: AsyncSession) -> SearchIndex[str]:
        """The newest index there is. Only the first one, and a small one, is waited for."""
        now = asyncio.get_running_loop().time()
        if self._index is not None and self._stamp.rows > SMALL and now - self._looked < LOOK_SECONDS:
            return self._index
        self._looked = now
        stamp = await self._source.stamp(session)
        # The first task may have begun before the change that was seen here; the second one cannot have.
        for _ in range(2):
            if self._index is not None and stamp == self._stamp:
                break
            task = self._begin()
            if self._index is not None and max(len(self._index.keys), stamp.rows) > SMALL:
                break
            await asyncio.shield(task)
        assert self._index is not None
        return self._index

    async def refresh(self) -> None:
        """Bring the index up to date and wait for it."""
        async with AsyncSession(self._engine()) as session:
            stamp = await self._source.stamp(session)
        if self._index is None or stamp != self._stamp:
            await asyncio.shield(self._begin())

    async def close(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    def _begin(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._refresh())
        return self._task

    async def _refresh(self) -> None:
        try:
            async with AsyncSession(self._engine()) as session:
                stamp = await self._source.stamp(session)
                since = self._stamp.newest if self._index is not None else None
                changes = await self._source.changes(session, since)
                keys = self._keys.union(changes.keys)
                if since is None or len(keys) != stamp.rows:
                    # Rows are gone, too: nothing tells which, so everything is read again.
                    changes = await self._source.changes(session, None) if since is not None else changes
                    keys, index = set(changes.keys), None
                else:
                    index = self._index
            made = await self._made(index, changes.keys, changes.documents)
        except Exception:
            if self._index is None:
                raise
            log.exception("search_index_failed")
            return
        self._index, self._keys, self._stamp = made, keys, stamp

    async def _made(
        self, index: SearchIndex[str] | None, changed: list[str], documents: list[Document[str]]
    ) -> SearchIndex[str]:
        found = await self._vectors(await asyncio.to_thread(texts_of, documents))

        def make() -> SearchIndex[str]:
            rows = blend(documents, found, self._encoder.dimensions)
            return SearchIndex.of(documents, rows) if index is None else index.changed(changed, documents, rows)

        return await asyncio.to_thread(make)
