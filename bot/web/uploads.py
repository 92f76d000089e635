"""Reading a file somebody sends: one part of a multipart body, never more of it in memory than is allowed."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from bot.domain.errors import BadRequest, TooLarge
from bot.services.attachments import LARGEST


async def uploaded(request: web.Request) -> tuple[str, bytes]:
    """Name and content of the body's first file. Raises BadRequest when there is none, TooLarge above LARGEST."""
    if not request.content_type.startswith("multipart/"):
        raise BadRequest(details={"content_type": request.content_type})
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.filename:
                return part.filename, await _content(part)
    except ValueError as error:
        raise BadRequest("the body is not multipart") from error
    raise BadRequest(details={"field": "file"})


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65536):
        content += chunk
        if len(content) > LARGEST:
            raise TooLarge(limit=LARGEST // 2**20)
    return bytes(content)
