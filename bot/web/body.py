"""Reading JSON bodies: everything that can be wrong with one is found here, before any use case runs."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from aiohttp import web

from bot.domain.errors import BadRequest, InvalidText, InvalidValue, TextTooLong, TooLarge

LIMIT = 65536


async def json_object(request: web.Request, limit: int = LIMIT) -> dict[str, Any]:
    """The JSON object in the body.

    Raises BadRequest when it is not `application/json` in UTF-8, not JSON, or not an object; TooLarge above `limit`.
    """
    if request.content_type != "application/json" and not request.content_type.endswith("+json"):
        raise BadRequest("the body must be application/json", details={"content_type": request.content_type})
    if (request.charset or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii"):
        raise BadRequest("the body must be UTF-8", details={"charset": request.charset})
    raw = await raw_body(request, limit)
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        # A lone surrogate is valid JSON and no text: no database and no socket takes it.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(value, dict):
        raise BadRequest("the body must be a JSON object")
    return value


async def raw_body(request: web.Request, limit: int) -> bytes:
    """The body as it was sent. Raises TooLarge."""
    if (request.content_length or 0) > limit:
        raise TooLarge(details={"limit": limit})
    parts, size = [], 0
    async for part in request.content.iter_chunked(16384):
        size += len(part)
        if size > limit:
            raise TooLarge(details={"limit": limit})
        parts.append(part)
    return b"".join(parts)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def string(body: dict[str, Any], name: str, *, most: int = 1000, default: str | None = None) -> str:
    """The string under `name`, at most `most` characters; `default` where it is missing or null.

    Raises InvalidValue when it is missing without a default, not a string, empty, too long, or holds a NUL.
    """
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value.strip() or len(value) > most or "\x00" in value:
        raise InvalidValue(f"{name} must be a text of 1 to {most} characters", details={"field": name})
    return value


def optional_string(body: dict[str, Any], name: str, *, most: int = 1000) -> str | None:
    """The string under `name`; None where it is missing, null or blank. Raises InvalidValue as `string` does."""
    value = body.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return string(body, name, most=most)


def one_of(body: dict[str, Any], name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    """The string under `name` when it is one of `allowed`. Raises InvalidValue otherwise."""
    value = body.get(name, default)
    if value not in allowed:
        raise InvalidValue(f"{name} must be one of {', '.join(allowed)}", details={"field": name, "allowed": allowed})
    return str(value)


def message_text(body: dict[str, Any], name: str = "text", *, most: int = 4000) -> str:
    """What somebody says. Raises InvalidText when it is no text or blank, TextTooLong above `most` characters."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise InvalidText(details={"field": name})
    if len(value) > most:
        raise TextTooLong(details={"field": name, "limit": most})
    return value.strip()
