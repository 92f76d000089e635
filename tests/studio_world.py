"""A gateway with nothing but the studio, on a copy of the project, with a trainer that does as it is told."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from sqlalchemy import select

from bot.domain.errors import BrainUnavailable
from bot.responses import Responses
from bot.services.accounts import Accounts
from bot.services.metrics import Metrics
from bot.services.models import Models
from bot.services.project_files import ProjectFiles
from bot.services.project_history import ProjectHistory
from bot.services.training import Trainings
from bot.services.training_process import TrainingSettings
from bot.services.unrecognised import UnrecognisedSentences
from bot.storage.database import Database
from bot.storage.tables import EventRecord
from bot.web import keys
from bot.web.auth import COOKIE, CSRF_HEADER
from bot.web.errors import errors
from bot.web.studio.routes import setup_routes
from tests.databases import new_database
from tests.fakes import FakeBrain, FakeClock

ROOT = Path(__file__).parents[1]

TRAINER = """
import io, json, os, sys, tarfile, time
from pathlib import Path
arguments = sys.argv[1:]
plan = json.loads(Path("plan.json").read_text())
value = lambda name: arguments[arguments.index(name) + 1]
if arguments[0] == "train":
    print("a library says hello")
    for step in (0.25, 0.5):
        print(json.dumps({"progress": step, "stage": "training"}), flush=True)
    time.sleep(plan.get("sleep", 0))
    if plan.get("fail"):
        print("first line", file=sys.stderr)
        sys.exit(plan["fail"])
    target = Path(value("--output")) / (value("--name") + ".tar.gz")
    with tarfile.open(target, "w:gz") as archive:
        entry = tarfile.TarInfo("metadata.json"); entry.size = 2
        archive.addfile(entry, io.BytesIO(b"{}"))
    Path("nice.txt").write_text(str(os.nice(0)))
    print(json.dumps({"progress": 1.0, "model": str(target)}))
else:
    if plan.get("evaluation_fails"):
        sys.exit("no such model")
    report = json.loads(json.dumps(plan["report"])); report["seen"] = Path(value("--model")).name
    print(json.dumps(report))
"""


@dataclass
class FakeSwitch:
    """Switches at once, or says why not."""

    switched: list[Path] = field(default_factory=list)
    fails: str = ""
    gate: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def switch(self, model_path: Path) -> None:
        self.entered.set()
        if self.gate:
            await self.gate.wait()
        if self.fails:
            raise BrainUnavailable(self.fails)
        self.switched.append(model_path)


class Studio:
    """A gateway with nothing but the studio, on a copy of the project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = FakeClock()
        self.database = Database(new_database(root / "var", "studio"))
        self.files = ProjectFiles(root)
        self.brain = FakeBrain(None)  # type: ignore[arg-type]
        self.switch = FakeSwitch()
        self.models = Models(self.database, self.clock, root / "models", self.switch)
        settings = TrainingSettings(root, root / "models", command=(sys.executable, str(root / "trainer.py")), keep=2)
        self.history = ProjectHistory(self.database, self.clock, self.files)
        self.trainings = Trainings(self.database, self.clock, settings, self.models, self.files, self.history)
        self.accounts = Accounts(self.database, self.clock, hasher=PasswordHasher(1, 8, 1))
        self.client: TestClient[web.Request, web.Application]
        self.logins: dict[str, tuple[str, str]] = {}
        self.plan()

    def plan(self, *, f1: float = 0.9, **plan: Any) -> None:
        """What the fake trainer will do."""
        score = {"precision": f1, "recall": f1, "f1": f1, "support": 12}
        wrong = [{"text": "x", "language": "pl", "intent": "greet", "predicted": "thank"}]
        report = {"accuracy": {"pl": f1, "en": f1}, "intents": {"greet": score}, "wrong": wrong}
        (self.root / "plan.json").write_text(json.dumps({"report": report, **plan}), "utf-8")

    async def open(self) -> None:
        app = web.Application(middlewares=[errors])
        app[keys.DATABASE], app[keys.CLOCK], app[keys.ACCOUNTS] = self.database, self.clock, self.accounts
        app[keys.RESPONSES] = Responses(self.root / "data" / "responses")
        app[keys.PROJECT_FILES], app[keys.TRAININGS], app[keys.MODELS] = self.files, self.trainings, self.models
        app[keys.BRAIN], app[keys.PROJECT_HISTORY] = self.brain, self.history
        app[keys.UNRECOGNISED] = UnrecognisedSentences(self.database, self.clock, self.files, self.history)
        app[keys.METRICS] = Metrics(self.database, self.clock, ZoneInfo("Europe/Warsaw"))
        setup_routes(app)
        self.client = TestClient(TestServer(app))
        await self.client.start_server()
        for role in ("agent", "manager", "admin"):
            await self.accounts.add_user(f"{role}@example.com", role, "long enough words")
            token, csrf, _ = await self.accounts.log_in(f"{role}@example.com", "long enough words", "127.0.0.1")
            self.logins[role] = token, csrf

    async def close(self) -> None:
        await self.trainings.close()
        await self.client.close()
        await self.database.close()

    async def call(self, method: str, path: str, body: Any = None, *, role: str | None = "admin") -> tuple[int, Any]:
        headers = {}
        if role:
            token, csrf = self.logins[role]
            headers = {"Cookie": f"{COOKIE}={token}", CSRF_HEADER: csrf}
        options = {"json": body} if body is not None else {}
        async with self.client.request(method, f"/api/studio{path}", headers=headers, **options) as response:
            return response.status, await response.json()

    async def trained(self) -> dict[str, Any]:
        """Start a training and wait for its end."""
        status, begun = await self.call("POST", "/trainings")
        assert status == 202
        return await self.finished(begun["id"])

    async def finished(self, identifier: int) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                _, training = await self.call("GET", f"/trainings/{identifier}")
                if training["status"] in ("done", "failed"):
                    await asyncio.gather(*self.trainings._tasks.values())
                    return dict(training)
                await asyncio.sleep(0.02)

    async def audit(self) -> list[tuple[str, str]]:
        async with self.database.read() as session:
            events = await session.scalars(select(EventRecord).where(EventRecord.kind == "studio"))
            return [(event.actor, event.details["what"]) for event in events]


def copy_project(root: Path) -> None:
    """The project's intents and rules, with one response and one held-out sentence, and the trainer."""
    for folder in ("nlu", "rules"):
        shutil.copytree(ROOT / "data" / folder, root / "data" / folder)
    (root / "data" / "responses").mkdir()
    (root / "data" / "responses" / "talk.yml").write_text(
        'version: "3.1"\n\nresponses:\n  utter_hello:\n  - text: "Cześć {who}"\n', "utf-8"
    )
    (root / "data" / "held_out").mkdir()
    (root / "data" / "held_out" / "nlu.tsv").write_text("intent\tlanguage\ttext\ngreet\tpl\thejka\n", "utf-8")
    shutil.copy(ROOT / "domain.yml", root)
    (root / "trainer.py").write_text(TRAINER, "utf-8")


@asynccontextmanager
async def studio_on(root: Path) -> AsyncIterator[Studio]:
    copy_project(root)
    opened = Studio(root)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()
