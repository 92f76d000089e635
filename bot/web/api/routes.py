"""Health, readiness, metrics and the description of the whole API."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.services.telemetry import BRAIN_READY, SOCKETS_OPEN, WAITING
from bot.storage.tables import Conversation
from bot.web.keys import BRAIN, DATABASE, SOCKETS


async def healthz(request: web.Request) -> web.Response:
    """200 as long as this process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 only when a customer's message would be answered now."""
    checks = {"database": await database_answers(request), "brain": await request.config_dict[BRAIN].ready()}
    status = 200 if all(checks.values()) else 503
    return web.json_response({"status": "ready" if status == 200 else "not ready", **checks}, status=status)


async def database_answers(request: web.Request) -> bool:
    try:
        async with request.config_dict[DATABASE].read() as session:
            await session.execute(text("SELECT 1"))
        return True
    except (SQLAlchemyError, OSError):
        return False


async def metrics(request: web.Request) -> web.Response:
    BRAIN_READY.set(await request.config_dict[BRAIN].ready())
    SOCKETS_OPEN.set(len(request.config_dict[SOCKETS]))
    async with request.config_dict[DATABASE].read() as session:
        waiting = await session.scalar(select(func.count()).where(Conversation.state == "waiting"))
    WAITING.set(waiting or 0)
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, held to the routes by a test."""
    content: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "openapi.yml").read_text("utf-8"))
    return content


async def openapi(request: web.Request) -> web.Response:
    return web.json_response(description())


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/api/openapi.json", openapi)
