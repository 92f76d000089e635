"""Fakes of our own ports. Each is held to the behaviour of the real one by a suite in `tests/contract/`."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import ActionExecutor

from bot.domain.clauses import clauses
from bot.domain.errors import BrainLost, BrainUnavailable
from bot.domain.requests import about, as_one, requests
from bot.services.ports import BrainReply, BrainRequest, GiveUp, Outgoing, RetryLater

ROOT = Path(__file__).parents[1]


class FakeClock:
    """Stands still until told to move. A Tuesday morning in opening hours."""

    def __init__(self, now: dt.datetime | None = None) -> None:
        self.moment = now or dt.datetime(2026, 6, 16, 9, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.moment

    def move(self, **delta: float) -> None:
        self.moment += dt.timedelta(**delta)


def rules() -> dict[str, str]:
    """intent -> action, from the project's own rules."""
    found = {}
    for file in sorted((ROOT / "data" / "rules").glob("*.yml")):
        for rule in yaml.safe_load(file.read_text("utf-8")).get("rules", []):
            intent, action = rule["steps"][0]["intent"], rule["steps"][1]["action"]
            found[intent] = action
    return found


def regexes() -> dict[str, list[re.Pattern[str]]]:
    found: dict[str, list[re.Pattern[str]]] = {}
    content = yaml.safe_load((ROOT / "data" / "nlu" / "regex.yml").read_text("utf-8"))
    for entry in content["nlu"]:
        lines = [line.strip() for line in entry["examples"].splitlines()]
        if "regex" in entry:
            patterns = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
            found[entry["regex"]] = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    return found


class FakeBrain:
    """Understands by a table and follows the project's rules, calling the real actions as Rasa would.

    `understand(text)` gives the intent of a sentence; tests fill `intents` (text -> intent) or pass their own.
    """

    def __init__(
        self,
        executor: ActionExecutor,
        understand: Callable[[str], str] | None = None,
        speaks: Callable[[str, str], str] | None = None,
    ) -> None:
        self.executor = executor
        self.intents: dict[str, str] = {}
        self.language: dict[str, str] = {}
        self.fails: Exception | None = None
        self.is_ready = True
        self.starting = False
        self.turns: list[BrainRequest] = []
        self._open = asyncio.Event()
        self._open.set()
        self._held = asyncio.Event()
        self._understand = understand
        self._speaks = speaks
        self._rules = rules()
        self._regexes = regexes()

    def hold(self) -> None:
        """From now on a turn waits, until `release`; `holding` waits for one that does."""
        self._open.clear()
        self._held.clear()

    def release(self) -> None:
        self._open.set()

    async def holding(self) -> None:
        await self._held.wait()

    async def start(self, model: Path) -> None:
        self.model = model

    async def stop(self) -> None:
        pass

    async def switch(self, model: Path) -> None:
        self.model = model

    async def ready(self) -> bool:
        return self.is_ready

    async def parse(self, text: str, language: str) -> dict[str, Any]:
        if self.fails:
            raise self.fails
        name = self.intents.get(text) or (self._understand(text) if self._understand else None) or "nlu_fallback"
        intent = {"name": name, "confidence": 0.95 if name != "nlu_fallback" else 0.3}
        entities = [
            {"entity": key, "value": match.group(0), "start": match.start(), "end": match.end()}
            for key, patterns in self._regexes.items()
            for pattern in patterns
            for match in pattern.finditer(text)
        ]
        known = self.language.get(text) or (self._speaks(text, language) if self._speaks else language)
        return {"text": text, "intent": intent, "intent_ranking": [intent], "entities": entities, "language": known}

    async def turn(self, request: BrainRequest) -> BrainReply:
        self.turns.append(request)
        self._held.set()
        await self._open.wait()
        if not self.is_ready:
            raise BrainLost("not ready")
        if request.parse is not None:
            parses = [{**request.parse, "language": request.language}]
        else:
            parses = await self.requests(request.text, request.language)
        messages: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for part, parse in enumerate(parses):
            action = self._rules.get(parse["intent"]["name"])
            if action is None:
                continue
            metadata = about(parse, part, parses, request.text, request.parse is not None)
            text = request.text if len(parses) == 1 else parse["text"]
            messages += await self._act(action, request.key, {**parse, "text": text, "metadata": metadata})
            events.append({"event": "action", "name": action})
        return BrainReply(as_one(parses, request.text), messages, events)

    async def requests(self, text: str, language: str) -> list[dict[str, Any]]:
        """The parses of a message's requests, from those of its clauses, as the real brain does it."""
        whole = await self.parse(text, language)
        slices = clauses(text)
        return requests(whole, [(each, await self.parse(each.strip(), whole["language"])) for each in slices])

    async def _act(self, action: str, key: str, latest: dict[str, Any]) -> list[dict[str, Any]]:
        call = {
            "next_action": action,
            "sender_id": key,
            "tracker": {
                "sender_id": key,
                "slots": {"language": latest["language"]},
                "latest_message": latest,
                "events": [],
            },
        }
        try:
            result = await self.executor.run(call)
        except Exception as error:
            raise BrainUnavailable(f"action {action} failed: {error!r}") from error
        return [
            {
                "text": m["text"] or "",
                "buttons": m["buttons"],
                "cards": (m["custom"] or {}).get("cards", []),
            }
            for m in (result or {}).get("responses", [])
        ]


class FakeSender:
    """A channel that records what it was given; `errors` are raised first, one a try."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.errors: list[GiveUp | RetryLater] = []

    async def send(self, message: Outgoing) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)
