"""One message of ours as the parts Telegram takes. Pure: the same message always gives the same parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.domain.splitting import shortened, split_text, units
from bot.services.ports import Outgoing, OutgoingFile

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
MOST_PICTURES = 10
"""In one album."""
LONGEST_TITLE = 64
"""Of a button, so that it can be read on a phone."""
NARROW = 18
"""Two buttons with titles up to this length stand side by side."""
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


@dataclass(frozen=True)
class Part:
    """One call. With `pictures` the text is their caption; `instead` is what is sent if Telegram refuses them."""

    text: str = ""
    bold: int = 0
    """So many UTF-16 units at its beginning are bold: the agent's name."""
    keyboard: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Rows of (title, callback data)."""
    pictures: tuple[tuple[str, str], ...] = ()
    """(address, caption): one is a photo, several are an album."""
    file: OutgoingFile | None = None
    instead: str = field(default="", compare=False)


def compose(message: Outgoing, base: str) -> list[Part]:
    """Its parts in order; at least one. `base` is put before addresses that begin with a slash."""
    keyboard = rows(message.buttons)
    shown = [card for card in message.cards if picture(card, base)][:MOST_PICTURES]
    written = [card for card in message.cards if card not in shown]
    name = (message.author or "").split(" ")[0] if message.sender == "agent" else ""
    text = "\n\n".join(filter(None, (message.text, *(lines(card, message.text, base) for card in written))))
    if len(shown) == 1:
        whole = "\n\n".join(filter(None, (text, lines(shown[0], text, base))))
        if units(whole) <= LONGEST_CAPTION and not name:
            return [Part(whole, keyboard=keyboard, pictures=((picture(shown[0], base), whole),), instead=whole)]
    parts = [Part(file=file, instead=file.name) for file in message.files]
    if shown:
        captions = [shortened(lines(card, "", base), LONGEST_CAPTION) for card in shown]
        pictures = tuple((picture(card, base), words) for card, words in zip(shown, captions, strict=True))
        parts.append(Part(pictures=pictures, instead=shortened("\n\n".join(captions), LONGEST_TEXT)))
    if name and text:
        text = f"{name}\n{text}"
    pieces = split_text(text, LONGEST_TEXT)
    parts += [
        Part(
            piece,
            bold=units(name) if name and number == 0 else 0,
            keyboard=keyboard if number == len(pieces) - 1 else (),
        )
        for number, piece in enumerate(pieces)
    ]
    return parts


def rows(buttons: list[dict[str, str]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Inline keyboard rows: short titles two by two, long ones alone."""
    found: list[tuple[tuple[str, str], ...]] = []
    for button in buttons:
        one = shortened(button["title"], LONGEST_TITLE), button["id"]
        last = found[-1] if found else ()
        if len(last) == 1 and len(last[0][0]) <= NARROW and len(one[0]) <= NARROW:
            found[-1] = (*last, one)
        else:
            found.append((one,))
    return tuple(found)


def picture(card: dict[str, Any], base: str) -> str:
    """The address of the card's picture, if it is one Telegram can show."""
    address = absolute(card.get("image"), base)
    return address if Path(urlsplit(address).path).suffix.lower() in PICTURES else ""


def lines(card: dict[str, Any], said: str, base: str) -> str:
    """A card in words. What the message says already is not said again."""
    title, subtitle = card.get("title") or "", card.get("subtitle") or ""
    address = absolute(card.get("url"), base)
    if title and title in said:
        subtitle = ""
    return "\n".join(filter(None, (title, subtitle, "" if address in said else address)))


def absolute(address: str | None, base: str) -> str:
    if not address:
        return ""
    if address.startswith("/"):
        return base + address
    return address if address.startswith(("https://", "http://")) else ""
