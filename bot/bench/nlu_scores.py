"""What `tellonce bench nlu` counts: accuracy by kind of text, scope, calibration, the learning curve, public data."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from sklearn.metrics import f1_score

from bot.domain.text import fold
from bot.nlu.features import Features
from bot.nlu.margins import Margins
from bot.nlu.static_vectors import shipped
from bot.settings import PROJECT

OUT = "out_of_scope"
_LETTERS = "abcdefghijklmnoprstuwyz"


class Row(NamedTuple):
    """One line of data/held_out/nlu.tsv."""

    intent: str
    language: str
    text: str


class Point(NamedTuple):
    """One point of the learning curve: accuracies after so many examples."""

    examples: int
    polish: float
    english: float


Found = Sequence[Sequence[Any]]
"""An intent and a confidence for each row."""


def read_rows(path: Path) -> list[Row]:
    return [Row(*line.split("\t")) for line in path.read_text("utf-8").splitlines()[1:] if line]


def unread(row: Row) -> bool:
    """True for the half that nobody looked at while examples were written (data/held_out/README.md)."""
    return hashlib.md5(row.text.encode(), usedforsecurity=False).digest()[0] % 2 == 0


def training_rows() -> list[Row]:
    """All examples of data/nlu that say their language."""
    found = []
    for path in sorted((PROJECT / "data" / "nlu").glob("??/*.yml")):
        for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            lines = (line.strip() for line in str(entry["examples"]).splitlines())
            found += [Row(entry["intent"], path.parent.name, line[1:].strip()) for line in lines if line[1:].strip()]
    return found


def variants(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The rows' texts as they are, without diacritics (and capitals), and with typing errors."""
    rng = random.Random(7)
    return {
        "as written": [row.text for row in rows],
        "without diacritics": [fold(row.text) for row in rows],
        "with typos": [mistyped(row.text, rng) for row in rows],
    }


def mistyped(text: str, rng: random.Random) -> str:
    """One error in every 25 letters, at least one: a letter left out, doubled, swapped with the next, or another."""
    for _ in range(max(1, len(text) // 25)):
        if len(text) < 5:
            break
        at = rng.randrange(1, len(text) - 1)
        before, here, after = text[:at], text[at], text[at + 1 :]
        changed = ("", here * 2, rng.choice(_LETTERS), after[:1] + here)
        kind = rng.randrange(4)
        text = before + changed[kind] + (after[1:] if kind == 3 else after)
    return text


def accuracy(rows: Sequence[Row], found: Found) -> str:
    """Accuracy and macro F1 of each language."""
    parts = []
    for language in ("pl", "en"):
        pairs = [(row.intent, each[0]) for row, each in zip(rows, found, strict=True) if row.language == language]
        right = np.mean([wanted == guess for wanted, guess in pairs])
        f1 = f1_score(*zip(*pairs, strict=True), average="macro", zero_division=0)
        parts.append(f"{language} {right:.3f} (macro F1 {f1:.3f})")
    return "   ".join(parts)


def scope(rows: Sequence[Row], found: Found) -> str:
    """How much of what is out of scope is seen to be, and how much of the rest is taken for it."""
    outside = [each[0] == OUT for row, each in zip(rows, found, strict=True) if row.intent == OUT]
    inside = [each[0] == OUT for row, each in zip(rows, found, strict=True) if row.intent != OUT]
    return (
        f"out of scope: recall {np.mean(outside):.3f}, false accepts {1 - np.mean(outside):.3f}, "
        f"false rejects {np.mean(inside):.3f}"
    )


def calibration_error(rows: Sequence[Row], found: Found, bins: int = 10) -> float:
    """How far, on average, a confidence is from the share that was right at that confidence."""
    sure = np.array([each[1] for each in found])
    right = np.array([row.intent == each[0] for row, each in zip(rows, found, strict=True)])
    place = np.minimum((sure * bins).astype(int), bins - 1)
    filled = [place == number for number in range(bins) if (place == number).any()]
    return float(sum(abs(sure[part].mean() - right[part].mean()) * part.mean() for part in filled))


def nearest_neighbours(rows: Sequence[Row]) -> str:
    """How often the nearest utterance in the other language means the same."""
    sides = [[row for row in rows if row.language == language] for language in ("en", "pl")]
    vectors = [shipped().encode([row.text for row in side]) for side in sides]
    alike = vectors[0] @ vectors[1].T
    english, polish = (np.array([row.intent for row in side]) for side in sides)
    there = (polish[alike.argmax(1)] == english).mean()
    back = (english[alike.argmax(0)] == polish).mean()
    return f"en→pl {there:.3f}, pl→en {back:.3f}"


def learning_curve(rows: Sequence[Row]) -> Iterator[Point]:
    """Accuracy of each language with 1/8 … all of the examples."""
    examples = training_rows()
    random.Random(7).shuffle(examples)
    for share in (0.125, 0.25, 0.5, 0.75, 1.0):
        part = examples[: int(len(examples) * share)]
        guessed, _ = _guessed([(r.intent, r.text) for r in part], [row.text for row in rows])
        right = np.array([row.intent == guess for row, guess in zip(rows, guessed, strict=True)])
        polish = np.array([row.language == "pl" for row in rows])
        yield Point(len(part), float(right[polish].mean()), float(right[~polish].mean()))


def public_sets(folder: Path) -> Iterator[str]:
    """Test accuracy on BANKING77 and CLINC150 (its 150 intents), trained on their whole training sets."""
    banking = [_csv_rows(folder / f"banking77_{part}.csv") for part in ("train", "test")]
    stored = json.loads((folder / "clinc150.json").read_text("utf-8"))
    clinc = [[(intent, text) for text, intent in stored[part]] for part in ("train", "test")]
    for name, (train, test) in {"BANKING77": banking, "CLINC150": clinc}.items():
        guessed, seconds = _guessed(train, [text for _, text in test])
        right = np.mean([intent == guess for (intent, _), guess in zip(test, guessed, strict=True)])
        yield f"{name:<10} {right:.3f}  ({len(train)} examples, {seconds:.0f} s)"


def _csv_rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["category"], row["text"]) for row in csv.DictReader(file)]


def _guessed(examples: Sequence[tuple[str, str]], texts: Sequence[str]) -> tuple[list[str], float]:
    """The classifier's answers after training on those (intent, text), and the seconds it trained."""
    began = time.perf_counter()
    features = Features(shipped())
    margins = Margins(outside=OUT).fit(features.fit([text for _, text in examples]), [intent for intent, _ in examples])
    seconds = time.perf_counter() - began
    return [margins.labels[best] for best in margins.chances(features.transform(texts)).argmax(1)], seconds
