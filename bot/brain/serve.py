"""Serve one model on a loopback port: Rasa's own server with nothing of its API but our connector."""

from __future__ import annotations

import logging
import os
from typing import Any

from rasa.core import run
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from bot.brain import corrections


def serve(model: str, port: int, endpoints: str, credentials: str) -> None:
    """Blocks. A model that cannot be loaded ends the process with code 3: there is nothing to retry."""
    corrections.compile_action_schema()
    for name in ("sanic.root", "sanic.error", "sanic.access", "rasa", "matplotlib", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)
    available = AvailableEndpoints.read_endpoints(endpoints)
    channels = run.create_http_input_channels(None, credentials)
    app: Sanic = run.configure_app(channels, None, None, enable_api=False, port=port, endpoints=available)

    async def load(running: Sanic, loop: Any) -> None:
        await run.load_agent_on_start(model, available, None, running, loop)
        agent = getattr(running.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            os._exit(3)

    app.register_listener(load, "before_server_start")
    app.run(host="127.0.0.1", port=port, workers=1, access_log=False, motd=False, debug=False)
