"""Trying a sentence, training, models, sentences not understood, and figures: thin handlers."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.services.models import ModelEntry
from bot.services.project_files import ANSWER
from bot.services.understanding import enriched
from bot.shop.days import local_day
from bot.storage.tables import Training
from bot.web.auth import USER, require
from bot.web.body import json_object, message_text
from bot.web.keys import BRAIN, CLOCK, DATABASE, METRICS, MODELS, PROJECT_FILES, TRAININGS, UNRECOGNISED

LONGEST_TRY = 1000


# Trying, training, models


@require("admin")
async def parse(request: web.Request) -> web.Response:
    body = await json_object(request)
    text = message_text(body, most=LONGEST_TRY)
    found = await request.config_dict[BRAIN].parse(text, "")
    intent = found.get("intent") or {}
    today = local_day(request.config_dict[CLOCK].now())
    async with request.config_dict[DATABASE].read() as session:
        entities = await enriched(session, text, found.get("entities", []), today)
    return web.json_response(
        {
            "intent": intent.get("name"),
            "confidence": intent.get("confidence", 0.0),
            "ranking": [
                {"intent": guess["name"], "confidence": guess["confidence"]}
                for guess in found.get("intent_ranking", [])
            ],
            "entities": [{key: entity.get(key) for key in ("entity", "value", "start", "end")} for entity in entities],
            "language": found.get("language"),
            **await _reaction(request, intent.get("name")),
        }
    )


async def _reaction(request: web.Request, intent: str | None) -> dict[str, Any]:
    """What would be done about it: the action a rule calls, and the response where it only says that."""
    actions = await asyncio.to_thread(request.config_dict[PROJECT_FILES].actions)
    action = actions.get(intent or "")
    return {"action": action, "response": f"utter_{intent}" if action == ANSWER else None}


@require("admin")
async def post_training(request: web.Request) -> web.Response:
    return web.json_response({"id": await request.config_dict[TRAININGS].start(request[USER])}, status=202)


@require("admin")
async def latest_training(request: web.Request) -> web.Response:
    """The newest training, or null: where a page opened later finds what runs."""
    trainings = request.config_dict[TRAININGS]
    training = await trainings.latest()
    return web.json_response(
        {
            "training": _training(training) if training else None,
            "expected_seconds": await trainings.expected_seconds(),
            "untrained": await trainings.untrained(),
        }
    )


@require("admin")
async def cancel_training(request: web.Request) -> web.Response:
    training = await request.config_dict[TRAININGS].cancel(int(request.match_info["id"]), request[USER])
    return web.json_response(_training(training))


@require("admin")
async def get_training(request: web.Request) -> web.Response:
    return web.json_response(_training(await request.config_dict[TRAININGS].get(int(request.match_info["id"]))))


def _training(training: Training) -> dict[str, Any]:
    return {
        "id": training.id,
        "status": training.status,
        "progress": training.progress,
        "report": training.report,
        "model": training.model_id,
        "created_at": training.created_at.isoformat(),
        "finished_at": training.finished_at.isoformat() if training.finished_at else None,
    }


@require("admin")
async def list_models(request: web.Request) -> web.Response:
    return web.json_response({"models": await _models(request)})


@require("admin")
async def activate_model(request: web.Request) -> web.Response:
    model_id = request.match_info["id"]
    await request.config_dict[MODELS].activate(model_id, request[USER])
    return web.json_response(next(model for model in await _models(request) if model["id"] == model_id))


async def _models(request: web.Request) -> list[dict[str, Any]]:
    models, trainings = request.config_dict[MODELS], request.config_dict[TRAININGS]
    before, trainers = await models.previous(), await trainings.trainers()
    return [
        _model(entry) | {"by": trainers.get(entry.id), "previous": before is not None and entry.id == before.id}
        for entry in await models.entries()
    ]


def _model(entry: ModelEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "active": entry.active,
        "created_at": entry.created_at.isoformat(),
        "activated_at": entry.activated_at.isoformat() if entry.activated_at else None,
        "size": entry.size,
        "accuracy": entry.report.get("accuracy", {}),
        "worse": [{key: fall[key] for key in ("intent", "before", "after")} for fall in entry.report.get("worse", [])],
        "verdict": entry.report.get("verdict"),
        "compared_with": entry.report.get("compared_with"),
    }


# Unrecognised sentences, figures


@require("admin")
async def list_unrecognised(request: web.Request) -> web.Response:
    sentences = await request.config_dict[UNRECOGNISED].waiting()
    return web.json_response(
        {"unrecognised": [vars(sentence) | {"at": sentence.at.isoformat()} for sentence in sentences]}
    )


@require("admin")
async def resolve_unrecognised(request: web.Request) -> web.Response:
    body = await json_object(request)
    closed = await request.config_dict[UNRECOGNISED].resolve(int(request.match_info["id"]), body, request[USER])
    return web.json_response({"resolved": closed})


@require("admin")
async def reopen_unrecognised(request: web.Request) -> web.Response:
    reopened = await request.config_dict[UNRECOGNISED].undo(int(request.match_info["id"]), request[USER])
    return web.json_response({"reopened": reopened})


@require("admin")
async def metrics(request: web.Request) -> web.Response:
    figures = await request.config_dict[METRICS].measure(request.query.get("from"), request.query.get("to"))
    return web.json_response(figures)
