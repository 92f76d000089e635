"""The one place where errors become responses: stable code, words in the caller's language, right status."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import OperationalError

from bot.domain.errors import BadRequest, NotFound, StorageUnavailable, TellOnceError, TooLarge
from bot.responses import Responses, UnknownResponse
from bot.web.keys import RESPONSES

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MethodNotAllowed(TellOnceError):
    code, status = "method_not_allowed", 405


def error_body(error: TellOnceError, responses: Responses, language: str) -> dict[str, Any]:
    """{"error": {"code", "message", "details"?}}: the contract's form."""
    values = {"limit": "", "by": "", "retry_after": "", **error.details, **error.values}
    message = error.message or error.code
    # Where there are words for the very reason they are better than those for the code.
    for name in (f"{error.code}_{error.details.get('reason')}", error.code):
        with suppress(UnknownResponse, KeyError):
            message = responses.text(f"utter_error_{name}", language, **values)
            break
    body: dict[str, Any] = {"code": error.code, "message": message}
    if error.details:
        body["details"] = error.details
    return {"error": body}


def language_of(request: web.Request) -> str:
    """The language of the page that asks, by `Accept-Language`: Polish unless English comes first."""
    first = request.headers.get("Accept-Language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "pl"


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except TellOnceError as error:
        return as_response(request, error)
    except web.HTTPRequestEntityTooLarge:
        return as_response(request, TooLarge())
    except web.HTTPNotFound:
        return as_response(request, NotFound())
    except web.HTTPMethodNotAllowed as error:
        response = as_response(request, MethodNotAllowed())
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return as_response(request, BadRequest(error.reason))
    except OperationalError as error:
        # SQLite says so when it is locked or the disk is full; PostgreSQL when it is gone. Nothing was committed.
        log.error("storage_unavailable", problem=str(error.orig)[:200])
        return as_response(request, StorageUnavailable())
    except OSError as error:
        if error.errno is None:
            raise
        log.error("storage_unavailable", problem=error.strerror)
        return as_response(request, StorageUnavailable())
    except Exception:
        log.exception("request_failed", method=request.method, route=route_of(request))
        return as_response(request, TellOnceError())


def as_response(request: web.Request, error: TellOnceError) -> web.Response:
    responses = request.config_dict[RESPONSES]
    response = web.json_response(error_body(error, responses, language_of(request)), status=error.status)
    if "retry_after" in error.values:
        response.headers["Retry-After"] = str(error.values["retry_after"])
    if error.status == 401 and request.path.startswith("/api/chat"):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def route_of(request: web.Request) -> str:
    """The route's pattern, so that no id of a person's conversation is logged."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
