"""The learning curve as a small SVG, without a library."""

from __future__ import annotations

from collections.abc import Sequence

from bot.bench.nlu_scores import Point

WIDTH, HEIGHT, MARGIN = 560, 260, 48
LOWEST = 0.5
_LINES = (("polish", "Polish", "#0b6e4f"), ("english", "English", "#b4451f"))


def curve(points: Sequence[Point]) -> str:
    """Held-out accuracy of both languages over the number of examples; readable on a light and on a dark page."""
    most = max(point.examples for point in points)

    def place(examples: float, accuracy: float) -> tuple[float, float]:
        across = MARGIN + (WIDTH - 2 * MARGIN) * examples / most
        return across, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (accuracy - LOWEST) / (1 - LOWEST)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        'font-size="12"><title>Held-out accuracy by number of examples</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    ]
    for tenth in range(round(LOWEST * 10), 11):
        _, y = place(0, tenth / 10)
        parts.append(f'<path d="M{MARGIN} {y:.1f}H{WIDTH - MARGIN}" stroke="#ddd"/>')
        parts.append(f'<text x="{MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{tenth / 10:.1f}</text>')
    for point in points:
        x, _ = place(point.examples, LOWEST)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle" fill="#444">{point.examples}</text>'
        )
    for number, (field, name, colour) in enumerate(_LINES):
        corners = [place(point.examples, max(LOWEST, getattr(point, field))) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in corners]
        parts.append(f'<text x="{MARGIN + 90 * number}" y="24" fill="{colour}">{name}</text>')
    return "".join(parts) + "</svg>\n"
