"""What `tellonce run` does before it serves: database, sample shop with its log-ins, first model; each only if missing."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bot.domain.errors import InvalidValue, StartupError
from bot.services.accounts import Accounts
from bot.services.models import Models
from bot.services.ports import SystemClock
from bot.services.training_process import ProcessFailed, TrainingSettings, run_json
from bot.settings import PROJECT, Settings
from bot.shop.errors import ImportRejected
from bot.shop.importer import import_shop
from bot.storage import migrations
from bot.storage.database import Database
from bot.storage.shop import Product
from integrations.rasa.remote import RemoteBrain

Say = Callable[[str], object]


@dataclass(frozen=True)
class NewLogin:
    """A generated account, with the only copy of its password."""

    email: str
    password: str
    role: str


async def set_up(settings: Settings, say: Say) -> list[NewLogin]:
    """Bring everything into place; the log-ins made now, to be shown once. Raises StartupError in one line."""
    if migrations.upgrade(settings.database):
        say("Database ready.")
    database = Database(settings.database)
    clock = SystemClock()
    logins = []
    try:
        if await is_empty(database):
            say("Importing the sample shop Szlak …")
            try:
                await import_shop(database, PROJECT / "data" / "shop", now=clock.now())
            except ImportRejected as rejected:
                raise StartupError(f"the sample shop cannot be imported: {rejected.problems[0]}") from rejected
            logins = await sample_staff(Accounts(database, clock))
    finally:
        await database.close()
    if await active_model(settings) is None:
        await train_first(settings, say)
    return logins


async def sample_staff(accounts: Accounts) -> list[NewLogin]:
    """Somebody for the sample shop's desk, to try it at once. The administrator comes from the set-up page."""
    made = []
    for role in ("agent", "manager"):
        login = NewLogin(f"{role}@tellonce.local", secrets.token_urlsafe(12), role)
        with suppress(InvalidValue):  # there already: they have a password that is not ours to change
            await accounts.add_user(login.email, role, login.password)
            made.append(login)
    return made


async def is_empty(database: Database) -> bool:
    async with database.read() as session:
        return not await session.scalar(select(func.count()).select_from(Product))


async def active_model(settings: Settings) -> Path | None:
    """The model to serve: the active one, if its file is there."""
    database = Database(settings.database)
    try:
        models = models_of(settings, database)
        active = await models.active()
    finally:
        await database.close()
    return models.path(active.id) if active else None


async def train_first(settings: Settings, say: Say) -> str:
    """Train from the project's files and make the result the active model; its id. Raises StartupError."""
    name = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    say("Training the assistant (about half a minute) …")
    shown = 0.0
    where = TrainingSettings(root=PROJECT, models=settings.models_dir.absolute())
    try:
        async for step in run_json(where, "train", "--output", str(where.models), "--name", name):
            if step.get("progress", 0.0) - shown >= 0.25:
                shown = step["progress"]
                say(f"  {shown:.0%}")
    except ProcessFailed as error:
        raise StartupError(f"training failed: {error}") from error
    database = Database(settings.database)
    try:
        await models_of(settings, database).mark_active(name)
    finally:
        await database.close()
    return name


def models_of(settings: Settings, database: Database) -> Models:
    """The models folder, with no brain to switch: the next start serves what is active."""
    return Models(database, SystemClock(), settings.models_dir, RemoteBrain("", ""))
