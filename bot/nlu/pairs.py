"""English-Polish pairs to train the embedding model on: tab-separated files and the project's own bilingual texts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

Pair = tuple[str, str]
"""The English text and the Polish one."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a .tsv with a header that names the columns `en` and `pl`; others are passed over."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = [((row["en"] or "").strip(), (row["pl"] or "").strip()) for row in rows]
    return [pair for pair in found if all(pair)]


def project_pairs(root: Path) -> list[Pair]:
    """What the project says in both languages: customers' sentences, answers, articles and the sample catalogue."""
    found = [pair for path in sorted((root / "data" / "embedding").glob("*.tsv")) for pair in read_pairs(path)]
    found += [*_responses(root / "data" / "responses"), *_articles(root / "data" / "knowledge")]
    for path in sorted((root / "data" / "shop").glob("*.csv")):
        found += _columns(path)
    return list(dict.fromkeys(pair for pair in found if all(pair)))


def _responses(folder: Path) -> Iterator[Pair]:
    for path in sorted(folder.glob("*.yml")):
        for variants in (yaml.safe_load(path.read_text("utf-8")).get("responses") or {}).values():
            texts = {"en" if "condition" in variant else "pl": variant.get("text") for variant in variants}
            if texts.get("en") and texts.get("pl"):
                yield from _sentences(str(texts["en"]), str(texts["pl"]))


def _articles(folder: Path) -> Iterator[Pair]:
    for path in sorted(folder.glob("*.en.md")):
        other = path.with_name(path.name.replace(".en.md", ".pl.md"))
        if not other.exists():
            continue
        english, polish = (text.read_text("utf-8").split("---", 2) for text in (path, other))
        titles = [str(yaml.safe_load(_quoted(head[1]))["title"]) for head in (english, polish)]
        yield titles[0], titles[1]
        paragraphs = [[part.strip() for part in text[2].split("\n\n") if part.strip()] for text in (english, polish)]
        if len(paragraphs[0]) == len(paragraphs[1]):
            for pair in zip(*paragraphs, strict=True):
                yield from _sentences(*pair)


def _quoted(head: str) -> str:
    """Front matter as YAML: a title may hold a colon."""
    return re.sub(r"(?m)^(\w+): (.*)$", lambda row: f"{row[1]}: {row[2]!r}", head)


def _columns(path: Path) -> Iterator[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name, text in row.items():
                if name and name.endswith("_en") and text and row.get(name[:-3] + "_pl"):
                    yield from _sentences(text, row[name[:-3] + "_pl"])


def _sentences(english: str, polish: str) -> Iterator[Pair]:
    """The two texts, and sentence by sentence where both have as many."""
    yield english.strip(), polish.strip()
    parts = _SENTENCE.split(english.strip()), _SENTENCE.split(polish.strip())
    if len(parts[0]) == len(parts[1]) > 1:
        yield from zip(*parts, strict=True)
