"""The turn being handled by this task: what came in with it, and what Rasa does not say about how it went."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class BrainTurn:
    """`events` go into the tracker; `saved` are all of its events afterwards; `failures` are actions that failed."""

    events: list[dict[str, Any]] = field(default_factory=list)
    saved: list[dict[str, Any]] | None = None
    failures: list[str] = field(default_factory=list)


TURN: ContextVar[BrainTurn | None] = ContextVar("turn", default=None)

# A tracker without a listen answers nothing, and a session start after slots would wipe them: so, in this order.
SESSION = (
    {"event": "action", "name": "action_session_start", "timestamp": 0.0},
    {"event": "session_started", "timestamp": 0.0},
    {"event": "action", "name": "action_listen", "timestamp": 0.0},
)
