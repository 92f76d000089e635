"""A tracker store that keeps nothing between turns: events come with the call and go back with the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

from bot.brain.turn import TURN


class TurnTrackerStore(TrackerStore):  # type: ignore[misc]
    """Within a turn of the connector it reads and writes that turn; otherwise (`rasa shell`) it is a plain dictionary."""

    def __init__(self, domain: Any = None, event_broker: Any = None, **kwargs: Any) -> None:
        self._memory: dict[str, list[dict[str, Any]]] = {}
        super().__init__(domain, event_broker, **kwargs)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        turn = TURN.get()
        events = turn.events if turn is not None else self._memory.get(sender_id)
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots) if events else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        events = [event.as_dict() for event in tracker.events]
        turn = TURN.get()
        if turn is not None:
            turn.saved = events
        else:
            self._memory[tracker.sender_id] = events

    async def keys(self) -> Iterable[str]:
        return list(self._memory)
