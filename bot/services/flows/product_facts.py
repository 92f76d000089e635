"""What the shop's data say to a question about a product: an attribute or a sentence, and how two products differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.text import fold, words
from bot.services.flows.references import is_chatter, is_pointing, is_variant
from bot.shop.lexical import similarity, stem
from bot.storage.shop import Product

MOST = 3
"""Attributes told in one answer."""


@dataclass(frozen=True)
class Topic:
    """Something customers ask about: how they ask, which attributes tell it, and what a sentence that tells it has."""

    asked: re.Pattern[str]
    attributes: tuple[str, ...]


def _topic(asked: str, attributes: str) -> Topic:
    return Topic(re.compile(rf"\b({asked})"), tuple(attributes.split()))


TOPICS = (
    _topic(r"wazy|waga|wage|ciezk|lekki|weigh|heavy|light\b|ile gram|how many grams", "wag weight"),
    _topic(
        r"wodoodporn|wodoszczeln|nieprzemak|przemak|przeciwdeszcz|deszcz|membran|zmokn|waterproof|water|rain|wet\b|gore|leak",
        "membran wodoodporn wodoszczeln waterproof water szw seam",
    ),
    _topic(r"oddych|przewiew|breath|ventil", "oddychaln breath"),
    _topic(r"wiatr|wind", "wiatroszczeln wind"),
    _topic(
        r"z czego|material|sklad\b|skladu|tkanin|skorz|skora|skory|made of|made from|fabric|composition|"
        r"leather|wool\b|cotton",
        "material sklad gramatur composition cholewk upper puch down palm dlon strap pask fabric",
    ),
    _topic(r"podeszw|bieznik|sole|tread|grip", "podeszw sole biezn tread"),
    _topic(r"raki|rakow|rakami|crampon|sztywn|stiff", "sztywnosc stiff podeszw sole"),
    _topic(
        r"temperatur|komfort|do ilu stopni|na mroz|zimno|ciepl|how warm|how cold|comfort|degrees|insulat|ociepl",
        "komfort limit comfort ociepl insulat puch down trzym keeps",
    ),
    _topic(r"pojemno|ile litrow|litr|capacity|volume|how big|litre|liter", "pojemn capacity volume"),
    _topic(
        r"wymiar|po zlozeniu|spakowan|zlozon|dimension|packed|folded|gruba|grubosc|thick",
        "po folded packed grubosc thick wysokosc height",
    ),
    _topic(r"jasn|lumen|bright", "jasnosc bright"),
    _topic(
        r"jak dlugo (swieci|dziala)|bateri|akumulator|battery|run ?time|how long does",
        "czas time akumulator battery run",
    ),
    _topic(r"moc\b|mocy|power|jak szybko|boil|gotuje", "moc power litr boil"),
    _topic(r"filtr|uv\b|filter", "filtr uv filter"),
)
_WARRANTY = re.compile(r"\b(gwaranc|rekojm|warrant|guarantee)")
_RETURNABLE = re.compile(r"\b(zwroc|odda[cj]|return)")
_OVERVIEW = re.compile(
    r"\b(opis|opowiedz|powiedz|informacj|info\b|szczegol|parametr|cech|specyfikac|detail|describ|about|spec|feature|pokaz|"
    r"dane\b|jaki jest|jaka jest|jakie sa|what is .* like|tell me|what exactly is|co to (dokladnie )?jest|czym jest)"
)
_QUESTION = re.compile(
    r"^(a |and )?(czy|ile|jak|jaki|jaka|jakie|z czego|do czego|does|do|is|are|has|have|can|will|"
    r"what|how|which|ma|maja)\b|\?\s*$"
)
_EMPTY = frozenset(
    [
        "ono",
        "mial",
        "miala",
        "pasuj",
        "pasuja",
        "nadaj",
        "nadaje",
        "nadaja",
        "sie",
        "jej",
        "jego",
        "ich",
        "dobry",
        "dobra",
        "dobre",
        "dobrze",
        "moze",
        "mozna",
        "duzo",
        "malo",
        "suitable",
        "good",
        "well",
        "use",
        "used",
        "work",
        "works",
        "fit",
        "fits",
        "come",
        "comes",
        "made",
        "any",
        "really",
        "also",
        "tez",
        "naprawde",
        "czegos",
        "bedzie",
        "beda",
        "ok",
        "wersja",
        "wersji",
        "model",
        "modelu",
        "rodzaj",
        "typ",
        "type",
        "kind",
        "sprawdzi",
        "chodzic",
        "isc",
    ]
)


@dataclass(frozen=True)
class Answer:
    """`said` are the lines that answer; empty when the data do not say it."""

    said: tuple[str, ...]


def answer(product: Product, text: str, language: str, months: str, returnable: tuple[str, str]) -> Answer | None:
    """What the data say to a question about this product; None for a text that asks for nothing in particular.

    `months` words the guarantee; `returnable` words that it can and that it can't be returned.
    """
    asked = fold(text)
    if _WARRANTY.search(asked):
        return Answer((months,))
    topics = [topic for topic in TOPICS if topic.asked.search(asked)]
    own = [word for word in words(text) if not _of_the_name(word, product)]
    left = {stem(word) for word in own if len(word) > 2 and word not in _EMPTY and not _is_little(word)}
    details = product.attributes.get(language) or product.attributes.get("pl") or {}
    lines = [
        f"{name}: {value}"
        for name, value in details.items()
        if any(_begins(name, topic.attributes) for topic in topics) or _has(f"{name} {value}", left)
    ]
    if lines:
        return Answer(tuple(lines[:MOST]))
    # What the topic's own words are in the text: "waterproof" is told by a sentence that has "waterproof".
    sentences = [part for part in _sentences(product, language) if _has(part, left)]
    if sentences:
        return Answer((max(sentences, key=lambda part: len(_shared(part, left))),))
    if _RETURNABLE.search(asked):
        return Answer((returnable[0 if product.returnable else 1],))
    if topics or (left and _QUESTION.search(asked) and not _OVERVIEW.search(asked)):
        return Answer(())
    return None


def differences(one: Product, other: Product, language: str) -> list[tuple[str, str, str]]:
    """(name, of the one, of the other) for every attribute in which they differ; a dash where one has none."""
    mine, theirs = (item.attributes.get(language) or item.attributes.get("pl") or {} for item in (one, other))
    names = [*mine, *(name for name in theirs if name not in mine)]
    rows = [(name, str(mine.get(name, "–")), str(theirs.get(name, "–"))) for name in names]
    return [row for row in rows if row[1] != row[2]]


def first_sentence(text: str | None) -> str:
    """The first sentence of a text, without its full stop."""
    return re.split(r"(?<=[.!?])\s", (text or "").strip(), maxsplit=1)[0].rstrip(".")


def _sentences(product: Product, language: str) -> list[str]:
    texts = [
        getattr(product, f"{part}_{language}") or getattr(product, f"{part}_pl")
        for part in ("description", "use", "care")
    ]
    return [part for text in texts if text for part in re.split(r"(?<=[.!?])\s", text.strip()) if part]


def _has(text: str, stems: set[str]) -> bool:
    return bool(_shared(text, stems))


def _shared(text: str, stems: set[str]) -> set[str]:
    # "kapturem" and "kaptur", "waterproofing" and "waterproof": five letters of a long word are enough.
    there = {stem(word) for word in words(text)}
    return {
        one
        for one in stems
        if any(one == two or (len(one) > 4 and len(two) > 4 and one[:5] == two[:5]) for two in there)
    }


def _begins(name: str, beginnings: Sequence[str]) -> bool:
    return any(word.startswith(beginning) for word in words(name)[:1] for beginning in beginnings)


def _of_the_name(word: str, product: Product) -> bool:
    return any(similarity(word, name) >= 0.7 for name in words(f"{product.name_pl} {product.name_en}"))


def _is_little(word: str) -> bool:
    return is_chatter(word) or is_variant(word) or is_pointing(word)
