"""Trained models: which there are, which one answers customers, and the switch from one to another."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import delete, select, update

from bot.domain.errors import BrainUnavailable, Busy, NotFound, NotPossibleNow
from bot.services.claims import Claims, LocalClaims
from bot.services.ports import Bell, Clock
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import Model, User

log = structlog.get_logger(__name__)

ENDING = ".tar.gz"
METADATA = "metadata.json"


class BrainSwitch(Protocol):
    """Changes which model answers."""

    async def switch(self, model: Path, /) -> None:
        """Start a brain with that model, try it, give it the turns, let the old one finish.

        Raises BrainUnavailable with the reason; the old one then goes on as if nothing had happened.
        """
        ...


@dataclass(frozen=True)
class ModelEntry:
    """A model as the studio lists it."""

    id: str
    active: bool
    created_at: dt.datetime
    activated_at: dt.datetime | None
    size: int
    report: dict[str, Any] = field(default_factory=dict)


class Models:
    """The files of the models folder are the truth; the table adds reports and says which one is active."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        folder: Path,
        switch: BrainSwitch,
        *,
        bell: Bell | None = None,
        claims: Claims | None = None,
    ) -> None:
        self._bell = bell
        self._claims = claims or LocalClaims()
        self._serving: str | None = None
        self._database = database
        self._clock = clock
        self.folder = folder
        self._switch = switch
        self._switching = asyncio.Lock()

    async def entries(self) -> list[ModelEntry]:
        """Every model on the disk, newest first."""
        async with self._database.read() as session:
            rows = {row.id: row for row in await session.scalars(select(Model))}
        found = [
            _entry(model_id, stat, rows.get(model_id))
            for model_id, stat in await asyncio.to_thread(_files, self.folder)
        ]
        return sorted(found, key=lambda entry: (entry.created_at, entry.id), reverse=True)

    async def active(self) -> ModelEntry | None:
        """The model marked as answering customers, if its file is there."""
        return next((entry for entry in await self.entries() if entry.active), None)

    async def previous(self) -> ModelEntry | None:
        """The model that answered before the active one: where a roll-back leads."""
        before = [entry for entry in await self.entries() if entry.activated_at and not entry.active]
        return max(before, key=lambda entry: entry.activated_at or entry.created_at, default=None)

    def path(self, model_id: str) -> Path:
        """Where that model's file is, or would be."""
        return self.folder / f"{model_id}{ENDING}"

    async def activate(self, model_id: str, user: User | None) -> ModelEntry:
        """Let that model answer, and mark it active once it does; `user` None is the product itself.

        Raises NotFound, NotPossibleNow for a file that is no model, Busy during another switch, BrainUnavailable
        when the model does not come up: the one before then still answers.
        """
        if self._switching.locked():
            raise Busy(details={"reason": "switching"})
        async with self._switching, self._claims.hold("models") as mine:
            if not mine:
                raise Busy(details={"reason": "switching"})
            if model_id not in {entry.id for entry in await self.entries()}:
                raise NotFound(details={"model": model_id})
            fault = await asyncio.to_thread(fault_of, self.path(model_id))
            if fault is not None:
                raise NotPossibleNow(details={"reason": "model_corrupt", "model": model_id, "fault": fault})
            try:
                await self._switch.switch(self.path(model_id))
            except BrainUnavailable as error:
                await self._tell(user, "activation_failed", model_id, reason=str(error)[:200])
                raise
            await self.mark_active(model_id)
            self._serving = model_id
            await self._tell(user, "model_activated", model_id)
            if self._bell is not None:
                self._bell.ring("models")
            log.info("model_activated", model=model_id)
        return next(entry for entry in await self.entries() if entry.id == model_id)

    def serves(self, model_id: str | None) -> None:
        """That model was handed to this gateway's brain."""
        self._serving = model_id

    async def follow(self) -> None:
        """Let the model answer here that another gateway has made the active one; one that does not come up is tried
        again at the next call."""
        active = await self.active()
        if active is None or active.id == self._serving or self._switching.locked():
            return
        async with self._switching:
            try:
                await self._switch.switch(self.path(active.id))
            except BrainUnavailable as error:
                log.error("model_not_followed", model=active.id, reason=str(error)[:200])
                return
            self._serving = active.id
            log.info("model_followed", model=active.id)

    async def mark_active(self, model_id: str) -> None:
        """Note that this model answers now: after a switch, or when the brain was started with it."""
        now = self._clock.now()
        created = next((entry.created_at for entry in await self.entries() if entry.id == model_id), now)
        async with self._database.write() as session:
            await session.execute(update(Model).where(Model.id != model_id).values(active=False))
            row = await session.get(Model, model_id)
            if row is None:
                session.add(Model(id=model_id, active=True, created_at=created, activated_at=now))
            elif not row.active:
                row.active, row.activated_at = True, now

    async def register(self, model_id: str, report: dict[str, Any]) -> None:
        """Keep what was measured of a model."""
        async with self._database.write() as session:
            row = await session.get(Model, model_id)
            if row is None:
                session.add(Model(id=model_id, created_at=self._clock.now(), report=report))
            else:
                row.report = report

    async def prune(self, keep: int) -> list[str]:
        """Delete all but the newest `keep`, the active one and the one before it; returns what went."""
        async with self._switching, self._claims.alone("models"):  # never the model that a switch is just starting
            before = await self.previous()
            kept = {before.id} if before else set()
            gone = [entry.id for entry in (await self.entries())[keep:] if not entry.active and entry.id not in kept]
            for model_id in gone:
                await asyncio.to_thread(self.path(model_id).unlink, missing_ok=True)
            if gone:
                async with self._database.write() as session:
                    await session.execute(delete(Model).where(Model.id.in_(gone), ~Model.active))
        return gone

    async def _tell(self, user: User | None, what: str, model_id: str, **details: Any) -> None:
        actor = f"user:{user.id}" if user else "system"
        async with self._database.write() as session:
            announce(session, None, "studio", actor, self._clock.now(), what=what, model=model_id, **details)


def fault_of(path: Path) -> str | None:
    """What is wrong with a model's file: None for a whole archive with readable metadata."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            names = {member.name.removeprefix("./"): member for member in archive}  # to the end: finds a cut file
            member = names.get(METADATA)
            content = archive.extractfile(member) if member else None
            if content is None:
                return "no metadata"
            json.loads(content.read())
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        return type(error).__name__
    return None


def _files(folder: Path) -> list[tuple[str, Any]]:
    return [(path.name.removesuffix(ENDING), path.stat()) for path in folder.glob(f"*{ENDING}") if path.is_file()]


def _entry(model_id: str, stat: Any, row: Model | None) -> ModelEntry:
    created = row.created_at if row else dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC)
    return ModelEntry(
        id=model_id,
        active=bool(row and row.active),
        created_at=created,
        activated_at=row.activated_at if row else None,
        size=stat.st_size,
        report=row.report if row else {},
    )
