"""A Telegram update in our own form. Pure: no network, no clock, nothing kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from bot.services.arrivals import Arrival, ArrivingFile, Kind, words

NEEDED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The updates we ask Telegram for."""
USED = "used"
"""Callback data of a button that only shows what was chosen."""
VOICES = ("voice", "audio")
VIDEOS = ("video", "video_note", "animation")
SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "write_access_allowed",
    "boost_added",
    "chat_background_set",
)
"""Messages Telegram writes by itself: nobody said anything."""


def translate(update: dict[str, Any]) -> Arrival | None:
    """What the update means; None when it is nothing a customer of ours did."""
    for kind, read in (
        ("message", _message),
        ("edited_message", _edited),
        ("callback_query", _pressed),
        ("my_chat_member", _membership),
    ):
        if isinstance(update.get(kind), dict):
            return read(update["update_id"], update[kind])
    return None


def _message(number: int, message: dict[str, Any]) -> Arrival | None:
    chat = message["chat"]
    if chat["type"] != "private":
        # One polite word when we are added (see _membership); what a group says among itself is not for us.
        return None
    if any(message.get(name) for name in SERVICE):
        return None
    kind, said = _said(message)
    return _arrival(kind, number, message, **said)


def _said(message: dict[str, Any]) -> tuple[Kind, dict[str, Any]]:
    if message.get("text"):
        return words(message["text"])
    files = _files(message)
    if files:
        return Kind.FILES, {"files": files, "text": message.get("caption", "")}
    contact = message.get("contact")
    if contact is not None:
        own = contact.get("user_id") == message["from"]["id"]
        name = " ".join(filter(None, (contact.get("first_name"), contact.get("last_name"))))
        number = contact["phone_number"]
        number = number if number.startswith("+") or not own else f"+{number}"  # Telegram leaves the plus out
        if own:
            return Kind.CONTACT, {"value": number, "text": number}
        return Kind.REMARK, {"value": "contact", "text": f"{name} {number}".strip()}
    if message.get("location"):
        return Kind.REMARK, {"value": "location", "text": _place(message)}
    if message.get("sticker"):
        return Kind.REMARK, {"value": "sticker", "text": message["sticker"].get("emoji", "")}
    for what, names in (("voice", VOICES), ("video", VIDEOS)):
        if any(message.get(name) for name in names):
            return Kind.REMARK, {"value": what}
    return Kind.REMARK, {"value": "other"}


def _files(message: dict[str, Any]) -> tuple[ArrivingFile, ...]:
    if message.get("photo"):
        largest = max(message["photo"], key=lambda size: size["width"] * size["height"])
        return (ArrivingFile(largest["file_id"], f"photo-{message['message_id']}.jpg", largest.get("file_size", 0)),)
    document = message.get("document")
    # A GIF comes as a document too, beside its animation.
    if document is not None and not message.get("animation"):
        name = document.get("file_name") or f"file-{message['message_id']}"
        return (ArrivingFile(document["file_id"], name, document.get("file_size", 0)),)
    return ()


def _place(message: dict[str, Any]) -> str:
    at = f"{message['location']['latitude']:.5f}, {message['location']['longitude']:.5f}"
    venue = message.get("venue")
    return ", ".join((venue["title"], venue["address"], at)) if venue else at


def _edited(number: int, message: dict[str, Any]) -> Arrival | None:
    """An edited text or caption. A live location is "edited" all the time: that is no edit."""
    text = message.get("text") or message.get("caption")
    if message["chat"]["type"] != "private" or not text:
        return None
    return _arrival(Kind.EDIT, number, message, text=text)


def _pressed(number: int, query: dict[str, Any]) -> Arrival | None:
    """A press names the button; the message it hangs on is kept in `text`, to mark it there."""
    message = query.get("message")
    if message is None or message["chat"]["type"] != "private" or "data" not in query:
        return None
    pressed = message | {"from": query["from"], "message_id": f"press-{query['id']}"}
    # When the button was shown is known, not when it was pressed.
    return replace(_arrival(Kind.PRESS, number, pressed, value=query["data"], text=str(message["message_id"])), at=None)


def _membership(number: int, change: dict[str, Any]) -> Arrival | None:
    """Blocked, unblocked; or added to a group, which is declined."""
    status = change["new_chat_member"]["status"]
    if change["chat"]["type"] == "private":
        kind = Kind.GONE if status == "kicked" else Kind.BACK
    elif status in ("member", "administrator", "restricted"):
        kind = Kind.REFUSED
    else:
        return None
    return _arrival(kind, number, change | {"message_id": ""})


def _arrival(kind: Kind, number: int, message: dict[str, Any], **said: Any) -> Arrival:
    sender = message.get("from") or {}
    return Arrival(
        kind=kind,
        address=str(message["chat"]["id"]),
        external_id=str(number),
        place=number,
        at=dt.datetime.fromtimestamp(message.get("edit_date") or message["date"], dt.UTC),
        message_id=str(message["message_id"]),
        language=sender.get("language_code"),
        name=" ".join(filter(None, (sender.get("first_name"), sender.get("last_name")))) or None,
        **said,
    )
