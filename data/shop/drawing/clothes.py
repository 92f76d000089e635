"""Jackets, fleeces, tops, trousers, gloves, hats."""

from __future__ import annotations

from ink import CREAM, Tones, both, box, fill, line, moved, oval, shade, shine

TORSO = "M154 102C138 110 124 114 112 122L116 318q84 16 168 0L288 122C276 114 262 110 246 102q-46 20-92 0z"
SHAPED = (
    "M156 102C140 110 126 114 116 122 114 170 134 196 130 226L114 318q86 18 172 0L270 226"
    "C266 196 286 170 284 122 274 114 260 110 244 102q-44 20-88 0z"
)
SLEEVE = "M114 121C92 130 84 150 78 182L56 288q-2 10 8 13l24 6q10 2 13-8L122 206z"
CUFF = "M59 274l45 11-4 16q-3 8-12 6l-24-6q-10-3-8-13z"
SHORT_SLEEVE = "M114 121C92 130 80 146 66 190q-2 8 6 11l38 12q8 2 10-6z"
RIGHT = "M200 112q24 0 46-10c16 8 30 12 42 20L284 318q-42 8-84 8z"


def _hood(t: Tones) -> str:
    hood = fill("M146 112C134 70 160 40 200 40s66 30 54 72q-54 24-108 0z", t.dark)
    return hood + fill("M164 108c-8-28 8-48 36-48s44 20 36 48q-36 18-72 0z", t.deep)


def _collar(t: Tones) -> str:
    return fill("M152 106c0-22 4-34 10-40q38-14 76 0c6 6 10 18 10 40q-48 22-96 0z", t.dark) + fill(
        "M166 78q34-14 68 0l-6 18q-28 12-56 0z", t.deep
    )


def jacket(t: Tones, shaped: bool = False, light: bool = False) -> str:
    """A rain jacket with a hood; a light one has neither pit zips nor a chest pocket."""
    body = _hood(t) + both(fill(SLEEVE, t.dark) + fill(CUFF, t.deep)) + fill(SHAPED if shaped else TORSO, t.base)
    body += shade(RIGHT, 0.07) if not shaped else ""
    body += fill(
        "M154 102c-16 8-30 12-40 20l2 46q42-34 84-30 42-4 84 30l2-46c-12-8-24-12-40-20q-46 20-92 0z",
        t.light if light else t.dark,
    )
    body += line("M200 114V324", t.deep, 9) + line("M200 114V324", t.accent, 3.5)
    body += both(line("M140 236l12 52", t.deep, 6) + line("M154 104c4 20 18 30 30 34", t.deep, 3))
    if not light:
        body += line("M228 160v44", t.deep, 6) + both(line("M116 150l10 50", t.accent, 4))
    body += line("M117 306q83 18 166 0", t.deep, 4) + box(142, 212, 34, 8, 4, t.accent if light else t.light)
    return body + shine("M124 132q10-6 20-8-10 60-8 180-8 0-14-2z", 0.16)


def down(t: Tones, shaped: bool = False, flat: bool = False) -> str:
    """Quilted: stacked tubes that catch the light from above."""
    rows = 6 if not flat else 7
    high = 206 / rows
    tubes = ""
    for n in range(rows):
        y = 112 + n * high
        narrow = (14 - abs(n - rows * 0.5) * 5) if shaped else 0
        x = 110 + max(0, narrow) if n else 118
        tubes += box(x, y, 400 - 2 * x, high + 4, high / 2, t.base) + box(
            x + 10, y + 3, (400 - 2 * x) * 0.4, high * 0.3, high * 0.15, t.light
        )
        tubes += line(f"M{x + 8:g} {y + high + 1:g}q{200 - x - 8:g} 5 {400 - 2 * x - 16:g} 0", t.dark, 3)
    arm = fill("M-26 14Q-22-8 8-6L30 10 22 168q-20 10-44 2z", t.base) + "".join(
        line(f"M-21 {26 + n * 170 / rows:.0f}q22 9 {44 - 2 * n} 2", t.dark, 4) for n in range(rows)
    )
    arm = moved(arm + box(-23, 160, 44, 15, 7, t.deep), "translate(106 124) rotate(14)")
    body = _hood(t) if not flat else _collar(t)
    if not flat:
        body += line("M146 96q-6-42 54-50 60 8 54 50", t.base, 16)
    body += both(arm) + tubes + line("M200 116V322", t.deep, 9) + line("M200 116V322", t.accent, 3.5)
    return body + both(line("M142 244l10 46", t.deep, 6)) + box(116, 310, 168, 14, 7, t.deep)


def softshell(t: Tones) -> str:
    body = _collar(t) + both(fill(SLEEVE, t.base) + fill(CUFF, t.deep)) + fill(TORSO, t.base)
    body += both(fill("M154 102c-16 8-30 12-42 20l3 60q36-10 85-12v-58q-24 0-46-10z", t.dark))
    body += both(fill("M114 121c-20 8-28 22-34 48l42 8z", t.dark)) + line("M200 74V322", t.deep, 8)
    body += (
        line("M200 74V322", t.accent, 3.5) + line("M226 146v40", t.accent, 5) + both(line("M138 232l12 54", t.deep, 6))
    )
    return body + both(fill("M116 250l16 68q-8 0-16-2z", t.deep)) + shine("M122 190l20-4q-8 60-4 132l-18-2z", 0.12)


def windbreaker(t: Tones) -> str:
    body = _hood(t) + both(fill(SLEEVE, t.light) + fill(CUFF, t.accent)) + fill(TORSO, t.light)
    body += fill("M112 122l176 84-2 56L114 178z", t.base) + fill("M114 196l172 84-1 22-170-82z", t.accent)
    body += line("M200 114V324", t.deep, 5) + both(line("M140 240l10 44", t.dark, 5))
    return body + line("M117 310q83 18 166 0", t.dark, 8) + shade(RIGHT, 0.06)


def poncho(t: Tones) -> str:
    body = fill("M150 100C120 116 96 160 62 296q64 36 138 36t138-36C304 160 280 116 250 100q-50 22-100 0z", t.base)
    body += shade("M200 110q26 0 50-10c30 16 54 60 88 196q-64 36-138 36z", 0.1) + _hood(t)
    body += line("M124 176q-16 62-26 138M162 190q-8 70-10 138M276 176q16 62 26 138M238 190q8 70 10 138", t.dark, 4)
    body += "".join(f'<circle cx="200" cy="{y}" r="6" fill="{CREAM}"/>' for y in (136, 172, 208))
    return (
        body
        + line("M188 104q-4 40-10 56M212 104q4 40 10 56", t.accent, 4)
        + line("M64 292q64 36 136 36t136-36", t.light, 6)
    )


def fleece(t: Tones, shaped: bool = False, technical: bool = False) -> str:
    body = both(fill(SLEEVE, t.base) + fill(CUFF, t.dark)) + fill(SHAPED if shaped else TORSO, t.base)
    if technical:
        body = _hood(t) + body + both(fill("M116 122l10 196-12-2zM114 121q-10 4-18 16l24 70 6-60z", t.dark))
        body += both("".join(line(f"M134 {y}h52", t.light, 3, 'opacity=".6"') for y in range(150, 300, 16)))
    else:
        wool = "M130 150h0m22 16h0m22-16h0m52 0h0m22 16h0m22-16h0M130 190h0m22 16h0m22-16h0m52 0h0m22 16h0m22-16h0"
        wool += "M130 270h0m22 16h0m22-16h0m52 0h0m22 16h0m22-16h0M96 200h0m-8 30h0m-8 30h0m224-60h0m8 30h0m8 30h0"
        body = _collar(t) + body + line(wool, t.light, 7)
        body += fill(
            "M154 102c-16 8-26 10-38 18l2 12q40-14 82-12 42-2 82 12l2-12c-12-8-22-10-38-18q-46 20-92 0z", t.dark
        )
        body += box(218, 148, 46, 44, 8, t.dark) + line("M224 152h34", t.accent, 5)
    body += line("M200 80V322", t.deep, 8) + line("M200 80V322", t.accent, 3.5) + box(116, 306, 168, 16, 8, t.dark)
    return body + both(line("M140 240l10 44", t.deep, 5))


def shirt(t: Tones, shaped: bool = False) -> str:
    body = both(fill(SHORT_SLEEVE, t.dark) + line("M70 194l46 15", t.light, 6))
    body += fill(SHAPED if shaped else TORSO, t.base) + shade(RIGHT, 0.06 if not shaped else 0)
    body += fill("M154 102q46 54 92 0 2-6-8-8-38 22-76 0-10 2-8 8z", t.deep) + line("M156 104q44 50 88 0", t.light, 6)
    body += line("M118 306q82 14 164 0", t.dark, 3) + line("M112 124q8 40 10 84M288 124q-8 40-10 84", t.dark, 3)
    return body + fill("M216 158l14-22 8 12 6-8 14 18z", t.accent) + shine("M124 132q10-6 16-6-6 60-4 180l-14-2z", 0.14)


def base_layer(t: Tones) -> str:
    top = both(fill(SLEEVE, t.base) + fill(CUFF, t.deep)) + fill(TORSO, t.base)
    top += fill("M154 102q46 44 92 0l-8-8q-38 20-76 0z", t.deep)
    top += both("".join(line(f"M{x} 132v180", t.light, 2.5, 'opacity=".45"') for x in range(132, 200, 14)))
    top += both(line("M112 124q24 40 30 92M142 216l-24 40", t.accent, 4))
    legs = fill("M0 0h92l6 176H66L46 54 26 176H-6z", t.dark) + box(0, -4, 92, 18, 6, t.accent)
    return moved(legs, "translate(236 142)") + moved(top, "translate(-40 14) scale(.9)")


def trousers(t: Tones, patches: bool = False, shell: bool = False, slim: bool = False) -> str:
    leg = fill(f"M132 82h68v52L{192 if slim else 196} 330h-{58 if slim else 70}z", t.base)
    leg += line("M128 110q24 10 34-22", t.dark, 5) + line("M166 140q-10 90-10 190", t.dark, 2.5)
    if patches:
        leg += fill("M132 196q26-10 56 0l-4 56q-24 8-54 0z", t.deep) + fill("M128 290h62l-2 40h-62z", t.deep)
    elif shell:
        leg += line("M134 130L127 322", t.accent, 5) + line("M126 320h64", t.deep, 10)
    else:
        leg += line("M130 150h34v44h-36", t.dark, 4) + line("M128 318h62", t.dark, 5) + line("M132 160h28", t.accent, 5)
    body = both(leg) + shade("M200 134l8 196h64L268 82h-68z", 0.08) + box(128, 72, 144, 24, 8, t.dark)
    body += line("M200 98v40", t.deep, 5) + box(186, 74, 28, 20, 4, t.accent)
    return body + "".join(box(x, 68, 8, 30, 3, t.deep) for x in (146, 246))


def shorts(t: Tones) -> str:
    leg = fill("M118 110h82v70l-10 88q-46 8-98-4z", t.base) + line("M94 252q44 10 98 4", t.dark, 4)
    leg += (
        line("M114 146q28 10 40-30", t.dark, 5)
        + line("M108 192h44l-4 52h-48", t.dark, 4)
        + line("M110 202h40", t.accent, 5)
    )
    body = both(leg) + shade("M200 180l10 88q46 8 98-4L282 110h-82z", 0.08) + box(112, 98, 176, 28, 8, t.dark)
    return body + line("M200 128v52", t.deep, 5) + line("M192 114q-6 30-12 38M208 114q6 30 12 38", CREAM, 4)


HAND = (
    "M126 318c-4-30-14-50-18-84-2-12-16-30-28-44-8-10 4-22 16-14 16 10 26 22 34 34l-4-86c0-16 24-18 26-2l6 56"
    " 2-74c0-16 26-16 26 0l2 74 10-64c4-16 26-12 24 4l-6 72 14-44c6-14 26-8 22 8-8 38-16 66-18 94-2 24-12 44-14 70z"
)


def gloves(t: Tones, heavy: bool = True) -> str:
    hand = fill(HAND, t.base) + fill("M122 290q40 12 80 0l-2 30h-76z", t.dark)
    if heavy:
        hand += fill("M112 236q46 18 92 2-4 28-6 50-38 14-76 0-4-24-10-52z", t.dark)
        hand += box(112, 300, 98, 38, 12, t.deep) + box(122, 311, 72, 12, 6, t.accent)
        hand += line("M128 196h18M160 188h18M190 196h16", t.light, 7)
    else:
        hand += box(118, 304, 86, 30, 10, t.dark) + line("M140 236h0m20 14h0m20-14h0m-30 36h0m20 0h0", t.light, 7)
    return moved(hand, "matrix(-.86 0 0 .86 246 44) rotate(-4 160 200)") + moved(
        hand, "translate(146 50) scale(.86) rotate(-4 160 200)"
    )


def mittens(t: Tones) -> str:
    hand = fill(
        "M110 300c-6-40-18-60-18-100-26-6-42-34-50-54-6-16 14-26 26-14 14 14 22 24 32 26"
        " 8-50 30-80 62-78 40 2 54 46 48 100-4 44-12 80-14 120z",
        t.base,
    )
    hand += "".join(line(f"M{94 + n} {168 + 34 * n}q54 16 {112 - 3 * n} 0", t.dark, 4) for n in range(4))
    hand += line("M100 136q50 14 106 0", t.dark, 4) + line("M122 106q22-18 52-12", t.light, 10)
    hand += box(98, 288, 108, 44, 14, t.deep) + box(110, 302, 84, 12, 6, t.accent)
    return moved(hand, "matrix(-.86 0 0 .86 384 16)") + moved(hand, "translate(-4 30) scale(.9)")


def beanie(t: Tones) -> str:
    body = fill("M92 262c-6-92 38-158 108-158s114 66 108 158z", t.base)
    body += "".join(
        line(f"M{200 + x} 118Q{200 + x * 1.9:g} 170 {200 + x * 2.2:g} 258", t.dark, 4) for x in (-40, -20, 0, 20, 40)
    )
    body += line("M104 216l16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12", t.accent, 6)
    body += box(78, 246, 244, 60, 22, t.light) + "".join(line(f"M{x} 258v36", t.base, 5) for x in range(98, 314, 17))
    pom = "".join(
        f'<circle cx="{x}" cy="{y}" r="20" fill="{c}"/>'
        for x, y, c in ((182, 92, t.light), (218, 92, t.dark), (200, 74, t.light), (200, 98, t.base))
    )
    return body + pom


def cap(t: Tones) -> str:
    body = fill("M82 250c-8-84 44-142 116-142s118 50 122 128q-110-30-238 14z", t.base)
    body += shade("M198 108c72 0 118 50 122 128q-40-10-84-10c0-60-16-102-38-118z", 0.1)
    body += line("M198 112c-34 30-50 76-54 122M198 112c24 20 38 60 38 112", t.dark, 4) + oval(198, 108, 14, 8, t.deep)
    body += fill(
        "M190 226c70-12 132 0 172 42 8 10-2 20-16 16-50-16-112-18-174-2-14 4-20-4-14-14 8-14 18-38 32-42z", t.deep
    )
    body += line("M84 250q120-38 236-14", t.dark, 9) + fill("M128 200l26-40 14 20 12-14 26 34z", t.accent)
    return body + line("M196 244q80-8 138 22", t.base, 3)


def neck_warmer(t: Tones) -> str:
    body = fill(
        "M104 124q96-44 192 0c8 30-6 60 4 100 6 30 8 54-4 80q-96 42-192 0c-12-26-10-50-4-80 10-40-4-70 4-100z", t.base
    )
    body += oval(200, 124, 96, 30, t.deep) + oval(200, 130, 80, 20, t.dark)
    body += line("M104 176q90 50 192 6M106 222q100 42 192-8M100 262q100 50 200 0", t.dark, 7)
    body += line("M108 152q60 40 120 34M110 200q50 26 90 24M108 242q50 26 90 24", t.light, 6)
    return body + fill("M222 276l16-26 9 13 8-9 17 22z", t.accent)
