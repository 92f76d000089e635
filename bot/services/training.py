"""Training a new model from the project's files, and the report: is it better than the one that answers?"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from contextlib import aclosing
from typing import Any

import structlog
from sqlalchemy import select

from bot.domain.errors import Busy, NotFound, NotPossibleNow
from bot.services.models import Models
from bot.services.ports import Clock
from bot.services.project_faults import faults
from bot.services.project_files import ProjectFiles
from bot.services.project_history import ProjectHistory
from bot.services.training_process import ProcessFailed, TrainingSettings, run_json
from bot.services.training_report import compare
from bot.services.transcript import announce
from bot.storage.database import Database
from bot.storage.tables import Training, User

log = structlog.get_logger(__name__)

OPEN = ("queued", "running")
BEAT = 15.0
STALE = dt.timedelta(minutes=2)
"""A training whose gateway has not been heard of for that long is over."""
TRAINED = 0.8
"""Progress when the model is there and only measuring is left."""
WRONG_KEPT = 1000
FAULTS_SHOWN = 50


class Trainings:
    """One training at a time, as a task of this process. Call `recover` at start and `close` at the end."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: TrainingSettings,
        models: Models,
        files: ProjectFiles,
        history: ProjectHistory,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._models = models
        self._files = files
        self._history = history
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._cancelled: set[int] = set()

    async def recover(self) -> None:
        """Mark what a crash left running as failed. With other gateways on the database, only what went silent."""
        async with self._database.write() as session:
            for training in await session.scalars(select(Training).where(Training.status.in_(OPEN))):
                if self._database.is_sqlite or self._silent(training):
                    self._fail(training, "interrupted")

    async def start(self, user: User) -> int:
        """Begin to train what the files say now; returns the training's id. Raises Busy while another one runs."""
        now = self._clock.now()
        async with self._database.write(alone="training") as session:
            for other in await session.scalars(select(Training).where(Training.status.in_(OPEN))):
                if not self._silent(other):
                    raise Busy(details={"reason": "training", "training": other.id})
                self._fail(other, "interrupted")
            training = Training(started_by=user.id, created_at=now, report={"beat": now.isoformat()})
            session.add(training)
            await session.flush()
            announce(session, None, "studio", f"user:{user.id}", now, what="training_started", training=training.id)
            identifier = training.id
        task = asyncio.create_task(self._run(identifier, f"{now:%Y%m%d-%H%M%S}-{identifier}"))
        self._tasks[identifier] = task
        task.add_done_callback(lambda _: self._tasks.pop(identifier, None))
        return identifier

    async def cancel(self, identifier: int, user: User) -> Training:
        """End a training that runs. Raises NotFound, NotPossibleNow when it is over already."""
        training = await self.get(identifier)
        if training.status not in OPEN:
            raise NotPossibleNow(details={"reason": "training_over", "state": training.status})
        self._cancelled.add(identifier)
        task = self._tasks.get(identifier)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with self._database.write() as session:
            row = await session.get_one(Training, identifier)
            if row.status in OPEN:  # cancelled before it began, or left by another process
                self._fail(row, "cancelled")
            now = self._clock.now()
            announce(session, None, "studio", f"user:{user.id}", now, what="training_cancelled", training=identifier)
        self._cancelled.discard(identifier)
        return await self.get(identifier)

    async def get(self, identifier: int) -> Training:
        """Raises NotFound."""
        async with self._database.read() as session:
            training = await session.get(Training, identifier)
        if training is None:
            raise NotFound(details={"training": identifier})
        return training

    async def latest(self) -> Training | None:
        async with self._database.read() as session:
            return await session.scalar(select(Training).order_by(Training.id.desc()).limit(1))

    async def expected_seconds(self) -> float | None:
        """How long the last training took that came to its end."""
        done = select(Training).where(Training.status == "done").order_by(Training.id.desc()).limit(1)
        async with self._database.read() as session:
            last = await session.scalar(done)
        return (last.finished_at - last.created_at).total_seconds() if last and last.finished_at else None

    async def trainers(self) -> dict[str, str]:
        """Who trained each model, by the model's id."""
        query = select(Training.model_id, User.name).join(User, User.id == Training.started_by)
        async with self._database.read() as session:
            return {model: name for model, name in await session.execute(query) if model}

    async def untrained(self) -> int | None:
        """Saves that the model that answers has not learned from; None where that is not known."""
        active = await self._models.active()
        known = active.report.get("project_version") if active else None
        return None if known is None else await self._history.lessons_since(int(known))

    async def close(self) -> None:
        """Stop what runs; it is marked as failed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # One training

    async def _run(self, identifier: int, model_id: str) -> None:
        beating = asyncio.create_task(self._beat(identifier))
        try:
            async with asyncio.timeout(self._settings.seconds):
                await self._save(identifier, status="running", model_id=model_id, report={"stage": "checking"})
                wrong = await asyncio.to_thread(faults, self._settings.root)
                if wrong:
                    return await self._failed(identifier, "files", faults=wrong[:FAULTS_SHOWN])
                version = await self._history.look()
                await self._train(identifier, model_id)
                report = {"project_version": version, **await self._measure(identifier, model_id)}
            beating.cancel()
            await self._models.register(model_id, report)
            await self._save(identifier, status="done", progress=1.0, report=report)
            await self._models.prune(self._settings.keep)
        except asyncio.CancelledError:
            await self._failed(identifier, "cancelled" if identifier in self._cancelled else "stopped")
            raise
        except TimeoutError:
            await self._failed(identifier, "too_slow")
        except ProcessFailed as error:
            await self._failed(identifier, "trainer", str(error))
        except Exception as error:  # a task nobody awaits: the row is where its end is read
            log.exception("training_broken", training=identifier)
            await self._failed(identifier, "internal", type(error).__name__)
        finally:
            beating.cancel()

    async def _train(self, identifier: int, model_id: str) -> None:
        self._settings.models.mkdir(parents=True, exist_ok=True)
        output = ("--output", str(self._settings.models.resolve()), "--name", model_id)
        saved = 0.0
        async with aclosing(run_json(self._settings, "train", *output)) as lines:
            async for said in lines:
                progress = said.get("progress")
                if isinstance(progress, (int, float)) and progress >= saved + 0.01:
                    saved = min(float(progress), 1.0)
                    stage = str(said.get("stage", ""))[:80]
                    await self._save(identifier, progress=round(saved * TRAINED, 3), report={"stage": stage})
        if not self._models.path(model_id).is_file():
            raise ProcessFailed("the trainer left no model")

    async def _measure(self, identifier: int, model_id: str) -> dict[str, Any]:
        """The report. A model that can't be measured is still a model: the report then says so."""
        report: dict[str, Any] = {"unanswered": await asyncio.to_thread(self._files.unanswered)}
        await self._save(identifier, progress=TRAINED, report={"stage": "measuring"})
        if not self._settings.held_out_file.is_file():
            return report | {"evaluation": "no_data"}
        try:
            report |= await self._evaluate(model_id) | {"evaluation": "done"}
            live = await self._models.active()
            if live is not None and live.id != model_id:
                before = live.report
                if before.get("held_out") != report["held_out"]:  # measured on other utterances, or never
                    before = before | await self._evaluate(live.id)
                    await self._models.register(live.id, before)
                report |= {"compared_with": live.id, **compare(before, report)}
        except ProcessFailed as error:
            report |= {"evaluation": "failed", "problem": str(error)[:500]}
        return report

    async def _evaluate(self, model_id: str) -> dict[str, Any]:
        arguments = ("--model", str(self._models.path(model_id).resolve()), "--data", str(self._settings.held_out))
        found: dict[str, Any] = {}
        async with aclosing(run_json(self._settings, "evaluate", *arguments)) as lines:
            async for said in lines:
                found = said if "intents" in said else found
        if not found:
            raise ProcessFailed("the evaluation said nothing")
        wrong = found.get("wrong", [])
        data = await asyncio.to_thread(self._settings.held_out_file.read_bytes)
        held_out = hashlib.sha256(data).hexdigest()[:16]
        return found | {"wrong": wrong[:WRONG_KEPT], "wrong_count": len(wrong), "held_out": held_out}

    # The row

    async def _save(self, identifier: int, *, report: dict[str, Any] | None = None, **values: Any) -> bool:
        """False when the training is over already."""
        now = self._clock.now()
        async with self._database.write() as session:
            training = await session.get_one(Training, identifier)
            if training.status not in OPEN:
                return False
            for name, value in values.items():
                setattr(training, name, value)
            if training.status in OPEN:
                training.report = {**training.report, **(report or {}), "beat": now.isoformat()}
            else:
                training.report, training.finished_at = report or {}, now
        return True

    async def _failed(self, identifier: int, reason: str, problem: str = "", **details: Any) -> None:
        log.warning("training_failed", training=identifier, reason=reason, problem=problem)
        async with self._database.write() as session:
            self._fail(await session.get_one(Training, identifier), reason, problem, **details)

    def _fail(self, training: Training, reason: str, problem: str = "", **details: Any) -> None:
        training.status, training.finished_at = "failed", self._clock.now()
        training.report = {"reason": reason, "problem": problem[:500], **details}

    def _silent(self, training: Training) -> bool:
        beat = training.report.get("beat")
        return beat is None or self._clock.now() - dt.datetime.fromisoformat(beat) > STALE

    async def _beat(self, identifier: int) -> None:
        while True:
            await asyncio.sleep(BEAT)
            if not await self._save(identifier) and identifier in self._tasks:  # cancelled on another gateway
                self._cancelled.add(identifier)
                self._tasks[identifier].cancel()
