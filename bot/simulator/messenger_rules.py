"""What the Send API takes and what it refuses, with its own words."""

from __future__ import annotations

from typing import Any

DAY = 24 * 3600 * 1000


class Refused(Exception):
    """Answered as the Graph API answers an error."""

    def __init__(self, status: int, code: int, message: str, subcode: int = 0, *, transient: bool = False) -> None:
        super().__init__(message)
        self.status = status
        error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A0localStandIn"}
        more = ({"error_subcode": subcode} if subcode else {}) | ({"is_transient": True} if transient else {})
        self.body = {"error": {**error, **more}}


def checked_message(given: dict[str, Any]) -> dict[str, Any]:
    """The `message` of a call. Raises Refused."""
    if given.get("messaging_type") not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        raise Refused(400, 100, "(#100) Param messaging_type must be one of RESPONSE, UPDATE, MESSAGE_TAG")
    message: dict[str, Any] = given.get("message") or {}
    text, attachment = message.get("text"), message.get("attachment")
    if (text is None) == (attachment is None):
        raise Refused(400, 100, "(#100) Message must have either text or attachment", 2018034)
    if text is not None and not 1 <= len(text) <= 2000:
        raise _long("message[text]", 2000)
    if len(message.get("metadata", "")) > 1000:
        raise _long("message[metadata]", 1000)
    _check_replies(message.get("quick_replies") or [])
    if attachment is not None and attachment["type"] == "template":
        _check_template(attachment["payload"])
    return message


def _check_replies(replies: list[dict[str, Any]]) -> None:
    if len(replies) > 13:
        raise Refused(400, 100, "(#100) Param message[quick_replies] has too many elements.")
    for reply in replies:
        if not 1 <= len(reply.get("title", "")) <= 20:
            raise _long("quick_replies[title]", 20)
        if not 1 <= len(reply.get("payload", "")) <= 1000:
            raise _long("quick_replies[payload]", 1000)


def _check_template(payload: dict[str, Any]) -> None:
    if payload.get("template_type") != "generic":
        raise Refused(400, 100, "(#100) Invalid template_type")
    elements = payload.get("elements") or []
    if not 1 <= len(elements) <= 10:
        raise Refused(400, 100, "(#100) Param elements must have 1 to 10 elements")
    for element in elements:
        if not 1 <= len(element.get("title", "")) <= 80 or len(element.get("subtitle", "")) > 80:
            raise _long("elements[title]", 80)
        if len(element) < 2:
            raise Refused(400, 100, "(#100) Generic template elements must have more than a title", 2018065)
        if element.get("image_url", "").lower().split("?")[0].endswith(".svg"):
            raise Refused(400, 100, "(#100) Failed to fetch the file from the url", 2018008)
        buttons = element.get("buttons") or []
        if len(buttons) > 3 or any(len(button["title"]) > 20 for button in buttons):
            raise _long("buttons[title]", 20)


def checked_profile(given: dict[str, Any]) -> dict[str, Any]:
    """The Page's profile as it would be kept. Raises Refused."""
    profile: dict[str, Any] = {
        key: given[key] for key in ("get_started", "greeting", "persistent_menu") if key in given
    }
    if "persistent_menu" in profile and "get_started" not in profile:
        raise Refused(400, 100, "(#100) You must set a Get Started button if you also wish to use persistent menu")
    if any(len(one["text"]) > 160 for one in profile.get("greeting", ())):
        raise _long("greeting[text]", 160)
    for menu in profile.get("persistent_menu", ()):
        if any(len(item["title"]) > 30 for item in menu["call_to_actions"]):
            raise _long("call_to_actions[title]", 30)
    return profile


def _long(name: str, most: int) -> Refused:
    return Refused(400, 100, f"(#100) Length of param {name} must be less than or equal to {most}")
