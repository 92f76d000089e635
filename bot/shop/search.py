"""Search over one database: the indexes of products and articles, and the vectors both need.

Whoever searches names only a session. The gateway opens its own at the start, with the model of the settings and
before the first customer; tests and commands get one with the shipped model at their first search.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary, ref

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.nlu.encoders import Encoder, ShippedEncoder, encoder_for
from bot.shop.search_index import Mixture, SearchIndex
from bot.shop.search_keeper import Keeper
from bot.shop.search_sources import ArticleSource, ProductSource
from bot.shop.search_vectors import QuestionVectors, TextVectors
from bot.storage.database import Database

log = structlog.get_logger(__name__)
LOOK_SECONDS = 20.0
"""How often a gateway looks for an import by somebody else, so that no search has to."""
THREADED = 5000
"""From so many documents on a search runs in a thread: it takes milliseconds."""

_opened: WeakKeyDictionary[Any, Search] = WeakKeyDictionary()


class Search:
    """Everything search needs of one database; found again by `search_of`."""

    def __init__(self, engine: AsyncEngine, encoder: Encoder, database: Database | None = None) -> None:
        texts = TextVectors(encoder, engine, database)
        self.products = Keeper(engine, ProductSource(), encoder, texts.of)
        self.articles = Keeper(engine, ArticleSource(), encoder, texts.of)
        self.questions = QuestionVectors(encoder)
        self._engine = ref(engine.sync_engine)
        self._task: asyncio.Task[None] | None = None
        # What is kept here must not hold the engine: then neither would ever go.
        _opened[engine.sync_engine] = self

    @classmethod
    async def open(cls, database: Database, model: str = "") -> Search:
        """With the model of the settings; the indexes are made in the background and kept up to date until `close`.

        Raises StartupError when the model cannot be used."""
        encoder = await asyncio.to_thread(encoder_for, model)
        search = cls(database.engine, encoder, database)
        search._task = asyncio.create_task(search._keep())
        return search

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self.products.close()
        await self.articles.close()
        _opened.pop(self._engine(), None)

    async def refresh(self) -> None:
        """Bring both indexes up to date."""
        await self.articles.refresh()
        await self.products.refresh()

    async def _keep(self) -> None:
        while True:
            try:
                await self.refresh()
            except Exception:
                log.exception("search_index_failed")
            await asyncio.sleep(LOOK_SECONDS)


def search_of(session: AsyncSession) -> Search:
    """The search over the session's database; made with the shipped model if nobody opened one."""
    opened = _opened.get(session.get_bind())
    if opened is None:
        engine = session.bind
        assert isinstance(engine, AsyncEngine)
        opened = Search(engine, ShippedEncoder())
    return opened


async def found(
    index: SearchIndex[str], text: str, vector: Any, mixture: Mixture, shelf: str | None = None
) -> list[tuple[str, float]]:
    """The documents of an index that answer `text`, best first."""
    if len(index.keys) < THREADED:
        return index.find(text, vector, mixture, shelf)
    return await asyncio.to_thread(index.find, text, vector, mixture, shelf)
