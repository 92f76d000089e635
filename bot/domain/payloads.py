"""What a button means: Rasa's own notation, `/intent{"entity": "value"}`, kept server-side and never read from text."""

from __future__ import annotations

import json
import re
from typing import Any

_PAYLOAD = re.compile(r"^/([a-z][a-z0-9_]*)(\{.*\})?$", re.DOTALL)


def payload(intent: str, **entities: Any) -> str:
    """`payload("inform", size="42")` -> `/inform{"size": "42"}`."""
    return f"/{intent}" + (json.dumps(entities, ensure_ascii=False) if entities else "")


def parse_payload(text: str) -> dict[str, Any]:
    """The parse Rasa would have made of a sentence that means exactly this. Raises ValueError if it is no payload."""
    match = _PAYLOAD.match(text)
    if match is None:
        raise ValueError(f"not a button payload: {text!r}")
    intent = {"name": match[1], "confidence": 1.0}
    values = json.loads(match[2]) if match[2] else {}
    entities = [{"entity": key, "value": value, "start": 0, "end": 0} for key, value in values.items()]
    return {"intent": intent, "intent_ranking": [intent], "entities": entities}
