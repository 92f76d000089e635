"""What Telegram's errors ask for: give up, mend the message, or wait and try again."""

from __future__ import annotations

import datetime as dt

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.services.ports import GiveUp, LinkDead, RetryLater

OURS_TO_MEND = 300.0
"""Seconds until the next look whether somebody has put it right."""
GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")
MENDED_AS_PLAIN_TEXT = ("can't parse entit", "entity_", "entities_")
MENDED_WITHOUT_PICTURE = (
    "wrong file identifier",
    "wrong type of the web page content",
    "failed to get http url content",
    "webpage_",
    "image_process_failed",
    "photo_",
    "media_",
    "group send failed",
    "http url",
)


class Mend(Exception):
    """The message is refused as it is: `how` is `plain` (no formatting) or `text` (no picture)."""

    def __init__(self, how: str, reason: str) -> None:
        super().__init__(reason)
        self.how = how


def remedy(error: TelegramError) -> Exception:
    """What to raise for it: LinkDead, GiveUp, Mend or RetryLater."""
    said = str(error)
    match error:
        case RetryAfter():
            return RetryLater(said, after=seconds(error))
        case Forbidden():
            return LinkDead(said, "blocked" if "blocked" in said.lower() else "unreachable")
        case BadRequest():
            return _refused(said)
        case ChatMigrated():
            return LinkDead(said, "unreachable")
        case InvalidToken() | EndPointNotFound():
            # The token is wrong or was renewed: for us to put right, so nothing is given up yet.
            return RetryLater("Telegram does not accept the bot's token", after=OURS_TO_MEND)
        case TimedOut() | NetworkError() | Conflict():
            return RetryLater(said)
    return GiveUp(said)


def _refused(said: str) -> Exception:
    low = said.lower()
    if any(part in low for part in GONE):
        return LinkDead(said, "unreachable")
    if any(part in low for part in MENDED_WITHOUT_PICTURE):
        return Mend("text", said)
    if any(part in low for part in MENDED_AS_PLAIN_TEXT):
        return Mend("plain", said)
    return GiveUp(said)


def seconds(error: RetryAfter) -> float:
    """How long Telegram says to wait, exactly."""
    wait = error._retry_after  # the public property warns that it will change from int to timedelta
    return wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)
