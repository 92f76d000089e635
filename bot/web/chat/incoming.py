"""Reading a customer's message off the wire, the same from a POST body and a WebSocket frame."""

from __future__ import annotations

from typing import Any

from bot.domain.errors import BadRequest, InvalidText
from bot.services.inbox import Incoming
from bot.services.page import Page


def incoming(body: dict[str, Any]) -> Incoming:
    """The message in a POST body or WebSocket frame. Raises BadRequest, InvalidText or InvalidValue."""
    client_id = body.get("client_id")
    if not isinstance(client_id, str) or not client_id:
        raise BadRequest(details={"field": "client_id"})
    for name in ("button", "attachment", "language"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise BadRequest(details={"field": name})
    if body.get("text") is not None and not isinstance(body["text"], str):
        raise InvalidText(details={"reason": "not_text"})
    page = Page.read(body.get("context"))
    content = body.get("text"), body.get("button"), body.get("attachment")
    return Incoming(client_id, *content, page=page, language=body.get("language"))
