"""Boots, shoes, sandals, socks, gaiters, microspikes."""

from __future__ import annotations

from ink import COAL, CREAM, RUBBER, STEEL, Tones, both, box, fill, line, moved, shade, shine

SHADOW = (214, 336, 138)
SOLE = "M98 300H350q6 0 5 9l-4 15q-2 9-13 9H112q-15 0-16-14z"
LUGS = "M112 334H338"
LOW = (
    "M106 206C118 196 132 194 148 200 176 214 208 214 226 192c6-8 18-8 24 0 16 26 38 34 64 42"
    " 28 8 38 34 36 66H98c-6-34 0-64 8-94z"
)


def _sole(colour: str, middle: str) -> str:
    lugs = line(LUGS, colour, 12, 'stroke-dasharray="15 13"', "butt")
    return lugs + fill(SOLE, colour) + line("M104 302H346", middle, 7)


def _laces(points: list[tuple[int, int]], colour: str, slant: tuple[int, int] = (34, -14)) -> str:
    return "".join(line(f"M{x} {y}l{slant[0]} {slant[1]}", colour, 6) for x, y in points)


def boot(t: Tones, winter: bool = False, mid: bool = False, slim: bool = False) -> str:
    top = 132 if mid else 86
    shaft = (
        f"M122 {top}C150 {top - 14} 190 {top - 14} 220 {top - 4} 226 {top + 40} 224 170 234 188"
        "c14 26 52 34 82 48 30 14 38 40 34 66H98c-4-30 14-54 14-92-2-50 4-78 10-"
        f"{210 - top}z"
    )
    tongue = (
        f"M190 {top - 12}q20-12 34 4C226 {top + 40} 226 170 234 188q10 18 36 29l-30 18C204 206 190 170 190 {top - 12}z"
    )
    body = fill(shaft, t.base)
    body += shade(f"M98 302c-4-30 14-54 14-92-2-50 4-78 10-{210 - top}l30-8c-14 90 10 170-8 208z", 0.16)
    body += fill(tongue, t.dark)
    body += fill("M292 226c40 8 60 34 58 76h-78c-6-34 2-60 20-76z", t.dark if not winter else COAL)
    body += fill("M98 302c-2-18 4-32 8-48 24 6 44 20 52 48z", t.deep)
    body += line(f"M150 {top + 20}c-4 60 6 110 30 150 20 20 60 26 92 24", t.deep, 3, 'opacity=".5"')
    hooks = [(184, top + 30), (186, top + 54), (190, top + 80)] if not mid else [(184, top + 28), (190, top + 50)]
    body += _laces([*hooks, (200, 208), (220, 230), (246, 246)], t.accent)
    body += box(114, top - 16, 114, 26, 13, t.light if not slim else t.accent)
    if winter:
        body += box(110, top - 20, 122, 34, 17, "#d8d2c4") + line("M110 262c60 14 150 16 238 14", RUBBER, 6)
    return (
        body
        + _sole(COAL, RUBBER if not winter else t.accent)
        + shine(f"M128 {top + 18}q10-6 16 0-6 60 2 100-10 0-4-40-8-60z", 0.18)
    )


def approach(t: Tones) -> str:
    body = fill(LOW, t.base) + fill("M98 300c-6-34 0-64 8-94 20-10 34-6 48 0 4 40-6 70 10 94z", t.dark)
    body += fill("M296 232c42 8 58 34 54 68h-96c2-32 16-56 42-68z", COAL)
    body += fill("M206 208l44-18c18 28 40 36 64 44l-40 22c-34-4-54-20-68-48z", t.deep)
    body += _laces([(212, 216), (228, 232), (248, 246), (270, 256)], t.accent, (30, -18))
    body += line("M120 204c-14 18-14 40-10 62", t.light, 8) + line("M130 290c60-20 100-16 150-12", t.light, 5)
    return body + _sole(COAL, RUBBER)


def runner(t: Tones) -> str:
    body = fill(LOW, t.base) + fill("M98 300c-6-34 0-64 8-94 20-10 34-6 48 0 0 36-8 66 4 94z", t.deep)
    body += fill("M300 234c36 8 54 34 50 66h-60c-6-26-4-50 10-66z", t.deep)
    body += fill("M204 208l46-18c18 28 40 36 64 44l-36 20c-34-4-58-18-74-46z", t.dark)
    body += _laces([(212, 216), (230, 232), (252, 244)], CREAM, (30, -16))
    body += line("M158 292c10-34 30-54 58-62M186 294c10-26 30-42 58-50M214 296c12-20 26-32 48-38", CREAM, 7)
    sole = fill("M92 296c80 10 180 10 260-6 8 2 8 12 6 22q-4 20-20 20H120q-24 0-28-18z", CREAM)
    sole += line("M104 332H344", COAL, 14, 'stroke-dasharray="18 8"', "butt")
    return body + sole + line("M98 312c80 8 170 8 252-2", t.accent, 6)


def sandal(t: Tones) -> str:
    body = fill("M92 286c60-22 96-6 138-2 46 4 84-10 124-2 6 14 2 24-4 32H104c-12-6-16-16-12-28z", RUBBER)
    body += line("M128 280C116 240 122 212 140 196", t.base, 22) + line("M140 202c36-22 66-16 84 4", t.deep, 22)
    body += line("M150 282c18-44 44-70 76-78", t.dark, 20)
    body += line("M206 286c2-50 12-72 38-86", t.base, 22) + line("M246 202c24 22 44 46 58 84", t.dark, 22)
    body += line("M284 282c4-22 14-34 30-36 12 8 18 20 20 34", t.base, 20)
    body += box(166, 178, 34, 26, 6, COAL) + box(222, 190, 34, 28, 6, COAL) + box(229, 197, 20, 14, 3, t.accent)
    return body + fill("M96 304c90 12 170 12 258-4 2 26-12 34-28 34H124c-20 0-30-8-28-30z", COAL)


def kids_boot(t: Tones) -> str:
    shaft = "M130 140c26-10 60-10 84 0 4 30 2 50 14 66 20 22 64 18 92 42 16 16 20 36 18 54"
    shaft += "H102c-6-34 12-60 14-94 0-30 6-50 14-68z"
    body = fill(shaft, t.base) + fill("M290 234c40 6 52 36 48 68h-76c-4-32 6-56 28-68z", t.deep)
    body += fill("M102 302c-2-16 2-30 6-44 26 6 44 18 50 44z", t.deep)
    body += box(124, 128, 96, 28, 14, t.light)
    body += moved(box(130, 176, 106, 28, 14, t.accent) + box(206, 180, 26, 20, 8, t.deep), "rotate(6 180 190)")
    body += moved(box(150, 222, 124, 28, 14, t.accent) + box(244, 226, 26, 20, 8, t.deep), "rotate(12 210 236)")
    body += fill("M306 258l5 10 11 2-8 8 2 11-10-5-10 5 2-11-8-8 11-2z", t.accent)
    return body + _sole(COAL, CREAM)


def socks(t: Tones, high: bool = True, thick: bool = False) -> str:
    top = 84 if high else 140
    side = 202 - top
    one = fill(
        f"M150 {top}h74v{side - 4}c4 26 34 34 62 50 30 18 30 58-8 62-50 4-90-8-118-34-16-16-18-40-16-{side // 2}z",
        t.base,
    )
    one += fill("M286 248c34 20 34 58-6 62-18 2-34 0-50-4 2-36 22-54 56-58z", t.dark)
    one += fill("M146 226c10-6 32 8 40 34 4 16-2 28-12 30-24-16-30-34-28-64z", t.dark)
    cuff = box(144, top - 8, 86, 34, 12, t.light) + "".join(
        line(f"M{x} {top - 2}v22", t.base, 3) for x in range(156, 224, 11)
    )
    stripes = "".join(
        line(f"M150 {top + 48 + 18 * n}h74", t.accent if n else CREAM, 8) for n in range(2 if high else 1)
    )
    if thick:
        zigzag = "l12 7 12-7 12 7 12-7 12 7 12-7"
        stripes += "".join(line(f"M150 {top + 92 + 16 * n}{zigzag}", t.light, 3) for n in range(3))
    drop = 12 if high else 4
    back = moved(one + cuff, f"translate(42 {drop - 12})")
    return f'<g opacity=".55">{back}</g>' + moved(one + stripes + cuff, f"translate(-32 {drop + 10})")


def gaiters(t: Tones) -> str:
    half = fill("M92 92q44-14 82 0l12 196q-58 26-112 4z", t.base) + fill(
        "M134 86q22 0 40 6l12 196q-26 12-52 12z", t.dark
    )
    half += box(86, 82, 94, 26, 11, t.deep) + box(122, 84, 18, 22, 4, t.accent)
    half += line("M134 112v184", t.light, 4) + line("M72 258q58 24 114 0", t.deep, 18)
    return both(half + line("M84 292q46 44 92 0", COAL, 7) + box(120, 304, 20, 16, 4, STEEL))


def microspikes(t: Tones) -> str:
    """The sole of a shoe seen from below, with chains and spikes over it."""
    sole = (
        "M118 92c40-16 82 0 84 62 2 40-16 70-10 112 6 40-20 64-54 64-38 0-62-24-58-66 4-40 18-62 12-98-4-36 2-64 26-74z"
    )
    body = fill(sole, t.dark) + line(sole, "#e0813a", 11)
    chains = (
        "M118 150l66-6M114 192l64 0M104 236l70-2M106 280l70-4M118 150l60 42M184 144l-70 48M104 236l72 40M174 234l-68 46"
    )
    body += line(chains, STEEL, 6, 'stroke-dasharray="1 9"')
    spikes = [(118, 146), (184, 142), (112, 190), (178, 190), (102, 234), (174, 232), (106, 280), (176, 276)]
    body += "".join(fill(f"M{x - 10} {y - 6}h20l-10 26z", "#e4e9eb") for x, y in spikes)
    return moved(body, "translate(36 -8) scale(1.06) rotate(8 150 200)")
