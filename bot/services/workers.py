"""One worker a conversation at a time, so that its turns are serial; many conversations at once.

Where several gateways share the work, a conversation is worked on by whoever has claimed it. One that is refused does
not wait: the holder looks for more *after* it has let go, and what the other committed before it was refused is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.claims import Claims, LocalClaims
from bot.storage.database import Database
from bot.storage.tables import Conversation, Message

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
SWEEP_SECONDS = 5.0
SHARED_SWEEP_SECONDS = 2.0
"""Where another gateway may be gone, what it leaves is taken up sooner."""


class Workers:
    """Wakes a worker for each conversation that has unprocessed messages, or for whatever else `strays` names.

    `strays(session, key)` names what waits to be processed: of that key, or of all when it is None.
    `at_once` bounds the turns under way in this process: more would only queue inside the one-process brain.
    """

    def __init__(
        self,
        database: Database,
        process: Callable[[str], Awaitable[None]],
        *,
        at_once: int = 12,
        strays: Callable[[AsyncSession, str | None], Awaitable[Iterable[str]]] | None = None,
        claims: Claims | None = None,
        kind: str = "conversation",
    ) -> None:
        self._database = database
        self._process = process
        self._strays = strays or unprocessed
        self._claims = claims or LocalClaims()
        self._kind = kind
        self._slots = asyncio.Semaphore(at_once)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what was accepted and not processed before the last stop, and look for strays from time to time."""
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self, seconds: float = 10.0) -> None:
        """Let running turns finish; what is not done by then is simply done at the next start."""
        if self._sweeper:
            self._sweeper.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)
        for task in self._running.values():
            task.cancel()

    def wake(self, conversation_id: str) -> None:
        """There is something to process. Never waits; a running worker looks again when it is done."""
        if conversation_id in self._running:
            self._again.add(conversation_id)
            return
        self._running[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def _work(self, conversation_id: str) -> None:
        try:
            while True:
                self._again.discard(conversation_id)
                try:
                    async with self._slots:
                        await self._claimed(conversation_id)
                except Exception:
                    log.exception("worker_failed", conversation=conversation_id)
                    await asyncio.sleep(RETRY_SECONDS)
                    return  # still unprocessed: the next sweep takes it up again
                if conversation_id not in self._again:
                    return
        finally:
            del self._running[conversation_id]
            if conversation_id in self._again:
                self._again.discard(conversation_id)
                self.wake(conversation_id)

    async def _claimed(self, key: str) -> None:
        """Process it unless another gateway does; then look once more, for what that one was refused meanwhile."""
        async with self._claims.hold(f"{self._kind}:{key}") as mine:
            if mine:
                await self._process(key)
        if mine and self._claims.shared:
            async with self._database.read() as session:
                if list(await self._strays(session, key)):
                    self._again.add(key)

    async def _sweep(self) -> None:
        while True:
            try:
                async with self._database.read() as session:
                    strays = list(await self._strays(session, None))
                for conversation_id in strays:
                    self.wake(conversation_id)
            except Exception:
                log.exception("sweep_failed")
            await asyncio.sleep(SHARED_SWEEP_SECONDS if self._claims.shared else SWEEP_SECONDS)


async def unprocessed(session: AsyncSession, conversation_id: str | None) -> Iterable[str]:
    """Conversations with messages nobody has dealt with, or with a flow to go on with."""
    unread = select(Message.conversation_id).where(Message.processed_at.is_(None))
    resuming = select(Conversation.id).where(Conversation.resuming)
    if conversation_id is not None:
        unread = unread.where(Message.conversation_id == conversation_id)
        resuming = resuming.where(Conversation.id == conversation_id)
    return await session.scalars(unread.union(resuming).limit(500))
