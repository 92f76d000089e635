"""Databases for tests: SQLite files, or databases of a PostgreSQL server that is started once a test run.

A test that comes to one of the three functions here, however indirectly, runs on both kinds (see `conftest.py`).
"""

from __future__ import annotations

import fcntl
import inspect
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import psutil
import psycopg

from bot.local_postgres import FAST, LocalPostgres
from bot.services.ports import Clock
from bot.settings import PROJECT
from bot.shop.importer import import_shop
from bot.storage import migrations
from bot.storage.database import Database

KINDS = ("sqlite", "postgresql")
PREFIX = "tellonce-tests-"
FOLDER = "PG_FOR_TESTS"
"""Environment variable: where this run's server is, the same for all its processes."""
# Cursors are sound only if ids of a conversation's messages follow the order of their commits: who adds one must hold
# the conversation. Here the database itself checks it.
IN_ORDER = (
    """
CREATE FUNCTION held() RETURNS trigger AS $$ BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM conversations WHERE id = NEW.conversation_id AND
        pg_current_xact_id()::text::bigint % 4294967296 IN (xmin::text::bigint, xmax::text::bigint)
    ) THEN RAISE EXCEPTION 'before a message is added, get its conversation with_for_update=True'; END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql
""",
    "CREATE TRIGGER held BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION held()",
)


class _Now:
    kind = "sqlite"
    made: list[str] = []


def fresh_database(folder: Path) -> str:
    """The URL of a database without anything, schema included."""
    return f"sqlite:///{folder / 'fresh.db'}" if _Now.kind == "sqlite" else _create("fresh", "template1")


def new_database(folder: Path, name: str = "tellonce") -> str:
    """The URL of a database with the newest schema and nothing in it."""
    with _alone("empty") as made:
        if not made.exists():
            _migrate(_template_url("empty"))
            made.touch()
    return _copy(folder, name, "empty")


async def prepared_database(folder: Path, clock: Clock) -> str:
    """The URL of a database with the sample shop in it, imported once a test run."""
    with _alone("sample") as made:
        if not made.exists():
            url = _template_url("sample")
            _migrate(url)
            database = Database(url)
            await import_shop(database, PROJECT / "data" / "shop", now=clock.now())
            await database.close()
            made.touch()
    return _copy(folder, "tellonce", "sample")


@contextmanager
def of_kind(kind: str) -> Iterator[None]:
    """Which databases are made meanwhile; those of PostgreSQL are dropped at the end."""
    before, _Now.kind = _Now.kind, kind
    try:
        yield
    finally:
        _Now.kind = before
        while _Now.made:
            server().drop(_Now.made.pop())


def _copy(folder: Path, name: str, template: str) -> str:
    if _Now.kind == "postgresql":
        return _create(name, template)
    copy = folder / f"{name}.db"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(run_folder() / f"{template}.db", copy)
    return f"sqlite:///{copy}"


def _create(name: str, template: str) -> str:
    _Now.made.append(f"{name}-{secrets.token_hex(4)}")
    return server().create(_Now.made[-1], template)


def _template_url(name: str) -> str:
    return f"sqlite:///{run_folder() / name}.db" if _Now.kind == "sqlite" else server().create(name)


def _migrate(url: str) -> None:
    migrations.upgrade(url)
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            for statement in IN_ORDER:
                connection.execute(statement)


# The run's server


def run_folder() -> Path:
    """A folder of this test run's own, with a short name: a socket's address has 107 characters at most."""
    if FOLDER not in os.environ:
        _sweep()
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=PREFIX)
        Path(os.environ[FOLDER]).chmod(0o755)
        (Path(os.environ[FOLDER]) / "run.pid").write_text(str(os.getpid()))
    return Path(os.environ[FOLDER])


def _sweep() -> None:
    """A run that was killed could not close what it had started."""
    for file in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/run.pid"):
        if not psutil.pid_exists(int(file.read_text() or 0)):
            LocalPostgres(file.parent / "pg").stop()
            shutil.rmtree(file.parent, ignore_errors=True)


@cache
def server() -> LocalPostgres:
    """Started by whoever needs it first."""
    found = LocalPostgres(run_folder() / "pg", FAST)
    with (run_folder() / "lock-server").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.running:
            found.start()
    return found


def close() -> None:
    """At the end of the run."""
    LocalPostgres(run_folder() / "pg").stop()
    shutil.rmtree(run_folder(), ignore_errors=True)


@contextmanager
def _alone(template: str) -> Iterator[Path]:
    """One process of this run at a time; the file that says whether the template is made."""
    made = run_folder() / f"{_Now.kind}-{template}"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield made


# Who comes here


def touches(function: Callable[..., Any]) -> bool:
    """True when a function of the tests, or one that it names, or one that that one names, makes a database."""
    return _touches(function, set())


def _touches(value: Any, seen: set[int]) -> bool:
    if id(value) in seen:
        return False
    seen.add(id(value))
    if value in (fresh_database, new_database, prepared_database):
        return True
    if isinstance(value, type):
        return any(_touches(part, seen) for part in vars(value).values() if isinstance(part, FunctionType))
    value = inspect.unwrap(value)
    if not isinstance(value, FunctionType):
        return False
    named = [value.__globals__.get(name) for name in _names(value.__code__)]
    ours = [one for one in named if callable(one) and str(getattr(one, "__module__", "")).startswith("tests")]
    return any(_touches(one, seen) for one in ours)


def _names(code: CodeType) -> set[str]:
    inside = [const for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*map(_names, inside))
