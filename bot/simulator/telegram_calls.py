"""What a bot may say to a chat, with Telegram's limits and errors."""

from __future__ import annotations

import re
import time
from typing import Any

from bot.simulator.telegram_user import User, Users

LONGEST_TEXT, LONGEST_CAPTION, LONGEST_DATA, LARGEST_FILE = 4096, 1024, 64, 20 * 2**20
SVG = re.compile(r"\.svg(\?|$)", re.IGNORECASE)


class Refused(Exception):
    """Answered as Telegram answers an error."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class Calls:
    """The calls that reach people, named `on_<method>`."""

    users: Users

    def on_sendMessage(self, given: dict[str, Any]) -> Any:  # noqa: N802
        text = given.get("text", "")
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > LONGEST_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        if given.get("parse_mode") and re.search(r"[<>_*`\[]", text):
            raise Refused(400, "Bad Request: can't parse entities: unexpected end of tag")
        return self._say(given, text=text, entities=given.get("entities") or [])

    def on_sendPhoto(self, given: dict[str, Any]) -> Any:  # noqa: N802
        return self._say(given, photo=self._photo(given["photo"]), caption=_caption(given))

    def on_sendDocument(self, given: dict[str, Any]) -> Any:  # noqa: N802
        document = given["document"]
        if not isinstance(document, bytes):
            raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return self._say(given, document=self.users.file(document), caption=_caption(given))

    def on_sendMediaGroup(self, given: dict[str, Any]) -> Any:  # noqa: N802
        media = given["media"]
        if not 2 <= len(media) <= 10:
            raise Refused(400, "Bad Request: wrong number of media in the group")
        photos = [self._photo(one["media"]) for one in media]
        return [self._say(given, photo=photo, caption=_caption(one)) for photo, one in zip(photos, media, strict=True)]

    def _photo(self, photo: str | bytes) -> list[dict[str, Any]]:
        if isinstance(photo, bytes):
            return [{**self.users.file(photo), "width": 800, "height": 600}]
        if SVG.search(photo):
            raise Refused(400, "Bad Request: wrong type of the web page content")
        if not photo.startswith(("https://", "http://")):
            raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return [{"file_id": photo, "file_unique_id": photo[-16:], "width": 800, "height": 600}]

    def _say(self, given: dict[str, Any], **content: Any) -> Any:
        keyboard = given.get("reply_markup")
        for row in (keyboard or {}).get("inline_keyboard", []):
            for button in row:
                if not 1 <= len(button.get("callback_data", "").encode()) <= LONGEST_DATA:
                    raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        user = self._reached(given)
        return user.hear({**content, **({"reply_markup": keyboard} if keyboard else {})})

    def _reached(self, given: dict[str, Any]) -> User:
        user = self.users.get(int(given["chat_id"]))
        if user is None:
            raise Refused(400, "Bad Request: chat not found")
        if user.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return user

    def on_sendChatAction(self, given: dict[str, Any]) -> bool:  # noqa: N802
        self._reached(given).typing_at = time.time()
        return True

    def on_answerCallbackQuery(self, given: dict[str, Any]) -> bool:  # noqa: N802
        if len(given.get("text", "")) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        if not self.users.answered(given["callback_query_id"], given.get("text", "")):
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return True

    def on_editMessageReplyMarkup(self, given: dict[str, Any]) -> Any:  # noqa: N802
        message = self._reached(given).message(int(given["message_id"]))
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if message.get("reply_markup") == given.get("reply_markup"):
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message",
            )
        message.pop("reply_markup", None)
        if given.get("reply_markup"):
            message["reply_markup"] = given["reply_markup"]
        return message

    def on_leaveChat(self, given: dict[str, Any]) -> bool:  # noqa: N802
        self._reached(given).left = True
        return True

    def on_getFile(self, given: dict[str, Any]) -> Any:  # noqa: N802
        content = self.users.files.get(given["file_id"])
        if content is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > LARGEST_FILE:
            raise Refused(400, "Bad Request: file is too big")
        return {
            "file_id": given["file_id"],
            "file_unique_id": given["file_id"][-16:],
            "file_size": len(content),
            "file_path": f"documents/{given['file_id']}",
        }


def _caption(given: dict[str, Any]) -> str:
    caption: str = given.get("caption") or ""
    if len(caption) > LONGEST_CAPTION:
        raise Refused(400, "Bad Request: message caption is too long")
    return caption
