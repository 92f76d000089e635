"""Measure a trained model on held-out utterances."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from bot.brain.connector import understand


def evaluate(model: Path, data: Path) -> None:
    """Print JSON: accuracy and macro F1 by language, precision, recall, F1 and support by intent, and what was wrong."""
    print(json.dumps(asyncio.run(measure(model, data)), ensure_ascii=False))


async def measure(model: Path, data: Path) -> dict[str, Any]:
    """`data` is a .tsv with the columns intent, language, text."""
    agent = Agent.load(str(model))
    rows = [line.split("\t") for line in data.read_text("utf-8").splitlines()[1:] if line]
    found = [best(await understand(agent, text, language)) for _, language, text in rows]
    wanted = [intent for intent, _, _ in rows]
    names = sorted(set(wanted))
    scores = precision_recall_fscore_support(wanted, found, labels=names, zero_division=0)
    by_language: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for (intent, language, _), guess in zip(rows, found, strict=True):
        by_language[language][0].append(intent)
        by_language[language][1].append(guess)
    return {
        "accuracy": {lang: round(float(accuracy_score(*pair)), 4) for lang, pair in by_language.items()},
        "macro_f1": {
            lang: round(float(f1_score(*pair, average="macro", zero_division=0)), 4)
            for lang, pair in by_language.items()
        },
        "intents": {
            name: dict(zip(("precision", "recall", "f1"), (round(float(s[i]), 4) for s in scores[:3]), strict=True))
            | {"support": int(scores[3][i])}
            for i, name in enumerate(names)
        },
        "wrong": [
            {"text": text, "language": language, "intent": intent, "predicted": guess}
            for (intent, language, text), guess in zip(rows, found, strict=True)
            if guess != intent
        ],
    }


def best(parse: dict[str, Any]) -> str:
    """The likeliest real intent, also where the fallback asked first."""
    ranking = [entry["name"] for entry in parse["intent_ranking"] if entry["name"] != "nlu_fallback"]
    return ranking[0] if ranking else str(parse["intent"]["name"])
