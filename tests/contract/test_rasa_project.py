"""The project is a standard Rasa project: what Rasa's own commands look for is there and agrees."""

from __future__ import annotations

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from actions import ACTIONS
from bot.settings import PROJECT


@pytest.mark.filterwarnings("ignore")
def test_rasa_run_actions_finds_every_action_of_the_domain() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))
    assert set(executor.actions) == set(domain["actions"]) == {action.name() for action in ACTIONS}


def test_the_committed_endpoints_are_loopback_and_without_secrets() -> None:
    endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text("utf-8"))
    assert endpoints["action_endpoint"]["url"].startswith("http://127.0.0.1:")
    assert "headers" not in endpoints["action_endpoint"]
