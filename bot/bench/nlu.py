"""`tellonce bench nlu`: how well and how fast customers are understood, beside Rasa's stock pipeline on the same data."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from bot.bench import nlu_scores as scores
from bot.bench import percentiles, plot
from bot.domain.errors import StartupError
from bot.settings import PROJECT, Settings

HELD_OUT = PROJECT / "data" / "held_out" / "nlu.tsv"


def main(settings: Settings, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tellonce bench nlu", description=__doc__)
    parser.add_argument("--stock-epochs", type=int, default=100, help="of DIET; 0 leaves the stock pipeline out")
    parser.add_argument("--datasets", type=Path, help="folder with banking77_{train,test}.csv and clinc150.json")
    parser.add_argument("--plot", type=Path, help="write the learning curve there as SVG")
    parser.add_argument("--no-curve", action="store_true", help="leave the learning curve out")
    options = parser.parse_args(arguments)
    rows = scores.read_rows(HELD_OUT)
    pipelines = {"this pipeline": ours()}
    if options.stock_epochs:
        pipelines[f"stock DIET, {options.stock_epochs} epochs"] = stock(options.stock_epochs)
    for name, config in pipelines.items():
        print(f"\n{name}", flush=True)
        for line in measured(config, rows):
            print(f"  {line}", flush=True)
    print(f"\nNearest neighbour by intent, embedding model alone: {scores.nearest_neighbours(rows)}")
    if not options.no_curve:
        print("\nHeld-out accuracy by share of the examples")
        points = []
        for point in scores.learning_curve(rows):
            points.append(point)
            print(f"  {point.examples:>6}  pl {point.polish:.3f}  en {point.english:.3f}", flush=True)
        if options.plot:
            options.plot.write_text(plot.curve(points), "utf-8")
    if options.datasets:
        print("\nThe same classifier on public data")
        for line in scores.public_sets(options.datasets):
            print(f"  {line}", flush=True)
    return 0


def ours() -> dict[str, Any]:
    """The product's own configuration without its dialogue."""
    config: dict[str, Any] = yaml.safe_load((PROJECT / "config.yml").read_text("utf-8"))
    return config | {"policies": []}


def stock(epochs: int) -> dict[str, Any]:
    """What `rasa init` writes, with so many epochs."""
    characters = {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}
    names = ["WhitespaceTokenizer", "RegexFeaturizer", "LexicalSyntacticFeaturizer", "CountVectorsFeaturizer"]
    classifier = {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True}
    fallback = {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1}
    pipeline = [*({"name": name} for name in names), characters, classifier, {"name": "EntitySynonymMapper"}, fallback]
    return {"recipe": "default.v1", "assistant_id": "stock", "language": "pl", "pipeline": pipeline, "policies": []}


def measured(config: dict[str, Any], rows: list[scores.Row]) -> list[str]:
    """Train in one process, parse in another that does nothing else; lines to print."""
    variants = scores.variants(rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yml").write_text(yaml.safe_dump(config), "utf-8")
        trained = _brain("--config", folder / "config.yml", "--output", folder)
        texts = [text for variant in variants.values() for text in variant]
        (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
        parsed = _brain("--model", trained["model"], "--texts", folder / "texts.json")
    found, lines = parsed["found"], []
    for number, variant in enumerate(variants):
        part = found[number * len(rows) : (number + 1) * len(rows)]
        lines.append(f"{variant:<20}{scores.accuracy(rows, part)}")
    blind = [number for number, row in enumerate(rows) if scores.unread(row)]
    unread = scores.accuracy([rows[number] for number in blind], [found[number] for number in blind])
    return [
        *lines,
        f"{'the unread half':<20}{unread}",
        scores.scope(rows, found[: len(rows)]),
        f"calibration error {scores.calibration_error(rows, found[: len(rows)]):.3f}",
        f"training {trained['seconds']:.1f} s, of a processor {trained['cpu']:.1f} s; imports left out",
        f"parse {percentiles(parsed['seconds'])}; of a processor {percentiles(parsed['cpu'])}",
        f"memory {parsed['rss_mb']:.0f} MB",
    ]


def _brain(*arguments: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "bot.brain", "measure", *map(str, arguments)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode != 0:
        raise StartupError(f"measuring failed: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
