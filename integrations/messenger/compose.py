"""One message of ours as the parts Messenger takes. Pure: the same message always gives the same parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bot.domain.splitting import shortened, split_text
from bot.services.ports import Outgoing, OutgoingFile

LONGEST_TEXT, LONGEST_TITLE, LONGEST_LINE = 2000, 20, 80
STILL_READ = 30
"""A title up to this long is still understood when it is cut."""
MOST_REPLIES, MOST_CARDS = 13, 10
PICTURES = (".jpg", ".jpeg", ".png", ".gif")


@dataclass(frozen=True)
class Part:
    """One call: the `message` object of the Send API, or a file; `instead` are the words of a template."""

    message: dict[str, Any] = field(default_factory=dict)
    file: OutgoingFile | None = None
    instead: str = ""


def compose(message: Outgoing, base: str, open_title: str, *, signed: bool = False) -> list[Part]:
    """Its parts in order. `open_title` is on a card's button; `signed`: the agent's name is shown by other means."""
    parts = [Part(file=file) for file in message.files]
    if message.cards:
        elements = [_element(card, base, open_title) for card in message.cards[:MOST_CARDS]]
        template = {"template_type": "generic", "elements": elements}
        words = "\n\n".join(_words(card, base) for card in message.cards[:MOST_CARDS])
        parts.append(
            Part({"attachment": {"type": "template", "payload": template}}, instead=shortened(words, LONGEST_TEXT))
        )
    text, replies = _replies(message)
    name = (message.author or "").split(" ")[0]
    if message.sender == "agent" and name and text and not signed:
        text = f"{name}:\n{text}"
    parts += [Part({"text": piece}) for piece in split_text(text, LONGEST_TEXT)]
    if replies and parts and parts[-1].file is None:
        # They are shown only under the last message.
        parts[-1] = Part({**parts[-1].message, "quick_replies": replies}, instead=parts[-1].instead)
    return parts


def _replies(message: Outgoing) -> tuple[str, list[dict[str, str]]]:
    """Quick replies; titles of which too little would be left are numbered and written out in the text."""
    buttons = message.buttons[:MOST_REPLIES]
    titles = [button["title"] for button in buttons]
    text = message.text
    cut = [_cut(title) for title in titles]
    if len(set(cut)) < len(set(titles)) or any(len(title) > STILL_READ for title in titles):
        titles = [f"{number}. {title}" for number, title in enumerate(titles, 1)]
        text = "\n\n".join(filter(None, (text, "\n".join(titles))))
        cut = [_cut(title) for title in titles]
    return text, [
        {"content_type": "text", "title": title, "payload": button["id"]}
        for title, button in zip(cut, buttons, strict=True)
    ]


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def _element(card: dict[str, Any], base: str, open_title: str) -> dict[str, Any]:
    """A card needs something beside its title: a line, a picture or a button."""
    element: dict[str, Any] = {"title": shortened(card["title"] or "…", LONGEST_LINE)}
    if card.get("subtitle"):
        element["subtitle"] = shortened(card["subtitle"], LONGEST_LINE)
    image = absolute(card.get("image"), base)
    if PurePosixPath(urlsplit(image).path).suffix.lower() in PICTURES:
        element["image_url"] = image
    address = absolute(card.get("url"), base)
    if address:
        element["default_action"] = {"type": "web_url", "url": address}
        element["buttons"] = [{"type": "web_url", "url": address, "title": shortened(open_title, LONGEST_TITLE)}]
    if len(element) == 1:
        element["subtitle"] = "…"
    return element


def _words(card: dict[str, Any], base: str) -> str:
    return "\n".join(filter(None, (card.get("title"), card.get("subtitle"), absolute(card.get("url"), base))))


def absolute(address: str | None, base: str) -> str:
    if not address:
        return ""
    if address.startswith("/"):
        return base + address
    return address if address.startswith(("https://", "http://")) else ""
