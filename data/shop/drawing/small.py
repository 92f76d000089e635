"""Stoves, cups, food, and the small things that make up a parcel."""

from __future__ import annotations

from ink import COAL, CREAM, GOLD, STEEL, WOOD, Tones, both, box, fill, line, mix, moved, oval, shade, shine

RED = "#c8483c"


def _canister(x: int, y: int, colour: str) -> str:
    body = box(x, y, 132, 92, 30, colour) + shade(f"M{x + 66} {y}h36q30 0 30 30v32q0 30-30 30h-36z", 0.14)
    return (
        body
        + box(x, y + 40, 132, 28, 0, CREAM)
        + fill(f"M{x + 54} {y + 62}l12-18 12 18z", RED)
        + box(x + 48, y - 18, 36, 24, 6, COAL)
    )


def burner(t: Tones) -> str:
    flames = "".join(
        fill(f"M{x} 152q-14-22 0-44 14 22 0 44z", "#5fa8d3") + fill(f"M{x} 152q-6-12 0-24 6 12 0 24z", "#d9f0fb")
        for x in (160, 186, 214, 240)
    )
    body = (
        flames
        + both(line("M178 188L128 156v-20", STEEL, 9))
        + box(148, 150, 104, 20, 10, COAL)
        + box(184, 168, 32, 54, 8, t.base)
    )
    body += line("M216 196h44", COAL, 8) + line("M262 182v28", RED, 9) + box(184, 180, 14, 38, 6, t.light)
    return body + _canister(134, 238, "#4d8a5e")


def cooking_system(t: Tones) -> str:
    body = (
        both(line("M146 330q-20 4-34 12", COAL, 9)) + _canister(134, 250, "#5b666c") + box(150, 222, 100, 20, 8, STEEL)
    )
    body += "".join(fill(f"M{x} 226q-10-14 0-28 10 14 0 28z", "#5fa8d3") for x in (172, 200, 228)) + box(
        138, 74, 124, 136, 16, t.base
    )
    body += (
        box(138, 104, 124, 62, 0, t.dark)
        + box(132, 62, 136, 22, 10, COAL)
        + box(186, 50, 28, 16, 6, t.accent)
        + line("M262 112q36 4 34 36t-34 34", t.deep, 9)
    )
    body += line("M152 200h96", "#e0813a", 6) + fill("M180 150l16-26 9 13 8-9 17 22z", t.accent)
    return body + shine("M150 92q8-4 12 0v108q-8 2-12-2z", 0.24)


def canister(t: Tones) -> str:
    return moved(_canister(134, 130, "#4d8a5e") + line("M148 222h104", STEEL, 5), "translate(-120 -58) scale(1.6)")


def mess_kit(t: Tones) -> str:
    body = (
        box(96, 204, 208, 122, 26, t.base)
        + shade("M200 204h78q26 0 26 26v70q0 26-26 26h-78z", 0.12)
        + box(88, 196, 224, 22, 10, t.dark)
    )
    body += (
        line("M96 240q-36-6-40-36l30-2M304 240q36-6 40-36l-30-2", COAL, 9)
        + box(136, 118, 128, 82, 18, t.light)
        + box(128, 110, 144, 18, 9, t.dark)
    )
    body += line("M264 140q44 0 44 26t-44 24", COAL, 8) + box(186, 96, 28, 18, 7, COAL) + line("M112 232v64", CREAM, 6)
    return body + line("M152 138v42", CREAM, 5) + line("M120 304h160", t.dark, 4)


def thermos(t: Tones) -> str:
    body = (
        box(140, 132, 120, 200, 26, t.base)
        + shade("M200 132h34q26 0 26 26v148q0 26-26 26h-34z", 0.14)
        + box(150, 112, 100, 34, 8, STEEL)
    )
    body += box(146, 58, 108, 64, 18, t.dark) + line("M158 104h84", t.light, 4) + box(140, 304, 120, 28, 12, STEEL)
    body += (
        fill("M160 236l26-42 14 20 12-14 28 36z", CREAM)
        + line("M168 252h64", CREAM, 5)
        + shine("M154 156q8-6 12 0v130q-6 4-12 0z", 0.3)
    )
    return body + line("M258 168q40 4 38 50t-38 48", t.deep, 8)


def bottle(t: Tones) -> str:
    body = fill("M144 146q2-22 26-26h60q24 4 26 26v160q-2 24-26 26h-60q-24-2-26-26z", mix(t.light, "#ffffff", 0.45))
    body += fill("M144 196q28-14 56 0t56 0v110q-2 24-26 26h-60q-24-2-26-26z", t.base, 'opacity=".8"')
    body += box(182, 128, 36, 132, 14, CREAM) + "".join(line(f"M186 {y}h28", STEEL, 5) for y in (180, 198, 216, 234))
    body += box(156, 96, 88, 34, 10, COAL) + box(182, 66, 36, 36, 10, t.dark) + line("M244 112q34 8 22 46", COAL, 8)
    return (
        body
        + "".join(oval(x, y, 4, 4, "#fff", 'opacity=".8"') for x, y in ((164, 240), (232, 262), (238, 220)))
        + shine("M156 150q8-6 12 0v140q-6 6-12 0z", 0.5)
    )


def meal(t: Tones, vegan: bool) -> str:
    body = fill("M108 92q92 14 184 0l10 228q-102 20-204 0z", t.base) + shade(
        "M200 98q46 0 92-6l10 228q-50 10-102 10z", 0.1
    )
    body += fill("M104 70h192l-4 30q-92 14-184 0z", t.dark) + line("M110 84h180", t.light, 3, 'stroke-dasharray="8 7"')
    body += oval(200, 216, 74, 66, CREAM) + fill(
        "M140 216h120q-4 46-60 48-56-2-60-48z", WOOD if not vegan else "#4d8a5e"
    )
    body += oval(200, 216, 60, 14, "#e0a15a" if not vegan else "#d9573f")
    bits = (
        ((176, 212, RED), (206, 218, "#7c3f2a"), (226, 211, RED))
        if not vegan
        else ((176, 212, "#f0c34d"), (206, 219, "#5e9a58"), (228, 212, "#f0c34d"))
    )
    body += "".join(oval(x, y, 13, 6, colour) for x, y, colour in bits)
    body += line("M178 188q-8-12 0-22t0-22M206 184q-8-12 0-22t0-22", t.light, 5, 'opacity=".9"') + box(
        150, 296, 100, 14, 7, CREAM, 'opacity=".85"'
    )
    if vegan:
        body += fill("M262 138c-28 0-38-16-34-38 24 0 38 12 34 38z", "#5e9a58") + line("M260 136l-20-22", CREAM, 3)
    return body + box(92, 310, 216, 16, 8, t.deep)


def spray(t: Tones) -> str:
    body = (
        box(146, 150, 108, 182, 28, "#3f83b8")
        + shade("M200 150h26q28 0 28 28v126q0 28-28 28h-26z", 0.12)
        + box(174, 120, 52, 38, 8, CREAM)
    )
    body += (
        fill("M152 78h74q22 4 26 36h-34l-8 14h-38l-8-24h-12z", COAL)
        + line("M240 116q8 14 2 30", COAL, 8)
        + box(132, 80, 26, 20, 5, "#e0813a")
    )
    body += (
        box(146, 200, 108, 84, 0, CREAM)
        + fill("M200 212c18 24 24 34 24 44a24 24 0 0 1-48 0c0-10 6-20 24-44z", "#3f83b8")
        + line("M190 258q2 10 12 12", CREAM, 4)
    )
    return body + "".join(
        oval(x, y, r, r, "#3f83b8", 'opacity=".6"')
        for x, y, r in ((108, 84, 6), (92, 70, 4), (92, 98, 5), (74, 84, 4), (72, 60, 3), (74, 110, 3))
    )


def wax(t: Tones) -> str:
    body = (
        oval(200, 280, 118, 44, mix(STEEL, COAL, 0.25))
        + fill("M82 232h236v48q-118 88-236 0z", STEEL)
        + oval(200, 232, 118, 44, "#dfe5e7")
        + oval(200, 232, 102, 36, t.base)
    )
    body += fill("M150 224q40-20 92-8-20 22-50 20-26 2-42-12z", t.light) + moved(
        oval(0, 0, 96, 90, WOOD)
        + oval(0, 0, 84, 78, CREAM)
        + fill("M-48 30l34-56 20 28 14-18 30 46z", "#4d8a5e")
        + line("M-40 46h80", WOOD, 6),
        "translate(262 132) rotate(14)",
    )
    return body + line("M92 262q108 66 216 0", mix(STEEL, COAL, 0.3), 4)


def first_aid(t: Tones) -> str:
    body = (
        line("M160 128q0-44 40-44t40 44", t.deep, 12)
        + box(78, 122, 244, 200, 36, t.base)
        + shade("M200 122h86q36 0 36 36v128q0 36-36 36h-86z", 0.1)
    )
    body += (
        line("M90 178H310", t.deep, 6)
        + box(296, 168, 12, 40, 5, STEEL)
        + oval(200, 240, 58, 58, CREAM)
        + box(186, 200, 28, 80, 6, t.base)
        + box(160, 226, 80, 28, 6, t.base)
    )
    return body + line("M98 152q4-16 20-18h60", t.light, 7) + line("M92 300q10 12 26 14", t.deep, 5)


def folded_map(t: Tones) -> str:
    parts = (("#a9c98f", 0), ("#c6dba8", 1), ("#a9c98f", 2), ("#c6dba8", 3))
    body = "".join(
        fill(f"M{72 + 64 * n} {108 + 22 * (n % 2)}l64 {22 - 44 * (n % 2)}v190l-64 {-22 + 44 * (n % 2)}z", colour)
        for colour, n in parts
    )
    body += line("M80 262q40-60 86-40t70-40 84-30", "#5b8fb8", 8) + line(
        "M86 164q30 30 60 20t60 40 60 10 54 40", RED, 5, 'stroke-dasharray="10 10"'
    )
    body += (
        fill("M140 190l30-46 16 24 12-14 24 36z", "#7f9b86")
        + fill("M170 144l-9 14 9 5 8-6z", CREAM)
        + line("M92 214q26-20 44 0M96 232q22-14 36 0", "#7fa86f", 4)
    )
    body += fill("M268 128c26 0 40 34 0 76-40-42-26-76 0-76z", RED) + oval(268, 156, 11, 11, CREAM)
    return body + shade("M136 130l64-22v190l-64 22zM264 130l64-22v190l-64 22z", 0.07)


def gift_card(t: Tones, amount: str) -> str:
    back = box(0, 0, 236, 148, 18, t.dark)
    front = box(0, 0, 236, 148, 18, t.base) + fill(
        "M0 118l54-58 30 32 36-50 56 62 24-22 36 30v18q0 18-18 18H18q-18 0-18-18z", t.dark
    )
    front += (
        box(34, 0, 26, 148, 0, GOLD, 'opacity=".95"')
        + line("M47 34c-40-34-44 14 0 8 44 6 40-42 0-8z", GOLD, 9)
        + oval(47, 38, 10, 9, "#c99a2a")
    )
    front += f'<text x="222" y="46" style="font:700 34px sans-serif" fill="{CREAM}" text-anchor="end">{amount}</text>'
    return moved(back, "translate(92 128) rotate(8)") + moved(front, "translate(76 140) rotate(-7)")
