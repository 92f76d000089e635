"""Sends the parts of a message, at Telegram's pace, and mends what Telegram refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions, MessageEntity
from telegram.error import TelegramError

from bot.services.pacing import Pace
from bot.services.ports import GiveUp, Outgoing, Sent
from integrations.telegram.compose import Part, compose
from integrations.telegram.errors import Mend, remedy

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramSender:
    """`base` is the gateway's own address, for pictures and links that begin with a slash."""

    def __init__(self, bot: telegram.Bot, pace: Pace, base: str) -> None:
        self._bot = bot
        self._pace = pace
        self._base = base

    async def send(self, message: Outgoing) -> Sent:
        """The message's next part. Raises GiveUp, LinkDead or RetryLater."""
        parts = compose(message, self._base)
        if message.part >= len(parts):
            return Sent()
        part = parts[message.part]
        while True:
            await self._pace.turn(message.address, message.quiet)
            try:
                receipts = await self._call(int(message.address), part)
            except (TelegramError, Mend) as error:
                part = _mended(part, error)
            else:
                return Sent(receipts, more=message.part + 1 < len(parts))

    async def _call(self, chat: int, part: Part) -> list[str]:
        common: dict[str, Any] = {"chat_id": chat, "reply_markup": keyboard(part)}
        if part.file is not None:
            return [await self._send_file(part, common)]
        if len(part.pictures) > 1:
            album = [InputMediaPhoto(address, caption=words) for address, words in part.pictures]
            return [str(sent.message_id) for sent in await self._bot.send_media_group(chat, album)]
        if part.pictures:
            address, words = part.pictures[0]
            sent = await self._bot.send_photo(photo=address, caption=words, **common)
        else:
            entities = [MessageEntity(MessageEntity.BOLD, 0, part.bold)] if part.bold else None
            sent = await self._bot.send_message(
                text=part.text, entities=entities, link_preview_options=NO_PREVIEW, **common
            )
        return [str(sent.message_id)]

    async def _send_file(self, part: Part, common: dict[str, Any]) -> str:
        assert part.file is not None
        try:
            content = await asyncio.to_thread(part.file.path.read_bytes)
        except FileNotFoundError as error:
            raise GiveUp("the file is not there any more") from error
        if part.file.type in ("image/jpeg", "image/png", "image/webp"):
            sent = await self._bot.send_photo(photo=content, filename=part.file.name, **common)
        else:
            sent = await self._bot.send_document(document=content, filename=part.file.name, **common)
        return str(sent.message_id)


def keyboard(part: Part) -> InlineKeyboardMarkup | None:
    if not part.keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(title, callback_data=data) for title, data in row] for row in part.keyboard]
    )


def _mended(part: Part, error: Exception) -> Part:
    """The part as Telegram may take it; raises what the error asks for where nothing can be mended."""
    what = remedy(error) if isinstance(error, TelegramError) else error
    if isinstance(what, Mend):
        if what.how == "plain" and part.bold:
            return replace(part, bold=0)
        if part.pictures and part.instead:
            return replace(part, text=part.instead, pictures=())
        what = GiveUp(str(what))
    raise what from error
