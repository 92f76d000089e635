"""The other side of the Graph stand-in: people with Messenger on their phones, the Page's own inbox, and what they do."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any


def new_mid() -> str:
    return f"m_{secrets.token_urlsafe(48)}"


class User:
    """A conversation with the Page, as its owner sees it. Every method is something they do."""

    def __init__(self, people: People, psid: str, first_name: str) -> None:
        self._people = people
        self.psid = psid
        self.first_name = first_name
        self.messages: list[dict[str, Any]] = []
        """{"mid", "by": "customer" | "page", "text"?, "attachment"?, "quick_replies"?, "persona"?}"""
        self.blocked = False
        self.last_at: int | None = None
        """When they last wrote, in milliseconds."""
        self.typing = False

    def say(self, text: str) -> dict[str, Any]:
        return self._send({"text": text}, text=text)

    def quick_reply(self, title: str) -> dict[str, Any]:
        """One of the quick replies under the last message."""
        for reply in self.messages[-1].get("quick_replies") or ():
            if reply["title"] == title:
                return self._send({"text": title, "quick_reply": {"payload": reply["payload"]}}, text=title)
        raise LookupError(f"no quick reply {title!r}")

    def attach(self, kind: str, content: bytes = b"", name: str = "", **payload: Any) -> dict[str, Any]:
        """An image, file, audio or video; with `sticker_id` in the payload an image is a sticker."""
        address = self._people.keep(content, name)
        attachment = {"type": kind, "payload": {"url": address, **payload}}
        return self._send({"attachments": [attachment]}, attachment=attachment)

    def postback(self, payload: str, title: str = "", **more: Any) -> dict[str, Any]:
        """A button of a template or of the menu, or Get Started."""
        self.last_at = self._people.now()
        postback = {"mid": new_mid(), "title": title or payload, "payload": payload, **more}
        return self._people.event(self.psid, postback=postback)

    def referral(self, ref: str) -> dict[str, Any]:
        """They follow an m.me link into a conversation they have."""
        return self._people.event(self.psid, referral={"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"})

    def edit(self, mid: str, text: str, times: int = 1) -> dict[str, Any]:
        for message in self.messages:
            if message["mid"] == mid:
                message["text"] = text
        return self._people.event(self.psid, message_edit={"mid": mid, "text": text, "num_edit": times})

    def reads(self) -> dict[str, Any]:
        return self._people.event(self.psid, read={"watermark": self._people.now()})

    def answered_in_page_inbox(self, text: str) -> dict[str, Any]:
        """A human writes to them in the Page's own inbox: we are told by an echo."""
        mid = new_mid()
        self.messages.append({"mid": mid, "by": "page", "text": text})
        return self._people.echo(self.psid, {"mid": mid, "text": text, "app_id": 263902037430900})

    def _send(self, message: dict[str, Any], **shown: Any) -> dict[str, Any]:
        mid = new_mid()
        self.last_at = self._people.now()
        self.messages.append({"mid": mid, "by": "customer", **shown})
        return self._people.event(self.psid, message={"mid": mid, **message})


class People:
    """Everybody who writes to the Page, by their page-scoped id."""

    def __init__(self, page_id: str, push: Callable[[dict[str, Any]], None], now: Callable[[], int]) -> None:
        self._page_id = page_id
        self._push = push
        self.now = now
        self.base = ""
        """Where files are fetched from: the stand-in's own address."""
        self.files: dict[str, bytes] = {}
        self._users: dict[str, User] = {}

    def add(self, psid: str, first_name: str = "Anna") -> User:
        self._users[psid] = User(self, psid, first_name)
        return self._users[psid]

    def get(self, psid: str) -> User | None:
        return self._users.get(psid)

    def keep(self, content: bytes, name: str = "") -> str:
        key = f"{secrets.token_urlsafe(8)}/{name or 'photo.jpg'}"
        self.files[key] = content
        return f"{self.base}/cdn/{key}"

    def event(self, psid: str, **what: Any) -> dict[str, Any]:
        return self._happened({"sender": {"id": psid}, "recipient": {"id": self._page_id}}, what)

    def echo(self, psid: str, message: dict[str, Any]) -> dict[str, Any]:
        sides = {"sender": {"id": self._page_id}, "recipient": {"id": psid}}
        return self._happened(sides, {"message": {"is_echo": True, **message}})

    def _happened(self, sides: dict[str, Any], what: dict[str, Any]) -> dict[str, Any]:
        event = {**sides, "timestamp": self.now(), **what}
        self._push(event)
        return event
