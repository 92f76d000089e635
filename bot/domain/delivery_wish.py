"""What a sentence asks of a delivery: where to, how, on which day, at what hours, which phone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Any

from bot.domain.addresses import address_in
from bot.domain.calendar_words import find_days, find_hours
from bot.domain.text import fold
from bot.domain.values import find_lockers

KINDS = {
    "locker": r"paczkomat|locker|automat|inpost",
    "courier": r"kurier|courier|do domu|to (my|the) (home|house|door)|dhl|dpd",
    "point": r"punkt\w*|orlen|zabk|pick-?up point|kiosk|stacj",
    "pickup": r"odbi(or|erz|ore)\w* (osobi|w sklepie|w krakow)|w sklepie|in (the|your) shop|in person|in store",
    "post": r"poczt(?!a:)|polish post|post office",
}
_REJECTED = re.compile(
    r"\b(?:zamiast|instead of|rather than|nie (?:do|na|przez)|not (?:to|by)|from|z)\s+"
    r"(?:(?:a|an|the|my|moim|moje|to|do|do|ten|tego)\s+)?[a-z]+\w*"
)
_AWAY = re.compile(
    r"\b(wyjezdza|wyjazd|nie (bedzie|ma) mnie|nie bede|urlop|wakacj|i.?m away|going away|leav(e|ing)|not (be )?(at )?home|"
    r"on holiday|zamowil|zamawial|ordered|kupil|bought)"
)
_PHONE = re.compile(
    r"\b(zmien\w*|zmian\w*|now[yaei]\w*|inn[yaei]\w*|change|new|different|update|another|aktualizow\w*)\b[^.!?]{0,40}"
    r"\b(telefon\w*|tel|komork\w*|numer\w* (kontaktow|do kuriera|komork)\w*|phone|mobile|contact number)\b"
)
WHAT = {
    "address": r"adres|ulic|address|street|mieszkani|przeprowadz|moved|moving",
    "place": r"paczkomat|locker|punkt|automat|point",
    "day": r"termin|dzien|dnia|dat[aey]|date|day|pozniej|wczesniej|later|earlier|godzin|hour|time",
    "phone": r"telefon|phone|numer kontaktow|contact number",
    "method": r"sposob|kurier|courier|metod|method|way of",
}


_EMAIL = re.compile(r"\S+@\S+")


def wish_in(text: str, today: dt.date, own_kind: str) -> dict[str, Any]:
    """Of `street`, `postcode`, `city`, `locker`, `day` (ISO), `hours`, `kind` what the text asks for.

    `own_kind` is how the order travels now: the kind that is named beside it is the wish."""
    text = _EMAIL.sub(" ", text)  # kamil.wieczorek@ has no wish for the evening
    found: dict[str, Any] = dict(address_in(text))
    lockers = find_lockers(text)
    if lockers:
        found["locker"] = lockers[-1].value
    said = fold(text)
    days = find_days(text, today)
    if days and not _AWAY.search(said):
        found["day"] = days[-1].value
    hours = find_hours(text)
    if hours:
        found["hours"] = hours[-1].value
    kind = kind_in(said, {own_kind})
    if kind is not None:
        found["kind"] = kind
    return found


def kind_in(said: str, but: Collection[str] = ()) -> str | None:
    """The one kind of delivery a folded text asks for."""
    wanted = _REJECTED.sub(" ", said)
    kinds = [kind for kind, words in KINDS.items() if kind not in but and re.search(rf"\b({words})", wanted)]
    return kinds[0] if len(kinds) == 1 else None


def changes_phone(text: str) -> bool:
    """True for a sentence that asks for another phone number on the parcel."""
    return bool(_PHONE.search(fold(text)))


def part_in(text: str) -> str | None:
    """Which part of the delivery a sentence is about (address, place, day, phone, method); None unless it is plain."""
    said = fold(text)
    parts = [part for part, words in WHAT.items() if re.search(rf"\b({words})", said)]
    return parts[0] if len(parts) == 1 else None
