"""Vectors of texts and of questions, from whichever encoder: kept, gathered into small batches, computed in threads."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from typing import Any
from weakref import ref

import numpy as np
import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.nlu.encoders import Encoder
from bot.storage.database import Database
from bot.storage.shop import SearchVector

log = structlog.get_logger(__name__)
REMEMBERED = 512
"""Questions whose vectors are kept: a turn asks for the same one more than once."""
BATCH = 16
CHUNK = 400


class QuestionVectors:
    """The vector of a question. A costly encoder is asked in a thread, for what has gathered meanwhile at once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, Any] = OrderedDict()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._task: asyncio.Task[None] | None = None

    async def of(self, text: str) -> Any:
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        if not self._encoder.costly:
            return self._remember(text, self._encoder.queries([text])[0])
        future = self._waiting.setdefault(text, asyncio.get_running_loop().create_future())
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return await asyncio.shield(future)

    async def _work(self) -> None:
        while self._waiting:
            texts = list(self._waiting)[:BATCH]
            try:
                rows = await asyncio.to_thread(self._encoder.queries, texts)
            except Exception:
                log.exception("embedding_failed")  # the lexical half still answers
                rows = np.zeros((len(texts), self._encoder.dimensions), dtype=np.float32)
            for text, row in zip(texts, rows, strict=True):
                future = self._waiting.pop(text)
                if not future.done():
                    future.set_result(self._remember(text, row))

    def _remember(self, text: str, vector: Any) -> Any:
        self._known[text] = vector
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return vector


class TextVectors:
    """The vectors of documents' texts. Those of a costly encoder are kept in the database, by the text's hash."""

    def __init__(self, encoder: Encoder, engine: AsyncEngine, database: Database | None = None) -> None:
        """Without `database` nothing is written down."""
        self._encoder = encoder
        self._engine = ref(engine)
        self._database = database

    async def of(self, texts: list[str]) -> dict[str, Any]:
        if not self._encoder.costly:
            return await asyncio.to_thread(self._computed, texts)
        hashes = {text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in texts}
        kept = await self._kept(list(hashes.values()))
        found = {text: kept[hashed] for text, hashed in hashes.items() if hashed in kept}
        missing = [text for text in texts if text not in found]
        if missing:
            computed = await asyncio.to_thread(self._computed, missing)
            await self._keep({hashes[text]: vector for text, vector in computed.items()})
            found |= computed
        return found

    def _computed(self, texts: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        # The shipped model in small portions: what it makes of each text on the way is many times its vector.
        step = len(texts) or 1 if self._encoder.costly else CHUNK
        for at in range(0, len(texts), step):
            part = texts[at : at + step]
            found.update(zip(part, self._encoder.documents(part), strict=True))
        return found

    async def _kept(self, hashes: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with AsyncSession(self._engine()) as session:
            own = select(SearchVector.text_hash, SearchVector.vector).where(SearchVector.model == self._model)
            if not await session.scalar(select(func.count()).select_from(own.subquery())):
                return found
            for at in range(0, len(hashes), CHUNK):
                part = own.where(SearchVector.text_hash.in_(hashes[at : at + CHUNK]))
                for hashed, vector in (await session.execute(part)).all():
                    row = np.frombuffer(vector, dtype=np.float16).astype(np.float32)
                    if len(row) == self._encoder.dimensions:
                        found[hashed] = row
        return found

    async def _keep(self, vectors: dict[str, Any]) -> None:
        if self._database is None:
            return
        dialect = sqlite if self._database.is_sqlite else postgresql
        rows = [
            {"model": self._model, "text_hash": hashed, "vector": np.asarray(vector, dtype=np.float16).tobytes()}
            for hashed, vector in vectors.items()
        ]
        insert = dialect.insert(SearchVector)
        insert = insert.on_conflict_do_update(
            index_elements=["model", "text_hash"], set_={"vector": insert.excluded.vector}
        )
        for at in range(0, len(rows), CHUNK):
            async with self._database.write() as session:
                await session.execute(insert, rows[at : at + CHUNK])

    @property
    def _model(self) -> str:
        return self._encoder.name[-200:]
