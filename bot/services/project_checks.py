"""What may go into the Rasa project's files. Checks raise InvalidValue; its details name the reason and the place."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from bot.domain.errors import InvalidValue
from bot.domain.text import fold

LANGUAGES = ("pl", "en")
EXAMPLE_LENGTH = 300
RESPONSE_LENGTH = 2000
BUTTON_LENGTH = 60
BUTTONS_EACH = 10
TITLE_LENGTH = 60
EXAMPLES_EACH = 2000
"""Examples of one intent in one language at most."""

_NAME = re.compile(r"[a-z][a-z0-9_]{1,60}")
_RESPONSE_NAME = re.compile(r"utter_[a-z][a-z0-9_]{1,60}")
# Rasa gives these a meaning of its own.
_RESERVED = frozenset({"back", "restart", "session_start", "nlu_fallback"})
_ANNOTATION = re.compile(r"\[(?P<text>[^\]]+)\](?:\((?P<entity>[^:)]+)(?::[^)]+)?\)|\{[^}]+\}|\[.*?\])")
_PAYLOAD = re.compile(r"/(?P<intent>[a-z][a-z0-9_]{1,60})(?P<values>\{.*\})?", re.DOTALL)
_YAML_REFUSES = frozenset("\ufeff\ufffe\uffff")


def refuse(reason: str, **details: Any) -> InvalidValue:
    """The error for a value that cannot be taken. `reason` is stable; pages have the words for it.

    Details are offered to the error's text as values, so none may be called `name` or `language` (see bot.responses).
    """
    return InvalidValue(details={"reason": reason, **details})


def check_intent_name(name: str, *, new: bool) -> None:
    if not _NAME.fullmatch(name) or (new and name in _RESERVED):
        raise refuse("bad_name", given=name[:80])


def check_response_name(name: str) -> None:
    if not _RESPONSE_NAME.fullmatch(name):
        raise refuse("bad_name", given=name[:80])


def clean_texts(value: Any, *, lines: bool = False) -> dict[str, list[str]]:
    """{"pl": [...], "en": [...]} as it came from outside, with the texts stripped. `lines`: several lines are fine."""
    if not isinstance(value, Mapping) or not value:
        raise refuse("not_texts")
    cleaned = {}
    for language, texts in value.items():
        if language not in LANGUAGES:
            raise refuse("unknown_language", lang=str(language)[:20])
        if not isinstance(texts, list) or len(texts) > EXAMPLES_EACH or not all(isinstance(t, str) for t in texts):
            raise refuse("not_texts", lang=language)
        cleaned[language] = [clean(text, language, lines) for text in texts]
    return cleaned


def clean(text: str, language: str, lines: bool = False) -> str:
    """One text from outside, stripped and in one Unicode form. Raises InvalidValue."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip() if lines else text.strip())
    if not text:
        raise refuse("empty", lang=language)
    if len(text) > (RESPONSE_LENGTH if lines else EXAMPLE_LENGTH):
        raise refuse("too_long", lang=language, text=text[:80])
    for letter in text:
        control = unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _YAML_REFUSES
        if control and not (lines and letter == "\n"):
            raise refuse("several_lines" if letter in "\n\r\u2028\u2029" else "bad_character", text=text[:80])
    return text


def plain(example: str) -> str:
    """An example as a customer would write it: annotations replaced by their text, folded."""
    return fold(_ANNOTATION.sub(lambda match: match["text"], example))


def check_examples(
    name: str,
    wanted: Mapping[str, Iterable[str]],
    present: Mapping[str, Mapping[str, Iterable[str]]],
    entities: Collection[str],
) -> None:
    """`wanted` becomes all of intent `name`. What is in the files already is not judged again."""
    for refused in problems(name, wanted, present, entities):
        raise refused
    if not any(wanted.values()):
        raise refuse("empty", intent=name)


def problems(
    name: str,
    wanted: Mapping[str, Iterable[str]],
    present: Mapping[str, Mapping[str, Iterable[str]]],
    entities: Collection[str],
) -> Iterator[InvalidValue]:
    """Everything for which `wanted` could not be saved as the examples of intent `name`, each with the example."""
    old = {example for texts in present.get(name, {}).values() for example in texts}
    others = {
        plain(example): intent
        for intent, by_language in present.items()
        if intent != name
        for texts in by_language.values()
        for example in texts
    }
    seen: dict[str, str] = {}
    for language, texts in wanted.items():
        for example in texts:
            key = plain(example)
            if example not in old:
                yield from annotation_problems(example, language, entities)
                if key in others:
                    yield refuse("duplicate", example=example, lang=language, intent=others[key])
            if key in seen and not (example in old and seen[key] in old):
                yield refuse("duplicate", example=example, lang=language, intent=name)
            seen[key] = example


def annotation_problems(example: str, language: str, entities: Collection[str]) -> Iterator[InvalidValue]:
    """What is wrong with an example's annotations.

    `[value](entity)` is Rasa's notation; with an entity it does not know, training breaks. Its longer forms are for
    people who edit the files.
    """
    for match in _ANNOTATION.finditer(example):
        if match["entity"] not in entities:
            entity = match["entity"] or match[0]
            yield refuse("unknown_entity", example=example, lang=language, entity=entity)


def placeholders(text: str) -> set[str]:
    """The replacement fields of a response text, as they are written between the braces. Raises InvalidValue."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise refuse("bad_braces", text=text[:80]) from error
    fields = set()
    for _, field, spec, conversion in parts:
        if field is not None:
            fields.add(field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else ""))
    return fields


def known_placeholders(present: Mapping[str, Iterable[str]]) -> set[str]:
    """What the texts of a response use now: the code is known to have a value for these."""
    known: set[str] = set()
    for text in (text for texts in present.values() for text in texts):
        with suppress(InvalidValue):  # a text broken by hand can be mended
            known |= placeholders(text)
    return known


def check_response(given: Mapping[str, Iterable[str]], known: Collection[str]) -> None:
    """Only known placeholders: any other one would break the turn that says the text."""
    for text in (text for texts in given.values() for text in texts):
        unknown = placeholders(text) - set(known)
        if unknown:
            raise refuse("unknown_placeholder", text=text[:80], placeholders=sorted(unknown), known=sorted(known))


def clean_buttons(value: Any, language: str, intents: Collection[str]) -> list[dict[str, str]]:
    """[{"title", "payload"}] as it came from outside. A payload is what Rasa reads: `/intent`, maybe with values."""
    if not isinstance(value, list) or len(value) > BUTTONS_EACH:
        raise refuse("bad_buttons", lang=language, most=BUTTONS_EACH)
    cleaned = []
    for button in value:
        title, payload = (button.get("title"), button.get("payload")) if isinstance(button, Mapping) else (None, None)
        if not isinstance(title, str) or not isinstance(payload, str):
            raise refuse("bad_buttons", lang=language, most=BUTTONS_EACH)
        title = clean(title, language)
        if len(title) > BUTTON_LENGTH:
            raise refuse("too_long", lang=language, text=title)
        meaning = _PAYLOAD.fullmatch(payload.strip())
        if meaning is None or meaning["intent"] not in intents:
            raise refuse("unknown_intent", lang=language, intent=payload[:80])
        cleaned.append({"title": title, "payload": payload.strip()})
    return cleaned
