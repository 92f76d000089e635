"""Killed anywhere, a message is answered exactly once, with exactly one row, or a human has it instead."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest

from bot.bench.chat import prepared_unit
from bot.bench.unit import Unit
from tests.databases import new_database, of_kind
from tests.kill.balancer import all_up
from tests.kill.driver import answered, drive, insist, rows
from tests.model import trained_model

DATABASES = ("sqlite",)
GATEWAY = ("-m", "tests.gateway_process")


def cluster(folder: Path) -> list[Unit]:
    """Two units on one PostgreSQL database."""
    shared = {"TELLONCE_DATABASE_URL": new_database(folder), "TELLONCE_ANSWER_SECONDS": "3"}
    return [Unit(folder, GATEWAY, shared | {"TELLONCE_UNIT": name}) for name in ("a", "b")]


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_gateway_and_brain_killed_at_random_moments(tmp_path: Path) -> None:
    unit = Unit(tmp_path, GATEWAY, {"TELLONCE_ANSWER_SECONDS": "3"})
    found = await drive([unit], customers=25, messages=12, every={"gateway": 3.0, "brain": 2.5}, slow=0.01, seed=11)
    assert found.wrong == []
    assert found.once + found.human == 300
    assert found.once > 240
    assert unit.kills["gateway"] >= 3 and unit.kills["brain"] >= 3
    assert unit.brains() == []


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_two_units_killed_at_random_moments(tmp_path: Path) -> None:
    """Each call of a customer goes to either gateway."""
    with of_kind("postgresql"):
        units = cluster(tmp_path)
        found = await drive(units, customers=12, messages=6, every={"gateway": 4.0, "brain": 4.0}, slow=0.01, seed=11)
    print(f"\n{found}; killed {[dict(unit.kills) for unit in units]}")
    assert found.wrong == []
    assert found.once + found.human == 72
    assert found.once > 50
    assert sum(unit.kills["gateway"] for unit in units) >= 1


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_what_a_killed_unit_was_at_is_taken_up_by_the_other(tmp_path: Path) -> None:
    with of_kind("postgresql"):
        one, other = units = cluster(tmp_path)
        for unit in units:
            unit.start()
        try:
            await all_up(units)
            async with aiohttp.ClientSession() as http:
                opened = await insist(http, "POST", f"{one.url}/api/chat/sessions", {"language": "pl"})
                headers = {"Authorization": f"Bearer {opened['token']}"}
                stuck = one.brains()
                for brain in stuck:
                    brain.suspend()  # its turn is under way for as long as it lives
                body = {"client_id": "1", "text": "opinia: bardzo dobra obsługa"}
                sent = await insist(http, "POST", f"{one.url}/api/chat/messages", body, headers)
                locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
                while rows(one.database_url, locks) == [(0,)]:
                    await asyncio.sleep(0.02)
                one.kill_gateway()
                began = time.monotonic()
                for brain in stuck:
                    brain.kill()
                view = await answered(http, other.url, headers, sent["message_id"])
                print(f"\nanswered by the other {time.monotonic() - began:.1f} s after the kill")
            assert [m["sender"] for m in view["messages"]] == ["bot"] and view["owner"] == "bot"
            assert rows(one.database_url, "SELECT count(*) FROM feedback") == [(1,)]
        finally:
            other.stop()


@pytest.mark.rasa
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_real_brain_and_its_gateway_killed(tmp_path: Path) -> None:
    unit = await prepared_unit(tmp_path, trained_model())
    unit.settings["TELLONCE_ANSWER_SECONDS"] = "30"
    found = await drive([unit], customers=6, messages=5, every={"gateway": 15.0, "brain": 12.0}, seed=3, pace=2.0)
    assert found.wrong == []
    assert found.once + found.human == 30
    assert unit.kills["brain"] >= 1
    assert unit.brains() == []
