"""The gateway's door to Rasa: one call is one turn, in with its history, out with everything it came to."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.brain import corrections
from bot.brain.turn import SESSION, TURN, BrainTurn
from bot.domain.clauses import clauses
from bot.domain.requests import about, as_one, parsed_clauses, requests
from bot.domain.text import words

LEADING_SLASHES = re.compile(r"^[\s/]+")
VALUES = re.compile(
    r"\b(?:ul|al|os|pl)\.? \w+(?: \w+)? (?=\d)|\S+@\S+|\b\d{2}-\d{3} \w+|\+?[\w./-]*\d[\w./-]*", re.IGNORECASE
)
"""E-mails, numbers and addresses: they have no language."""
FEW_WORDS = 3
NAMES_ONLY, SENTENCE = frozenset({"inform", "out_of_scope"}), 5
"""What is no request and has fewer words than this may be a name: it has no language either."""
SURE_OF_LANGUAGE = 0.8
"""A message changes the conversation's language only when it is plainly in the other one."""


class Collecting(OutputChannel):  # type: ignore[misc]
    """Keeps each message whole, as one: text, buttons and cards together."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "turn"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(
            {
                "text": message.get("text") or "",
                "buttons": [
                    {"title": button["title"], "payload": button["payload"]} for button in message.get("buttons") or ()
                ],
                "cards": (message.get("custom") or {}).get("cards") or [],
            }
        )


class Connector(InputChannel):  # type: ignore[misc]
    """`POST /webhooks/turn/turn`, `POST …/parse`, `GET …/`. A bearer secret guards all of them when one is set."""

    def __init__(self, secret: str = "") -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        return "turn"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Connector:
        return cls((credentials or {}).get("secret", ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("turn")

        @blueprint.middleware("request")
        async def guard(request: Request) -> HTTPResponse | None:
            given = request.headers.get("authorization", "")
            if self._secret and not hmac.compare_digest(given, f"Bearer {self._secret}"):
                return response.json({"error": "unauthorized"}, 401)
            return None

        @blueprint.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = agent_of(request.app)
            return response.json({"ready": agent is not None, "model": agent.model_id if agent else None})

        @blueprint.route("/parse", methods=["POST"])
        async def parse(request: Request) -> HTTPResponse:
            agent = agent_of(request.app)
            if agent is None:
                return response.json({"error": "no model"}, 503)
            return response.json(await understand(agent, request.json["text"], request.json.get("language")))

        @blueprint.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            agent = agent_of(request.app)
            if agent is None:
                return response.json({"error": "no model"}, 503)
            answer = await handle(agent, request.json)
            return response.json(answer, 500 if "error" in answer else 200)

        return blueprint


def agent_of(app: Sanic) -> Any | None:
    """The agent when it can answer, None while there is no usable model."""
    agent = getattr(app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        return None
    corrections.use_action_endpoint(agent)
    return agent


async def understand(agent: Any, text: str, language: str | None) -> dict[str, Any]:
    """The parse of a customer's text. It is never read as an intent, whatever it starts with."""
    bare = LEADING_SLASHES.sub("", text)
    parse: dict[str, Any] = await agent.parse_message(bare) if bare else {}
    found = parse.get("language") or {}
    if not (parse.get("intent") or {}).get("name"):
        parse["intent"] = {"name": "nlu_fallback", "confidence": 1.0}
    one_word = len(words(bare)) < 2 and parse["intent"]["name"] != "greet"
    sure = found.get("confidence", 0.0) >= SURE_OF_LANGUAGE and not one_word
    if sure and language and found["name"] != language:
        named = parse["intent"]["name"] in NAMES_ONLY and len(words(bare)) < SENTENCE
        sure = not named and await _in_own_words(agent, bare, found["name"])
    return {
        "text": text,
        "intent": parse["intent"],
        "intent_ranking": parse.get("intent_ranking", [])[:10],
        "entities": parse.get("entities", []),
        "language": found["name"] if found and (sure or not language) else language,
    }


async def _in_own_words(agent: Any, text: str, language: str) -> bool:
    """True if a text is in that language even without the e-mail, the number or the address in it."""
    own = VALUES.sub(" ", text)
    if own == text:
        return True
    if len(words(own)) < FEW_WORDS:
        return False
    found = (await agent.parse_message(own)).get("language") or {}
    return found.get("name") == language and found.get("confidence", 0.0) >= SURE_OF_LANGUAGE


async def understand_requests(agent: Any, text: str, language: str | None) -> list[dict[str, Any]]:
    """The parses of what a message asks for: one, or several when it plainly holds several requests."""
    whole = await understand(agent, text, language)
    slices = clauses(text)
    if len(slices) < 2:
        return requests(whole, [])
    worth = parsed_clauses(len(slices))
    parsed = [
        (each, await understand(agent, each.strip(), whole["language"]) if at in worth else {})
        for at, each in enumerate(slices)
    ]
    return requests(whole, parsed)


async def handle(agent: Any, body: dict[str, Any]) -> dict[str, Any]:
    """One turn: {"parse", "messages", "events"}, or {"error"} with nothing else when any part of it failed."""
    text, pressed = body["text"], body.get("parse") is not None
    parses = [dict(body["parse"])] if pressed else await understand_requests(agent, text, body["language"])
    language = parses[0].get("language") or body["language"]
    slots = {**body.get("slots", {}), "language": language}
    before = [
        *SESSION,
        *({"event": "slot", "name": name, "value": value, "timestamp": 0.0} for name, value in slots.items()),
        *body.get("events", []),
    ]
    output, events = Collecting(), before
    for part, parse in enumerate(parses):
        turn = BrainTurn(events=events)
        token = TURN.set(turn)
        metadata = about(parse, part, parses, text, pressed)
        said = text if len(parses) == 1 else parse["text"]
        try:
            message = UserMessage(
                said,
                output,
                body["key"],
                parse_data={**parse, "text": said, "metadata": metadata},
                input_channel="turn",
                metadata=metadata,
            )
            await agent.handle_message(message)
        finally:
            TURN.reset(token)
        if turn.failures:
            return {"error": "; ".join(turn.failures)}
        if turn.saved is None:
            return {"error": "the dialogue did not run"}
        events = turn.saved
    parse = {**as_one(parses, text), "language": language}
    return {"parse": parse, "messages": output.messages, "events": lean(events[len(before) :])}


def lean(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The new events without what the gateway stores elsewhere: a turn's history stays small."""
    kept = []
    for event in events:
        if event["event"] == "user_featurization":
            continue
        if event["event"] == "user":
            parse = event.get("parse_data", {})
            event = event | {"parse_data": {key: parse.get(key) for key in ("intent", "entities", "text")}}
        elif event["event"] == "bot":
            event = event | {"data": {}, "metadata": {}}
        kept.append(event)
    return kept
