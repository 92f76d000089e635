"""The few corrections of Rasa 3.6.21 that this product needs, each with its reason.

`tests/contract/test_corrections.py` fails when a newer Rasa no longer needs one.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import jsonschema
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.brain.turn import TURN

ACTION_SECONDS = 5.0


def compile_action_schema() -> None:
    """Rasa checks the schema itself, not only the result, at every action call: 72 % of the time of such a turn.

    Measured side by side: 25.9 ms a turn as it is, 9.8 ms with the validator compiled once.
    """
    validator = jsonschema.Draft7Validator(RemoteAction.action_response_format_spec())

    def validate(self: Any, result: Any) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


class ActionEndpoint(EndpointConfig):  # type: ignore[misc]
    """The way to the gateway's actions. Rasa swallows an action that failed and answers 200 with no messages; here every
    failure is noted on the turn, so that the connector can say so. It also keeps its connections open and gives up after
    ACTION_SECONDS; Rasa opens a session for every call and waits five minutes.
    """

    _http: aiohttp.ClientSession | None = None

    async def request(self, method: str = "post", **kwargs: Any) -> Any:
        try:
            async with asyncio.timeout(ACTION_SECONDS):
                return await self._post(kwargs["json"])
        except Exception as error:
            turn = TURN.get()
            if turn is not None:
                name = kwargs["json"].get("next_action")
                turn.failures.append(f"{name}: {type(error).__name__} {error}"[:300])
            if isinstance(error, TimeoutError):
                raise aiohttp.ClientConnectionError("the action took too long") from error
            raise

    async def _post(self, body: dict[str, Any]) -> Any:
        if self._http is None:
            self._http = aiohttp.ClientSession(headers=self.headers)
        async with self._http.post(self.url, json=body) as response:
            if response.status != 200:
                raise ClientResponseError(response.status, response.reason, await response.text())
            return await response.json()


def use_action_endpoint(agent: Any) -> None:
    """Put our endpoint in the place of the one Rasa read from endpoints.yml."""
    configured = agent.action_endpoint
    if configured is None or isinstance(configured, ActionEndpoint):
        return
    ours = ActionEndpoint(configured.url, configured.params, configured.headers)
    agent.action_endpoint = ours
    if agent.processor is not None:
        agent.processor.action_endpoint = ours
