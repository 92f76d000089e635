"""What the Graph API's errors ask for: give up, send something simpler, or wait and try again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.services.ports import GiveUp, LinkDead, RetryLater

OURS_TO_MEND = 300.0
"""Seconds until the next look whether somebody has put it right."""
SLOWER = {4, 17, 32, 341, 613, 80006}
AGAIN = {1, 2, 1200}
TOKEN = {102, 190}
UNREACHABLE = {230, 551}
NO_SUCH_USER = {2018001, 2018012, 2018109}
PARAMETER = 100
USAGE_HEADER = "X-Business-Use-Case-Usage"


class Simpler(Exception):
    """A structured message was refused as it is: its words alone may be taken."""


class GraphError(Exception):
    """An answer that is an error, as the Graph API gives it."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.status = status
        self.code = int(error.get("code", 0))
        self.subcode = int(error.get("error_subcode", 0))
        self.transient = bool(error.get("is_transient"))
        self.wait = _wait(headers)
        super().__init__(f"{error.get('message') or 'HTTP error'} ({status}, {self.code}, {self.subcode})")


def remedy(error: GraphError) -> Exception:
    """What to raise for it."""
    said = str(error)
    if error.code in SLOWER or error.status == 429:
        return RetryLater(said, after=error.wait)
    if error.code in TOKEN:
        # The token ended or was renewed: for us to put right, so nothing is given up yet.
        return RetryLater("Meta does not accept the Page's token", after=OURS_TO_MEND)
    if error.code in UNREACHABLE or error.subcode in NO_SUCH_USER:
        return LinkDead(said, "unreachable")
    if error.transient or error.code in AGAIN or error.status >= 500:
        return RetryLater(said)
    if error.code == PARAMETER:
        return Simpler(said)
    return GiveUp(said)  # 10: outside the window; 200: no permission; 368: held to be abuse


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until calls are taken again, where Meta says so (in minutes)."""
    try:
        usage = json.loads(headers.get(USAGE_HEADER, "{}"))
        minutes = max(one["estimated_time_to_regain_access"] for many in usage.values() for one in many)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return float(minutes) * 60 or None
