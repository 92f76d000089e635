"""Rasa's way to our texts: `utter_…` of a rule or an action is rendered from `data/responses/`, live, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator

from bot.responses import Responses, UnknownResponse


class CatalogueNlg(NaturalLanguageGenerator):  # type: ignore[misc]
    """Named in endpoints.yml as `nlg.type`; `folder` is the catalogue's."""

    def __init__(self, endpoint_config: Any = None, domain: Any = None, folder: str = "data/responses") -> None:
        self._responses = Responses(Path(endpoint_config.kwargs.get("folder", folder) if endpoint_config else folder))

    async def generate(
        self, utter_action: str, tracker: Any, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The draft of a message in the language of the tracker's slot; None where there is no such text."""
        slots = tracker.current_slot_values()
        values = {name: value for name, value in slots.items() if value is not None} | kwargs
        try:
            rendered = self._responses.render(utter_action, slots.get("language") or "pl", **values)
        except UnknownResponse:
            return None
        buttons = [{"title": title, "payload": payload} for title, payload in rendered.buttons]
        return {"text": rendered.text, "buttons": buttons}
