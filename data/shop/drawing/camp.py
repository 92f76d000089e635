"""Tents, sleeping bags, mats, poles, lamps."""

from __future__ import annotations

from ink import COAL, CREAM, GOLD, STEEL, WOOD, Tones, box, fill, line, mix, moved, oval, shade, shine

GLOW = (
    '<radialGradient id="g"><stop stop-color="#fff6cf"/><stop offset="1" stop-color="#fff6cf" stop-opacity="0"/>'
    "</radialGradient>"
)


def _pegs(points: list[tuple[int, int, int, int]]) -> str:
    return "".join(
        line(f"M{x} {y}L{to} {down}", CREAM, 2.5) + line(f"M{to} {down}v10", COAL, 5) for x, y, to, down in points
    )


def dome_tent(t: Tones, people: int) -> str:
    """The more people the wider; three get a window."""
    left, right = (58, 342) if people == 2 else (40, 360)
    body = _pegs([(120, 170, left - 30, 318), (280, 170, right + 30, 318)])
    body += fill(f"M{left} 322C{left + 24} 190 136 104 200 100c64 4 {right - 224} 90 {right - 200} 222z", t.base)
    body += fill(f"M200 100c64 4 {right - 224} 90 {right - 200} 222h-72c-6-110-30-180-{right - 272}-222z", t.dark)
    body += fill("M200 128c-40 40-64 116-70 194h140c-6-78-30-154-70-194z", t.deep)
    body += fill("M170 322c-2-40 2-80 12-116 14 30 50 80 60 116z", COAL)
    body += fill("M130 322c6-78 30-154 70-194-16 36-26 110-30 194z", t.light) + line("M142 290q14 10 28 2", t.base, 4)
    body += line("M200 104C150 130 116 220 106 322M200 104c50 26 84 116 94 218", t.accent, 5)
    if people > 2:
        body += moved(box(0, 0, 34, 34, 10, CREAM, 'opacity=".85"'), "translate(280 206) rotate(18)")
    return body + line(f"M{left - 2} 322H{right + 2}", t.deep, 7)


def pole_tent(t: Tones) -> str:
    body = (
        _pegs([(200, 92, 34, 320), (200, 92, 366, 320)])
        + fill("M200 86L76 322h248z", t.base)
        + fill("M200 86l124 236H226z", t.dark)
    )
    body += (
        fill("M200 86l-44 236h70z", COAL)
        + fill("M200 86l-60 236h34q4-120 26-236z", t.light)
        + line("M200 78v244", STEEL, 6)
    )
    body += box(193, 72, 14, 34, 6, WOOD) + line("M74 322h252", t.deep, 7)
    return body + line("M200 86L76 322M200 86l124 236", t.accent, 4)


def family_tent(t: Tones) -> str:
    body = _pegs([(96, 120, 30, 320), (310, 120, 372, 320)])
    body += fill("M50 322V190q4-80 84-84h160q56 8 58 84v132z", t.base) + fill("M236 106h58q56 8 58 84v132H236z", t.dark)
    body += fill("M50 322V190q4-80 76-84 70 8 70 84v132z", t.light) + fill(
        "M86 322V214q2-54 38-58 36 4 38 58v108z", COAL
    )
    body += fill("M86 322V214q2-54 38-58-22 40-18 166z", t.accent) + line("M126 106q70 8 70 84v132", t.deep, 5)
    body += "".join(
        box(x, 182, 44, 50, 10, CREAM, 'opacity=".85"') + line(f"M{x + 22} 184v46", t.dark, 3) for x in (216, 288)
    )
    return body + line("M236 108q-6 100-4 212M294 108q20 80 14 212", t.deep, 4) + line("M46 322h308", t.deep, 8)


def tarp(t: Tones) -> str:
    body = line("M92 128v196M308 128v196", WOOD, 9) + _pegs([(92, 130, 36, 322), (308, 130, 364, 322)])
    body += fill("M92 130q108 44 216 0l40 114Q200 204 52 244z", t.base) + fill(
        "M200 152q54 0 108-22l40 114q-74-20-148-20z", t.dark
    )
    body += (
        line("M92 130q108 44 216 0", t.light, 6)
        + line("M52 244q148-40 296 0", t.deep, 5)
        + line("M200 154v68", t.deep, 3)
    )
    body += (
        fill("M172 322l28-46 28 46z", "#e0813a") + fill("M188 322l14-28 12 28z", GOLD) + line("M160 322h80", COAL, 8)
    )
    return body + _pegs([(52, 244, 40, 322), (348, 244, 360, 322)])


def mummy_bag(t: Tones, warm: bool = True, square: bool = False) -> str:
    """A warm one has more and narrower chambers; a square one is a blanket with a zip."""
    shape = "M142 84q58-36 116 0c28 30 30 90 22 150-6 50-12 80-30 98q-50 18-100 0c-18-18-24-48-30-98-8-60-6-120 22-150z"
    if square:
        shape = "M124 76q76-26 152 0l6 246q-82 18-164 0z"
    body = fill(shape, t.base) + shade(
        "M204 66l72 10 6 246q-40 9-82 9z"
        if square
        else "M200 70q34-6 58 14c28 30 30 90 22 150-6 50-12 80-30 98q-24 9-50 9z",
        0.1,
    )
    for y in range(158, 330, 24 if warm else 40):
        narrower = 0 if square else max(0, y - 240) // 5
        left = (120 if square else 124) + narrower
        body += line(f"M{left} {y}q{200 - left} 14 {400 - 2 * left} 0", t.dark, 4)
        body += line(f"M{left + 10} {y - 9}q20 4 44 5", t.light, 6)
    body += oval(200, 112, 50, 36, t.deep) + oval(200, 118, 38, 25, t.accent)
    body += fill("M172 126q28-22 56 0 4 14-28 16-32-2-28-16z", CREAM)
    body += line("M246 148c14 60 4 120-12 176", t.accent, 4) + line("M236 140q8 14 4 26", CREAM, 4)
    return moved(body, "rotate(16 200 200)")


def liner(t: Tones) -> str:
    sheet = fill("M84 138q60-26 120-6l96 150q-60 40-130 22z", t.base) + fill(
        "M204 132l96 150q-26 16-56 22L150 128q28-4 54 4z", t.light
    )
    sheet += line("M110 150l84 150M140 144l84 152M176 140l90 150", t.dark, 3)
    sack = box(226, 196, 92, 130, 30, t.dark) + box(240, 178, 64, 34, 14, t.deep) + line("M246 194h52", CREAM, 4)
    return sheet + sack + fill("M256 270l16-26 9 13 8-9 15 22z", t.light) + line("M272 180q-10-30 12-34", CREAM, 4)


def inflatable(t: Tones, tubes: bool = True) -> str:
    body = moved(
        box(-62, -140, 124, 284, 34, t.dark) + box(-62, -146, 124, 284, 34, t.base), "translate(184 200) rotate(14)"
    )
    if tubes:
        lines = "".join(box(-54, y, 108, 20, 10, t.light, 'opacity=".75"') for y in range(-132, 130, 26))
    else:
        lines = "".join(line(f"M{x} {y}h0", t.dark, 9) for y in range(-120, 130, 30) for x in (-36, 0, 36))
        lines += line("M-30 -128h60", t.light, 8)
    body += moved(
        lines + oval(44, -124, 10, 10, COAL) + oval(44, -124, 4, 4, t.accent), "translate(184 200) rotate(14)"
    )
    sack = box(258, 240, 82, 92, 20, t.deep) + box(258, 252, 82, 12, 0, t.accent) + oval(299, 244, 40, 10, COAL)
    return body + sack


def foam_roll(t: Tones) -> str:
    body = (
        fill("M80 300L250 330q40-2 90-12l-90-40z", t.light)
        + box(84, 168, 210, 130, 40, t.base)
        + shade("M84 250h210v20q-4 28-40 28H124q-36 0-40-28z", 0.14)
    )
    body += oval(290, 233, 44, 65, t.dark) + line(
        "M290 272c-26 0-30-70 2-72 24 4 26 52 4 56-18 0-18-36-2-36", t.light, 7
    )
    return (
        body
        + line("M140 170v128M226 170v128", t.deep, 12)
        + box(132, 214, 18, 24, 4, COAL)
        + box(218, 214, 18, 24, 4, COAL)
    )


def trekking_poles(t: Tones) -> str:
    pole = line("M0 40v168", t.base, 12) + line("M0 200v64", t.dark, 9) + line("M0 264v28", STEEL, 6)
    pole += (
        box(-11, -30, 22, 74, 11, COAL)
        + box(-11, -34, 22, 20, 9, t.accent)
        + line("M10-14c34 10 30 60 2 70", t.deep, 6)
    )
    pole += (
        box(-12, 128, 24, 20, 6, COAL)
        + box(-11, 206, 22, 18, 6, COAL)
        + oval(0, 262, 28, 8, COAL)
        + line("M-3 60v60", t.light, 3)
    )
    return moved(pole, "translate(128 64) rotate(-14)") + moved(
        f'<g transform="scale(-1 1)">{pole}</g>', "translate(272 64) rotate(14)"
    )


def folding_poles(t: Tones) -> str:
    part = line("M0 0v170", t.base, 12) + line("M-3 10v120", t.light, 3) + box(-9, 156, 18, 22, 6, t.accent)
    grip = (
        box(-13, -4, 26, 84, 13, COAL)
        + box(-13, -8, 26, 24, 11, t.accent)
        + line("M12 14c40 14 32 70 2 80", t.deep, 7)
        + line("M0 76v130", t.base, 12)
    )
    body = line("M150 290q26 34 52 0M202 120q26-44 54 0", STEEL, 4) + moved(
        grip + box(-9, 196, 18, 22, 6, t.accent), "translate(148 82) rotate(3)"
    )
    body += moved(part, "translate(202 118)") + moved(
        part + line("M0 178v36", STEEL, 6) + oval(0, 196, 24, 7, COAL), "translate(256 118) rotate(-3)"
    )
    return body + box(120, 200, 166, 22, 10, t.deep) + box(190, 198, 30, 26, 5, COAL)


def headlamp(t: Tones, strong: bool = False) -> str:
    body = GLOW + '<circle cx="190" cy="226" r="150" fill="url(#g)"/>'
    body += line("M84 214C80 120 150 74 214 78c70 4 122 60 112 140", t.dark, 26) + line(
        "M84 214C80 120 150 74 214 78c70 4 122 60 112 140", t.base, 16, 'stroke-dasharray="26 16"'
    )
    body += line("M190 190C190 140 200 100 214 80", t.deep, 14) if strong else ""
    body += fill("M84 208c40 40 200 46 242 2l-2 26c-40 40-200 42-240-2z", t.dark)
    if strong:
        body += box(196, 62, 64, 40, 12, COAL) + line("M208 82h20", t.accent, 5)
    body += (
        box(128, 180, 126, 98, 30, COAL)
        + box(134, 184, 114, 86, 26, t.base)
        + oval(176, 228, 34, 34, COAL)
        + oval(176, 228, 26, 26, "#fff3c4")
    )
    body += (
        oval(168, 220, 9, 8, "#fff")
        + oval(226, 214, 13, 13, COAL)
        + oval(226, 214, 8, 8, "#e86f5b" if not strong else "#fff3c4")
    )
    return body + box(214, 242, 24, 12, 6, t.accent)


def lantern(t: Tones) -> str:
    body = GLOW + '<circle cx="200" cy="216" r="160" fill="url(#g)"/>' + line("M150 118q0-60 50-60t50 60", STEEL, 8)
    body += (
        box(136, 106, 128, 40, 18, COAL)
        + fill("M144 146h112l10 128H134z", "#fff1bf")
        + oval(200, 214, 26, 42, "#ffe08a")
    )
    body += line("M168 150l-8 122M232 150l8 122", mix("#fff1bf", "#a9764a", 0.35), 4) + box(
        126, 270, 148, 56, 20, t.base
    )
    return (
        body
        + box(126, 300, 148, 26, 13, COAL)
        + oval(200, 290, 12, 12, "#e0813a")
        + shine("M154 152h14l-4 110h-14z", 0.5)
    )
