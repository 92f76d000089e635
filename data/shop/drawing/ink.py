"""Colours and strokes that every drawing of the sample shop shares: one light, one shadow, three tones of a colour."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

COLOURS = {
    "beżowy": "#d3bf9b",
    "biały": "#eef0ea",
    "brązowy": "#8a5f3e",
    "czarny": "#3b4347",
    "czerwony": "#c8483c",
    "fioletowy": "#7a62a3",
    "grafitowy": "#5b666c",
    "granatowy": "#34507c",
    "malinowy": "#b83b68",
    "miętowy": "#86c5ac",
    "niebieski": "#3f83b8",
    "oliwkowy": "#7c8350",
    "pomarańczowy": "#e0813a",
    "srebrny": "#aab4b8",
    "szary": "#98a2a5",
    "turkusowy": "#2f9c9b",
    "zielony": "#4d8a5e",
    "żółty": "#e6b73e",
}
GROUNDS = {
    "boots": "#ede4d8",
    "jackets": "#dfe8ec",
    "fleece": "#e9e3ea",
    "base": "#e2e9e1",
    "trousers": "#eae6da",
    "socks": "#e7e4ee",
    "gloves": "#e3e7ea",
    "hats": "#efe3dc",
    "backpacks": "#e1eae0",
    "tents": "#dde9e4",
    "sleeping_bags": "#e2e4ee",
    "mats": "#e9ead9",
    "headlamps": "#e4e5e9",
    "stoves": "#efe5d6",
    "poles": "#e0e8ec",
    "accessories": "#ece4dd",
    "kids": "#f1e6cf",
    "gift_cards": "#e6e1ea",
}
COAL, RUBBER, CREAM, STEEL, WOOD, GOLD = "#2e383c", "#b98a56", "#f6f1e6", "#b9c2c5", "#a9764a", "#e6b73e"


@dataclass(frozen=True)
class Tones:
    """A colour as light falls on it, and an accent that goes with it."""

    light: str
    base: str
    dark: str
    deep: str
    accent: str


def tones(colour: str) -> Tones:
    """Of a colour as `variants.csv` names it."""
    base = COLOURS.get(colour, "#8d7fb0")
    warm = int(base[1:3], 16) > int(base[5:7], 16) + 30
    accent = "#f3d9a4" if warm else "#e58f4b"
    return Tones(mix(base, "#ffffff", 0.22), base, mix(base, "#14232b", 0.2), mix(base, "#14232b", 0.42), accent)


def mix(one: str, other: str, share: float) -> str:
    """`one` with that share of `other`; both are `#rrggbb`."""
    pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def fill(d: str, colour: str, more: str = "") -> str:
    """An area."""
    return f'<path d="{d}" fill="{colour}"{" " if more else ""}{more}/>'


def line(d: str, colour: str, width: float = 4, more: str = "", ends: str = "round") -> str:
    """A stroke; its ends are `round` or `butt`."""
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="{ends}" '
        f'stroke-linejoin="round"{" " if more else ""}{more}/>'
    )


def box(x: float, y: float, width: float, height: float, round_: float, colour: str, more: str = "") -> str:
    """A rectangle with round corners."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_:g}" fill="{colour}"'
        f"{' ' if more else ''}{more}/>"
    )


def oval(x: float, y: float, across: float, down: float, colour: str, more: str = "") -> str:
    """An ellipse by its centre and radii."""
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{across:g}" ry="{down:g}" fill="{colour}"{" " if more else ""}{more}/>'


def shade(d: str, strength: float = 0.12) -> str:
    """The side turned from the light."""
    return f'<path d="{d}" fill="#14232b" opacity="{strength:g}"/>'


def shine(d: str, strength: float = 0.2) -> str:
    """The side turned to the light."""
    return f'<path d="{d}" fill="#fff" opacity="{strength:g}"/>'


def both(body: str) -> str:
    """A left half and its mirror image."""
    name = f"m{crc32(body.encode()) % 4096}"
    return f'<g id="{name}">{body}</g><use href="#{name}" transform="matrix(-1 0 0 1 400 0)"/>'


def moved(body: str, transform: str) -> str:
    return f'<g transform="{transform}">{body}</g>'


def picture(ground: str, body: str, shadow: tuple[float, float, float] = (200, 338, 120)) -> str:
    """The whole drawing: a soft ground with a paler disc, the shadow (x, y, half its width), and the thing."""
    x, y, across = shadow
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
        f'<path d="M0 0h400v400H0z" fill="{ground}"/>'
        f'<circle cx="200" cy="196" r="164" fill="{mix(ground, "#ffffff", 0.5)}"/>'
        '<g transform="translate(-18 -19) scale(1.09)">'
        f"{oval(x, y, across, 11, mix(ground, '#14232b', 0.22))}"
        f"{body}</g></svg>\n"
    )
