"""Killed anywhere, a message is answered exactly once, with exactly one row, or a human has it instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bench.chat import prepared_unit
from bot.bench.unit import Unit
from tests.kill.driver import drive
from tests.model import trained_model


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_gateway_and_brain_killed_at_random_moments(tmp_path: Path) -> None:
    unit = Unit(tmp_path, ("-m", "tests.gateway_process"), {"TELLONCE_ANSWER_SECONDS": "3"})
    found = await drive(unit, customers=25, messages=20, every={"gateway": 3.0, "brain": 2.5}, slow=0.01, seed=11)
    assert found.wrong == []
    assert found.once + found.human == 500
    assert found.once > 400
    assert unit.kills["gateway"] >= 3 and unit.kills["brain"] >= 3
    assert unit.brains() == []


@pytest.mark.rasa
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_real_brain_and_its_gateway_killed(tmp_path: Path) -> None:
    unit = await prepared_unit(tmp_path, trained_model())
    unit.settings["TELLONCE_ANSWER_SECONDS"] = "30"
    found = await drive(unit, customers=6, messages=8, every={"gateway": 15.0, "brain": 12.0}, seed=3, pace=2.0)
    assert found.wrong == []
    assert found.once + found.human == 48
    assert unit.kills["brain"] >= 1
    assert unit.brains() == []
