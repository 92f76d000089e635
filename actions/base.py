"""What every action does: find the open turn it was called for, and let the dialogue talk through the dispatcher."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.domain.dialogue import Parse
from bot.services.dialogue import Dialogue
from bot.services.open_turn import OpenTurn
from bot.services.understanding import with_values
from bot.shop.days import local_day


class TurnSource(Protocol):
    """Where actions find their turn: the gateway's Turns, or the stand-alone ones of `rasa run actions`."""

    def acting(self, key: str) -> Any:
        """An async context manager that yields the OpenTurn of that key, or raises LookupError."""
        ...

    def dialogue(self, turn: OpenTurn, parse: Parse) -> Dialogue: ...


_source: TurnSource | None = None


def use_turns(source: TurnSource) -> None:
    """Say where this process's turns are; the composition root does it once."""
    global _source
    _source = source


@asynccontextmanager
async def talking(dispatcher: CollectingDispatcher, tracker: Tracker) -> AsyncIterator[Dialogue]:
    """The dialogue of the turn this action was called for; what it said is uttered at the end."""
    source = _source
    if source is None:
        from actions.standalone import standalone_turns

        source = await standalone_turns()
    async with source.acting(tracker.sender_id) as turn:
        parse = await with_values(turn.session, parse_of(tracker), local_day(turn.now))
        dialogue = source.dialogue(turn, parse)
        yield dialogue
        for saying in dialogue.said:
            dispatcher.utter_message(
                text=saying.text,
                buttons=[{"title": title, "payload": payload} for title, payload in saying.buttons],
                json_message={"cards": saying.cards} if saying.cards else None,
            )


def parse_of(tracker: Tracker) -> Parse:
    """What Rasa understood of the latest message, or of one request in it."""
    latest = tracker.latest_message
    metadata, language = latest.get("metadata") or {}, tracker.get_slot("language") or ""
    before, unsure = metadata.get("before"), metadata.get("unsure")
    return replace(
        _parsed(latest, language),
        pressed=bool(metadata.get("pressed")),
        before=_parsed(before, language) if before else None,
        unsure=_parsed(unsure, language) if unsure else None,
        part=metadata.get("part", 0),
        requests=tuple(metadata.get("requests", ())),
        whole=metadata.get("whole", ""),
    )


def _parsed(message: dict[str, Any], language: str) -> Parse:
    intent = message.get("intent") or {}
    return Parse(
        text=message.get("text") or "",
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0),
        ranking=tuple((r["name"], float(r["confidence"])) for r in message.get("intent_ranking") or ()),
        entities=tuple((e["entity"], e["value"]) for e in message.get("entities") or ()),
        language=language,
    )


class DialogueAction(Action, ABC):  # type: ignore[misc]
    """An action that hands the turn to one method of the dialogue."""

    @property
    @abstractmethod
    def action_name(self) -> str:
        """Abstract so that `rasa run actions`, which registers every class it finds, leaves this one out."""

    talk: Callable[[Dialogue], Awaitable[None]]

    def name(self) -> str:
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        async with talking(dispatcher, tracker) as dialogue:
            await type(self).talk(dialogue)
        return []


class FlowAction(Action, ABC):  # type: ignore[misc]
    """An action that starts a flow, or takes the message as the answer to what was asked."""

    @property
    @abstractmethod
    def flow(self) -> str: ...

    def name(self) -> str:
        return f"action_{self.flow}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        async with talking(dispatcher, tracker) as dialogue:
            await dialogue.start(self.flow)
        return []
