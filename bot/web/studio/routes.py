"""The admin API of the contract. Files and models are touched in threads or tasks; handlers only translate."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.services import project_checks, project_files
from bot.services.models import ModelEntry
from bot.services.transcript import announce
from bot.storage.tables import Training
from bot.web.auth import USER, require
from bot.web.body import json_object, message_text
from bot.web.keys import BRAIN, CLOCK, DATABASE, METRICS, MODELS, PROJECT_FILES, TRAININGS, UNRECOGNISED
from bot.web.studio.pages import asset, page

LARGE_BODY = 2**20
"""An intent with all its examples in one body."""
LONGEST_TRY = 1000


# Intents


@require("admin")
async def list_intents(request: web.Request) -> web.Response:
    files = request.config_dict[PROJECT_FILES]
    intents, built_in, unanswered = await asyncio.to_thread(
        lambda: (files.intents(), files.built_in(), files.unanswered())
    )
    return web.json_response(
        {
            "intents": [
                {
                    "name": name,
                    "counts": project_files.counts(examples),
                    "built_in": name in built_in,
                    "answered": name not in unanswered,
                }
                for name, examples in intents.items()
            ]
        }
    )


@require("admin")
async def get_intent(request: web.Request) -> web.Response:
    return web.json_response(await _intent(request))


@require("admin")
async def put_intent(request: web.Request) -> web.Response:
    name, body = request.match_info["name"], await json_object(request, LARGE_BODY)
    version = body.get("version")
    save = request.config_dict[PROJECT_FILES].save_intent
    await asyncio.to_thread(save, name, body.get("examples"), version=version if isinstance(version, str) else None)
    await _note(request, "intent_saved", intent=name)
    return web.json_response(await _intent(request))


@require("admin")
async def delete_intent(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    await asyncio.to_thread(request.config_dict[PROJECT_FILES].delete_intent, name)
    await _note(request, "intent_deleted", intent=name)
    return web.json_response({"deleted": name})


async def _intent(request: web.Request) -> dict[str, Any]:
    name, files = request.match_info["name"], request.config_dict[PROJECT_FILES]
    examples, built_in = await asyncio.to_thread(lambda: (files.intent(name), files.built_in()))
    return {
        "name": name,
        "examples": examples,
        "counts": project_files.counts(examples),
        "built_in": name in built_in,
        "version": project_files.version_of(examples),
    }


# Responses


@require("admin")
async def list_responses(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(request.config_dict[PROJECT_FILES].responses)
    return web.json_response({"responses": [{"name": name, "texts": texts} for name, texts in found.items()]})


@require("admin")
async def get_response(request: web.Request) -> web.Response:
    return web.json_response(await _response(request))


@require("admin")
async def put_response(request: web.Request) -> web.Response:
    name, body = request.match_info["name"], await json_object(request)
    await asyncio.to_thread(request.config_dict[PROJECT_FILES].save_response, name, body.get("texts"))
    await _note(request, "response_saved", response=name)
    return web.json_response(await _response(request))


async def _response(request: web.Request) -> dict[str, Any]:
    name = request.match_info["name"]
    texts = await asyncio.to_thread(request.config_dict[PROJECT_FILES].response, name)
    return {"name": name, "texts": texts, "placeholders": sorted(project_checks.known_placeholders(texts))}


# Trying, training, models


@require("admin")
async def parse(request: web.Request) -> web.Response:
    body = await json_object(request)
    text = message_text(body, most=LONGEST_TRY)
    found = await request.config_dict[BRAIN].parse(text, "")
    intent = found.get("intent") or {}
    return web.json_response(
        {
            "intent": intent.get("name"),
            "confidence": intent.get("confidence", 0.0),
            "ranking": [
                {"intent": guess["name"], "confidence": guess["confidence"]}
                for guess in found.get("intent_ranking", [])
            ],
            "entities": [
                {key: entity.get(key) for key in ("entity", "value", "start", "end")}
                for entity in found.get("entities", [])
            ],
            "language": found.get("language"),
        }
    )


@require("admin")
async def post_training(request: web.Request) -> web.Response:
    return web.json_response({"id": await request.config_dict[TRAININGS].start(request[USER])}, status=202)


@require("admin")
async def latest_training(request: web.Request) -> web.Response:
    """The newest training, or null: where a page opened later finds what runs."""
    training = await request.config_dict[TRAININGS].latest()
    return web.json_response({"training": _training(training) if training else None})


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
    entries = await request.config_dict[MODELS].entries()
    return web.json_response({"models": [_model(entry) for entry in entries]})


@require("admin")
async def activate_model(request: web.Request) -> web.Response:
    models = request.config_dict[MODELS]
    return web.json_response(_model(await models.activate(request.match_info["id"], request[USER])))


def _model(entry: ModelEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "active": entry.active,
        "created_at": entry.created_at.isoformat(),
        "activated_at": entry.activated_at.isoformat() if entry.activated_at else None,
        "size": entry.size,
        "accuracy": entry.report.get("accuracy", {}),
        "worse": entry.report.get("worse", []),
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
async def metrics(request: web.Request) -> web.Response:
    figures = await request.config_dict[METRICS].measure(request.query.get("from"), request.query.get("to"))
    return web.json_response(figures)


async def _note(request: web.Request, what: str, **details: str) -> None:
    """For the audit trail: who changed what. What it was before is in the files' own history."""
    async with request.config_dict[DATABASE].write() as session:
        actor = f"user:{request[USER].id}"
        announce(session, None, "studio", actor, request.config_dict[CLOCK].now(), what=what, **details)


def setup_routes(app: web.Application) -> None:
    router = app.router
    router.add_get("/studio", page)
    router.add_get("/studio/static/{name:.+}", asset)
    router.add_get("/api/studio/intents", list_intents)
    router.add_get("/api/studio/intents/{name}", get_intent)
    router.add_put("/api/studio/intents/{name}", put_intent)
    router.add_delete("/api/studio/intents/{name}", delete_intent)
    router.add_get("/api/studio/responses", list_responses)
    router.add_get("/api/studio/responses/{name}", get_response)
    router.add_put("/api/studio/responses/{name}", put_response)
    router.add_post("/api/studio/parse", parse)
    router.add_get("/api/studio/trainings", latest_training)
    router.add_post("/api/studio/trainings", post_training)
    router.add_get(r"/api/studio/trainings/{id:\d{1,9}}", get_training)
    router.add_get("/api/studio/models", list_models)
    router.add_post("/api/studio/models/{id}/activate", activate_model)
    router.add_get("/api/studio/unrecognised", list_unrecognised)
    router.add_post(r"/api/studio/unrecognised/{id:\d{1,9}}", resolve_unrecognised)
    router.add_get("/api/studio/metrics", metrics)
