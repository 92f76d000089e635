"""Intents, responses and their history. Files are read in threads; handlers only translate."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.domain.errors import NotPossibleNow
from bot.services import intent_warnings, nlu_files
from bot.services import project_checks as check
from bot.services.project_files import ProjectFiles, version_of
from bot.services.project_history import Listed
from bot.services.response_files import ResponseText
from bot.web.auth import USER, require
from bot.web.body import json_object, optional_string
from bot.web.keys import PROJECT_FILES, PROJECT_HISTORY

LARGE_BODY = 2**20
"""An intent with all its examples in one body."""


# Intents


@require("admin")
async def list_intents(request: web.Request) -> web.Response:
    files = request.config_dict[PROJECT_FILES]
    return web.json_response(await asyncio.to_thread(_intents, files))


def _intents(files: ProjectFiles) -> dict[str, Any]:
    intents, built_in, topics, responses = files.intents(), files.built_in(), files.topics(), files.responses()
    warnings = intent_warnings.of_project(intents)
    return {
        "intents": [
            {
                "name": name,
                "counts": nlu_files.counts(examples),
                "built_in": name in built_in,
                "answered": name in built_in or f"utter_{name}" in responses,
                "topic": topics[name],
                "title": _title(responses.get(f"utter_guess_{name}")),
                "warnings": warnings[name],
            }
            for name, examples in intents.items()
        ],
        "entities": files.entities(),
    }


def _title(response: ResponseText | None) -> dict[str, str]:
    """What the intent is called when customers are offered it, by language."""
    return {language: texts[0] for language, texts in response.texts.items() if texts} if response else {}


@require("admin")
async def get_intent(request: web.Request) -> web.Response:
    return web.json_response(await _intent(request))


@require("admin")
async def put_intent(request: web.Request) -> web.Response:
    name, body = request.match_info["name"], await json_object(request, LARGE_BODY)
    files = request.config_dict[PROJECT_FILES]

    def draft() -> Any:
        return files.saving_intent(
            name,
            body.get("examples"),
            version=optional_string(body, "version"),
            moves=body.get("moves"),
            answer=body.get("answer"),
            title=body.get("title"),
        )

    await _save(request, "intent_saved", name, draft)
    return web.json_response(await _intent(request))


@require("admin")
async def delete_intent(request: web.Request) -> web.Response:
    name, files = request.match_info["name"], request.config_dict[PROJECT_FILES]
    await _save(request, "intent_deleted", name, lambda: files.deleting_intent(name))
    return web.json_response({"deleted": name})


@require("admin")
async def check_intent(request: web.Request) -> web.Response:
    """What would be said of these examples, saved or not: asked while somebody types."""
    name, body = request.match_info["name"], await json_object(request, LARGE_BODY)
    files, given = request.config_dict[PROJECT_FILES], body.get("examples")
    if not isinstance(given, dict) or not all(
        language in check.LANGUAGES and isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        for language, texts in given.items()
    ):
        raise check.refuse("not_texts")
    found = await asyncio.to_thread(lambda: intent_warnings.of_intent(name, given, files.intents(), files.entities()))
    return web.json_response(found)


async def _intent(request: web.Request) -> dict[str, Any]:
    name, files = request.match_info["name"], request.config_dict[PROJECT_FILES]

    def read() -> dict[str, Any]:
        intents = files.intents()
        examples, beside = files.intent(name), files.answers(name)
        warnings = intent_warnings.of_intent(name, examples, intents, files.entities())["warnings"]
        return {
            "name": name,
            "examples": examples,
            "counts": nlu_files.counts(examples),
            "built_in": name in files.built_in(),
            "version": version_of(examples, *beside.values()),
            "action": files.actions().get(name),
            "warnings": warnings,
            **beside,
        }

    found = await asyncio.to_thread(read)
    return {**found, "last": await _last(request, name)}


# Responses


@require("admin")
async def list_responses(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(request.config_dict[PROJECT_FILES].responses)
    listed = [{"name": name, "texts": one.texts, "topic": one.topic} for name, one in found.items()]
    return web.json_response({"responses": listed})


@require("admin")
async def get_response(request: web.Request) -> web.Response:
    return web.json_response(await _response(request))


@require("admin")
async def put_response(request: web.Request) -> web.Response:
    name, body = request.match_info["name"], await json_object(request, LARGE_BODY)
    files, version = request.config_dict[PROJECT_FILES], optional_string(body, "version")
    variants = body.get("texts", body.get("variants"))
    await _save(request, "response_saved", name, lambda: files.saving_response(name, variants, version=version))
    return web.json_response(await _response(request))


async def _response(request: web.Request) -> dict[str, Any]:
    name = request.match_info["name"]
    found = await asyncio.to_thread(request.config_dict[PROJECT_FILES].response, name)
    return {"name": name, **found.as_json(), "last": await _last(request, name)}


# History


@require("admin")
async def list_history(request: web.Request) -> web.Response:
    before = request.query.get("before", "")
    versions = await request.config_dict[PROJECT_HISTORY].page(
        int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None,
        request.query.get("subject") or None,
    )
    return web.json_response({"versions": [_version(listed) for listed in versions]})


@require("admin")
async def get_version(request: web.Request) -> web.Response:
    identifier = int(request.match_info["id"])
    listed, changes = await request.config_dict[PROJECT_HISTORY].difference(identifier)
    return web.json_response({**_version(listed), "changes": changes})


@require("admin")
async def undo_version(request: web.Request) -> web.Response:
    identifier = int(request.match_info["id"])
    made = await request.config_dict[PROJECT_HISTORY].undo(identifier, request[USER])
    return web.json_response({"version": made.id if made else None})


def _version(listed: Listed) -> dict[str, Any]:
    version = listed.version
    return {
        "id": version.id,
        "kind": version.kind,
        "subject": version.subject,
        "by": listed.author,
        "at": version.created_at.isoformat(),
        "undoes": version.undoes_id,
        "files": [{key: change[key] for key in ("path", "added", "removed")} for change in version.changes],
    }


async def _last(request: web.Request, subject: str) -> dict[str, Any] | None:
    """Who touched it last, and when."""
    listed = await request.config_dict[PROJECT_HISTORY].latest(subject)
    return _version(listed) if listed else None


async def _save(request: web.Request, kind: str, subject: str, draft: Any) -> None:
    """Write a draft as a version. A second saver is told whose change they would undo."""
    try:
        await request.config_dict[PROJECT_HISTORY].save(kind, subject, request[USER], draft)
    except NotPossibleNow as refused:
        if refused.details.get("reason") == "changed_meanwhile":
            refused.details["last"] = await _last(request, subject)
        raise
