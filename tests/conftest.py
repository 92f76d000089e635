"""Fixtures of several folders: the small shop's desk, without and with its routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio

from tests.desk_world import Agent, World, desk_server, desk_world


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with desk_world(tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def browser(world: World) -> AsyncIterator[Callable[..., Awaitable[Agent]]]:
    """Logs a user in: a client of the desk's API for each call."""
    async with desk_server(world) as opened:
        yield opened
