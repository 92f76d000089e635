"""Where the brain calls actions: a small application on a loopback port of its own, with its own body limit.

It is outside the error middleware: Rasa expects a bare 400 for an action that refuses, and anything else is a failure.
"""

from __future__ import annotations

import hmac
import json

import structlog
from aiohttp import web
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

log = structlog.get_logger(__name__)
LARGEST = 8 * 2**20


def actions_app(executor: ActionExecutor, secret: str) -> web.Application:
    """`POST /actions` runs one action within the turn that its sender id names."""

    async def run(request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {secret}"):
            return web.json_response({"error": "unauthorized"}, status=401)
        call = json.loads(await request.read())
        name = call.get("next_action")
        try:
            return web.json_response(await executor.run(call))
        except ActionExecutionRejection as error:
            return web.json_response({"error": error.message, "action_name": error.action_name}, status=400)
        except ActionNotFoundException as error:
            return web.json_response({"error": str(error), "action_name": error.action_name}, status=404)
        except LookupError as error:  # its turn is over: it must not do anything any more
            return web.json_response({"error": str(error), "action_name": name}, status=409)
        except Exception as error:
            log.exception("action_failed", action=name)
            return web.json_response({"error": type(error).__name__, "action_name": name}, status=500)

    app = web.Application(client_max_size=LARGEST)
    app.router.add_post("/actions", run)
    return app
