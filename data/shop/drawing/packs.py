"""Backpacks and dry bags."""

from __future__ import annotations

from ink import COAL, CREAM, STEEL, Tones, both, box, fill, line, oval, shade, shine


def backpack(t: Tones, litres: int) -> str:
    """Front view; from 40 litres up with a lid, a hip belt and side pockets, and the taller the more it holds."""
    high = {65: 262, 50: 244, 32: 218}.get(litres, 190)
    wide = {65: 150, 50: 142, 32: 146}.get(litres, 140)
    top, left, big = 330 - high, 200 - wide / 2, litres >= 40
    belt = fill(f"M{left + 14:g} 262c-40 6-62 16-74 30-4 14 6 22 20 20 30-6 46-6 62-6z", t.deep)
    belt += box(left - 66, 282, 24, 10, 4, COAL)
    side = box(left - 18, 236, 40, 82, 14, t.dark) + line(f"M{left - 14:g} 248q16 8 30 0", t.light, 5)
    body = line(f"M178 {top + 8}q-2-30 22-30t22 30", t.deep, 9) + (both(belt) if big else "") + both(side)
    body += box(left, top + 14, wide, high - 16, 34, t.base) + shade(
        f"M200 {top + 14}h{wide / 2 - 34:g}q34 0 34 34v{high - 84:g}q0 34-34 34h-{wide / 2 - 34:g}z", 0.08
    )
    if big:
        body += box(left + 2, 260, wide - 4, 70, 26, t.dark) + line(f"M{left + 16:g} 264h{wide - 32:g}", t.accent, 5)
        body += box(left + 24, top + 78, wide - 48, 96, 16, t.dark) + line(
            f"M{left + 36:g} {top + 92}h{wide - 72:g}", t.deep, 5
        )
        body += box(left - 8, top, wide + 16, 58, 24, t.light) + line(
            f"M{left + 14:g} {top + 40}h{wide - 28:g}", t.base, 5
        )
        body += "".join(
            line(f"M{x:g} {top + 46}v{high - 108}", t.deep, 8) + box(x - 9, top + 62, 18, 20, 4, COAL)
            for x in (left + 14, left + wide - 14)
        )
    else:
        pocket = top + high * 0.46
        body += box(left + 14, pocket, wide - 28, high * 0.44, 22, t.dark)
        body += line(f"M{left + 30:g} {pocket + 18:g}h{wide - 60:g}", t.accent, 5) + line(
            f"M{left + 18:g} {top + 58}q{wide / 2 - 18:g}-48 {wide - 36:g} 0", t.deep, 6
        )
        body += line(f"M200 {pocket + 34:g}v{high * 0.44 - 50:g}", t.base, 4)
        if litres > 20:
            body += "".join(
                line(f"M{left + 4:g} {y:g}h{wide - 8:g}", t.deep, 6) + box(left + wide / 2 - 12, y - 9, 24, 18, 4, COAL)
                for y in (top + 78,)
            )
    mark = top + 122 if big else top + high * 0.46 + 52
    loops = line(f"M{left + wide - 26:g} 300q14 10 0 18", t.accent, 5) + fill(
        f"M{left + 34:g} {mark:g}l13-21 7 11 6-7 12 17z", t.accent if not big else CREAM
    )
    return body + loops + shine(f"M{left + 10:g} {top + 70}q6-4 10 0v{high - 150:g}q-6 4-10 0z", 0.2)


def kids_pack(t: Tones) -> str:
    """With a face: a bear that carries its own snacks."""
    body = line("M180 108q0-30 20-30t20 30", t.deep, 9) + both(
        oval(136, 122, 26, 26, t.base) + oval(136, 122, 14, 14, t.accent)
    )
    body += both(box(100, 226, 40, 80, 16, t.dark)) + box(116, 104, 168, 220, 66, t.base)
    body += box(138, 222, 124, 88, 26, t.light) + line("M152 240h96", t.accent, 6)
    body += both(
        oval(168, 168, 9, 11, COAL) + oval(165, 164, 3, 3, CREAM) + oval(150, 192, 12, 8, t.accent, 'opacity=".7"')
    )
    return (
        body
        + oval(200, 190, 13, 9, COAL)
        + line("M200 196v8q-10 10-18 2M200 204q10 10 18 2", COAL, 4)
        + line("M128 150q6-26 26-34", t.light, 8)
    )


def dry_bag(t: Tones) -> str:
    body = fill("M124 130h152l12 178q-88 34-176 0z", t.base) + shade("M200 130h76l12 182q-44 17-88 17z", 0.1)
    body += oval(200, 314, 88, 19, t.dark) + fill("M112 300q88 34 176 0v12q-88 34-176 0z", t.deep)
    body += box(112, 96, 176, 44, 14, t.light) + line("M116 110h168M116 124h168", t.dark, 4)
    body += line("M116 104q-22-34 40-44h88q62 10 40 44", t.deep, 10) + box(178, 50, 44, 22, 6, COAL)
    body += (
        oval(200, 222, 46, 46, CREAM)
        + line("M168 232q8-10 16 0t16 0 16 0 16 0", t.base, 6)
        + fill("M200 188l20 28a20 18 0 0 1-40 0z", t.base)
    )
    return body + shine("M136 156q8-2 14 2l8 140q-8 0-14-4z", 0.22) + box(280, 190, 12, 56, 6, STEEL)
