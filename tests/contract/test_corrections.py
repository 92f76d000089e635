"""Each correction of Rasa is still needed: a test fails here when a newer Rasa has mended what we mend."""

from __future__ import annotations

import inspect

import pytest

pytestmark = [pytest.mark.rasa, pytest.mark.filterwarnings("ignore")]


def test_rasa_still_checks_its_schema_at_every_action_call() -> None:
    from rasa.core.actions.action import RemoteAction

    assert "validate(result, self.action_response_format_spec())" in inspect.getsource(
        RemoteAction._validate_action_result
    )


def test_rasa_still_swallows_a_failed_action() -> None:
    from rasa.core.processor import MessageProcessor

    source = inspect.getsource(MessageProcessor._run_action)
    assert "except Exception" in source and "logger.exception" in source


def test_rasa_still_opens_a_session_for_every_call() -> None:
    from rasa.utils.endpoints import DEFAULT_REQUEST_TIMEOUT, EndpointConfig

    assert "async with self.session() as session" in inspect.getsource(EndpointConfig.request)
    assert DEFAULT_REQUEST_TIMEOUT == 60 * 5


def test_the_compiled_check_refuses_what_rasas_refuses() -> None:
    import jsonschema
    from rasa.core.actions.action import RemoteAction

    from bot.brain.corrections import compile_action_schema

    original = RemoteAction._validate_action_result
    try:
        compile_action_schema()
        action = RemoteAction("action_x", None)
        assert action._validate_action_result({"events": [], "responses": []})
        for wrong in ({"events": {}}, {"responses": "text"}, {"events": [{"no": "name"}]}):
            with pytest.raises(jsonschema.ValidationError):
                action._validate_action_result(wrong)
    finally:
        RemoteAction._validate_action_result = original
