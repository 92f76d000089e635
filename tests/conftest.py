"""Fixtures of several folders: the small shop's desk, without and with its routes; and which database a test runs on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.local_postgres import programs
from tests import databases
from tests.desk_world import Agent, World, desk_server, desk_world

ON_BOTH = ("unit", "contract", "integration")
"""Folders whose tests run on both kinds of database, if on any; elsewhere a module names its DATABASES."""


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with desk_world(tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def browser(world: World) -> AsyncIterator[Callable[..., Awaitable[Agent]]]:
    """Logs a user in: a client of the desk's API for each call."""
    async with desk_server(world) as opened:
        yield opened


@pytest.fixture(autouse=True)
def database_kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kind of database this test is given: `sqlite` or `postgresql`."""
    kind = getattr(request, "param", "sqlite")
    if kind == "postgresql" and programs() is None:
        pytest.skip("there is no PostgreSQL server here")
    with databases.of_kind(kind):
        yield kind


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    kinds = getattr(metafunc.module, "DATABASES", None)
    if kinds is None and Path(metafunc.module.__file__ or "").parent.name in ON_BOTH:
        fixtures = [found[-1].func for found in metafunc.definition._fixtureinfo.name2fixturedefs.values()]
        kinds = databases.KINDS if any(map(databases.touches, [metafunc.function, *fixtures])) else None
    if kinds is not None:
        metafunc.parametrize("database_kind", kinds, indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    databases.run_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if programs() is None:
        terminalreporter.section("PostgreSQL is not installed")
        terminalreporter.write_line("Every test on it was skipped. Debian: apt install postgresql")
