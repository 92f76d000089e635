"""A webhook call of the Messenger Platform in our own form. Pure: no network, no clock, nothing kept."""

from __future__ import annotations

import datetime as dt
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bot.services.arrivals import Arrival, ArrivingFile, Kind, words

OURS = "delivery-"
"""How the metadata of our own messages begins (see sender.py)."""
FILES = ("image", "file")
REMARKS = {"audio": "voice", "video": "video", "location": "location"}


def events_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every event of every entry, oldest first. Entries of another kind (`standby`, `changes`) hold none for us."""
    if body.get("object") != "page":
        return []
    found = [event for entry in body.get("entry") or () for event in entry.get("messaging") or ()]
    return sorted(found, key=lambda event: event.get("timestamp", 0))


def translate(event: dict[str, Any], app_id: str | None = None) -> Arrival | None:
    """What the event means; None for receipts, reactions, hand-overs between apps and whatever else is not said."""
    if "message" in event:
        message = event["message"]
        return _echo(event, message, app_id) if message.get("is_echo") else _message(event, message)
    if "postback" in event:
        return _postback(event, event["postback"])
    if "referral" in event:
        return _arrival(Kind.START, event, value=event["referral"].get("ref", ""), text="/start")
    if "message_edit" in event:
        edit = event["message_edit"]
        number = f"{edit['mid']}~{edit.get('num_edit', event['timestamp'])}"
        return _arrival(Kind.EDIT, event, edit["mid"], external_id=number, text=edit["text"])
    return None


def _message(event: dict[str, Any], message: dict[str, Any]) -> Arrival | None:
    quick = message.get("quick_reply")
    if quick is not None:
        return _pressed(event, quick["payload"], message["mid"])
    attachments = message.get("attachments") or []
    files = tuple(_file(one) for one in attachments if one["type"] in FILES and not _sticker(one))
    text = message.get("text") or ""
    if files:
        return _arrival(Kind.FILES, event, message["mid"], files=files, text=text)
    if text:
        kind, said = words(text)
        return _arrival(kind, event, message["mid"], **said)
    if attachments:
        return _arrival(Kind.REMARK, event, message["mid"], **_remark(attachments[0]))
    return None  # deleted, or of a kind that carries nothing


def _file(attachment: dict[str, Any]) -> ArrivingFile:
    address = attachment["payload"]["url"]
    name = PurePosixPath(urlsplit(address).path).name
    return ArrivingFile(address, name or "photo.jpg")


def _sticker(attachment: dict[str, Any]) -> bool:
    return "sticker_id" in (attachment.get("payload") or {})


def _remark(attachment: dict[str, Any]) -> dict[str, str]:
    payload = attachment.get("payload") or {}
    if _sticker(attachment):
        return {"value": "sticker"}
    if attachment["type"] == "location" and "coordinates" in payload:
        at = payload["coordinates"]
        return {"value": "location", "text": f"{at['lat']:.5f}, {at['long']:.5f}"}
    known = payload.get("title") or attachment.get("title") or ""
    shared = f"{known} {payload.get('url') or attachment.get('url') or ''}".strip()
    value = REMARKS.get(attachment["type"], "other")
    return {"value": value, "text": shared if value == "other" else ""}


def _postback(event: dict[str, Any], postback: dict[str, Any]) -> Arrival:
    number = postback.get("mid") or f"postback-{event['sender']['id']}-{event['timestamp']}"
    payload = postback.get("payload", "")
    token = (postback.get("referral") or {}).get("ref", "")
    return _pressed(event, f"{payload} {token}".strip() if payload == "/start" else payload, number)


def _pressed(event: dict[str, Any], payload: str, number: str) -> Arrival:
    """A button: one of the menu's commands, or one we offered, by its id."""
    if payload.startswith("/"):
        kind, said = words(payload)
        return _arrival(kind, event, number, **said)
    return _arrival(Kind.PRESS, event, number, value=payload)


def _echo(event: dict[str, Any], message: dict[str, Any], app_id: str | None) -> Arrival | None:
    """A message of the Page. Ours is confirmed by it; another one was written by a human in the Page's inbox."""
    customer = event["recipient"]["id"]
    metadata = message.get("metadata") or ""
    if metadata.startswith(OURS):
        return _arrival(Kind.CONFIRMED, event, message["mid"], customer=customer, value=metadata)
    if app_id is not None and str(message.get("app_id", "")) == app_id:
        return None
    addresses = [(one.get("payload") or {}).get("url") or one["type"] for one in message.get("attachments") or ()]
    text = "\n".join(filter(None, (message.get("text"), *addresses)))
    return _arrival(Kind.HUMAN, event, message["mid"], customer=customer, text=text) if text else None


def _arrival(
    kind: Kind,
    event: dict[str, Any],
    message_id: str = "",
    *,
    customer: str | None = None,
    external_id: str = "",
    **said: Any,
) -> Arrival:
    address = customer or event["sender"]["id"]
    number = message_id or f"{kind.value}-{address}-{event['timestamp']}"
    return Arrival(
        kind=kind,
        address=address,
        external_id=external_id or number,
        place=int(event["timestamp"]),
        at=dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC),
        message_id=number,
        **said,
    )
