"""The other side of the stand-in: people with Telegram on their phones, and what they do."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from typing import Any


class User:
    """A private chat with the bot, as its owner sees it. Every method is something they do."""

    def __init__(self, users: Users, number: int, first_name: str, language: str) -> None:
        self._users = users
        self.number = number
        self.profile = {"id": number, "is_bot": False, "first_name": first_name, "language_code": language}
        self.chat = {"id": number, "first_name": first_name, "type": "private"}
        self.messages: list[dict[str, Any]] = []
        self.blocked = self.left = False
        self.typing_at = 0.0
        self.toasts: list[str] = []
        self._ids = itertools.count(1)

    def hear(self, content: dict[str, Any]) -> dict[str, Any]:
        """A message of the bot arrives."""
        sender = self._users.bot
        message = {"message_id": next(self._ids), "from": sender, "chat": self.chat, "date": now(), **content}
        self.messages.append(message)
        self.typing_at = 0.0
        return message

    def message(self, number: int) -> dict[str, Any] | None:
        return next((message for message in self.messages if message["message_id"] == number), None)

    def say(self, text: str) -> dict[str, Any]:
        entities = {}
        if text.startswith("/"):
            length = len(text.partition(" ")[0])
            entities = {"entities": [{"offset": 0, "length": length, "type": "bot_command"}]}
        return self.send(text=text, **entities)

    def send(self, **content: Any) -> dict[str, Any]:
        """Any message: the update that tells the bot of it."""
        message = {"message_id": next(self._ids), "from": self.profile, "chat": self.chat, "date": now(), **content}
        self.messages.append(message)
        return self._users.push(message=message)

    def edit(self, number: int, text: str) -> dict[str, Any]:
        message = self.message(number)
        assert message is not None
        message |= {"text": text, "edit_date": now()}
        return self._users.push(edited_message=dict(message))

    def press(self, title: str) -> dict[str, Any]:
        """The newest button of that title."""
        for message in reversed(self.messages):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == title:
                        return self.press_data(message["message_id"], button["callback_data"])
        raise LookupError(f"no button {title!r}")

    def press_data(self, number: int, data: str) -> dict[str, Any]:
        query: dict[str, Any] = {
            "id": str(secrets.randbelow(10**18)),
            "from": self.profile,
            "chat_instance": str(self.number),
        }
        self._users.queries[query["id"]] = self
        return self._users.push(callback_query={**query, "message": dict(self.message(number) or {}), "data": data})

    def photo(self, content: bytes, caption: str = "") -> dict[str, Any]:
        small, large = self._users.file(content[:1000]), self._users.file(content)
        sizes = [{**small, "width": 90, "height": 67}, {**large, "width": 1280, "height": 960}]
        return self.send(photo=sizes, **({"caption": caption} if caption else {}))

    def document(self, content: bytes, name: str, mime_type: str = "application/octet-stream") -> dict[str, Any]:
        return self.send(document={**self._users.file(content), "file_name": name, "mime_type": mime_type})

    def contact(self, phone: str, *, own: bool = True) -> dict[str, Any]:
        person = {"phone_number": phone, "first_name": self.profile["first_name"] if own else "Piotr"}
        return self.send(contact=person | ({"user_id": self.number} if own else {}))

    def location(self, latitude: float, longitude: float) -> dict[str, Any]:
        return self.send(location={"latitude": latitude, "longitude": longitude})

    def sticker(self, emoji: str = "👍") -> dict[str, Any]:
        kind = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self.send(sticker={**self._users.file(b"sticker"), "emoji": emoji, **kind})

    def voice(self) -> dict[str, Any]:
        return self.send(voice={**self._users.file(b"voice"), "duration": 4, "mime_type": "audio/ogg"})

    def block(self, blocked: bool = True) -> dict[str, Any]:
        self.blocked = blocked
        bot = self._users.bot
        there, gone = {"user": bot, "status": "member"}, {"user": bot, "status": "kicked", "until_date": 0}
        before, after = (there, gone) if blocked else (gone, there)
        return self._users.push(
            my_chat_member={
                "chat": self.chat,
                "from": self.profile,
                "date": now(),
                "old_chat_member": before,
                "new_chat_member": after,
            }
        )


class Users:
    """Everybody with a phone, by their number; and the files that travel."""

    def __init__(self, bot: dict[str, Any], push: Callable[..., dict[str, Any]]) -> None:
        self.bot = {key: bot[key] for key in ("id", "is_bot", "first_name", "username")}
        self.push = push
        self.files: dict[str, bytes] = {}
        self.queries: dict[str, User] = {}
        self._users: dict[int, User] = {}

    def add(self, number: int, first_name: str = "Anna", language: str = "pl") -> User:
        self._users[number] = User(self, number, first_name, language)
        return self._users[number]

    def group(self, number: int, by: User, title: str = "Grupa") -> User:
        """The bot is added to a group."""
        group = self.add(number, title)
        group.chat = {"id": number, "title": title, "type": "supergroup"}
        change = {"chat": group.chat, "from": by.profile, "date": now()}
        members = {"old_chat_member": {"user": self.bot, "status": "left"}}
        self.push(my_chat_member={**change, **members, "new_chat_member": {"user": self.bot, "status": "member"}})
        return group

    def get(self, number: int) -> User | None:
        return self._users.get(number)

    def keep(self, content: bytes) -> str:
        """A file's id."""
        file_id = f"AgACAgQAAx{secrets.token_urlsafe(40)}"
        self.files[file_id] = content
        return file_id

    def file(self, content: bytes) -> dict[str, Any]:
        """A file as messages carry it."""
        file_id = self.keep(content)
        return {"file_id": file_id, "file_unique_id": file_id[-16:], "file_size": len(content)}

    def answered(self, query: str, text: str) -> bool:
        """The spinner of a pressed button stops; False when it has stopped already."""
        user = self.queries.pop(query, None)
        if user is not None and text:
            user.toasts.append(text)
        return user is not None


def now() -> int:
    return int(time.time())
