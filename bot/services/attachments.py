"""Files customers and agents send: checked by their content, kept outside the database, served only to their thread."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from urllib.parse import unquote

from bot.domain.errors import NotFound, TooLarge, UnsupportedFile
from bot.domain.privacy import without_secrets
from bot.services.ports import Clock
from bot.storage.database import Database
from bot.storage.tables import Attachment

LARGEST = 10 * 2**20
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def type_of(content: bytes) -> str:
    """The media type by the file's first bytes, whatever its name says. Raises UnsupportedFile."""
    for signature, media_type in SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise UnsupportedFile(details={"allowed": ["JPEG", "PNG", "GIF", "WebP", "PDF"]})


class Attachments:
    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder

    async def store(self, conversation_id: str, name: str, content: bytes) -> str:
        """The new attachment's id. The file is complete on disk before the row exists."""
        attachment = await self.keep(name, content)
        attachment.conversation_id = conversation_id
        async with self._database.write() as session:
            session.add(attachment)
        return attachment.id

    async def keep(self, name: str, content: bytes, largest: int = LARGEST) -> Attachment:
        """The file on disk and its row, which the caller gives a conversation and adds.

        Raises TooLarge, or UnsupportedFile.
        """
        if len(content) > largest:
            raise TooLarge(limit=largest // 2**20)
        media_type = type_of(content)
        attachment_id = secrets.token_urlsafe(16)
        await asyncio.to_thread(self._write, attachment_id, content)
        return Attachment(
            id=attachment_id,
            message_id=None,
            name=without_secrets(Path(unquote(name)).name)[:200] or "file",
            type=media_type,
            size=len(content),
            created_at=self._clock.now(),
        )

    async def find(self, conversation_id: str, attachment_id: str) -> tuple[Attachment, Path]:
        """Raises NotFound for a file of another conversation just as for one that does not exist."""
        async with self._database.read() as session:
            attachment = await session.get(Attachment, attachment_id)
        if attachment is None or attachment.conversation_id != conversation_id:
            raise NotFound()
        return attachment, self._folder / attachment.id

    def _write(self, attachment_id: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{attachment_id}.part"
        part.write_bytes(content)
        part.rename(self._folder / attachment_id)
