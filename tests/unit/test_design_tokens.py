"""The colours of the design: legible in light and in dark, by WCAG 2.2 (4.5 : 1 for text, 3 : 1 for edges of controls)."""

from __future__ import annotations

import re

import pytest

from bot.web.assets import SHARED

SURFACES = ("ground", "panel", "raised")
WORDS = ("ink", "soft", "accent", "accent-strong", "good", "warn", "bad", "info")
PAIRS = [(word, surface) for word in WORDS for surface in SURFACES]
PAIRS += [(meaning, f"{meaning}-soft") for meaning in ("good", "warn", "bad", "info", "accent")]
PAIRS += [
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-soft"),
    ("ink", "accent-soft"),
]


def tokens() -> dict[str, tuple[str, str]]:
    """{name: (light, dark)} of every colour that has both."""
    css = (SHARED / "tokens.css").read_text("utf-8")
    return {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", css)}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_are_legible_on_every_surface(theme: int) -> None:
    known = tokens()
    faint = {pair: contrast(known[pair[0]][theme], known[pair[1]][theme]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}
    assert contrast(known["edge"][theme], known["panel"][theme]) >= 3
    assert contrast(known["edge"][theme], known["ground"][theme]) >= 3


def test_the_yardstick_itself() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
