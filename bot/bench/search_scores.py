"""What the search bench compares: held-out queries with graded answers, and how well a ranking does on them."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings import PROJECT

HELD_OUT = PROJECT / "data" / "held_out" / "search.tsv"
GOOD = 2
"""From this grade on an answer counts as found; 1 is only related."""


@dataclass(frozen=True)
class Query:
    """`kind` is product or article; `relevant` maps ids to grades 1…3, and is empty when nothing should be found."""

    language: str
    kind: str
    text: str
    relevant: dict[str, int]

    @property
    def tuned(self) -> bool:
        """True for the half of the queries that floors and weights were chosen on."""
        return hashlib.md5(self.text.encode(), usedforsecurity=False).digest()[0] % 2 == 1


def read_queries(path: Path = HELD_OUT) -> list[Query]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Query(row["language"], row["kind"], row["query"], _grades(row["relevant"] or "")) for row in rows]


def _grades(text: str) -> dict[str, int]:
    return {key: int(grade) for key, _, grade in (part.rpartition("=") for part in text.split())}


@dataclass(frozen=True)
class Scores:
    """Means over the queries that have an answer, and the share of the others for which something was found."""

    queries: int
    ndcg: float
    mrr: float
    recall: float
    nothing: int
    false_finds: float

    def __str__(self) -> str:
        return (
            f"nDCG@5 {self.ndcg:.3f}   MRR {self.mrr:.3f}   recall@10 {self.recall:.3f}   ({self.queries})"
            f"   false finds {self.false_finds:.3f} ({self.nothing})"
        )


def scores(queries: Sequence[Query], found: Sequence[Sequence[str]]) -> Scores:
    """`found` holds the ids found for each query, best first."""
    pairs = list(zip(queries, found, strict=True))
    asked = [(query.relevant, ranking) for query, ranking in pairs if query.relevant]
    nothing = [bool(ranking) for query, ranking in pairs if not query.relevant]
    return Scores(
        len(asked),
        _mean([ndcg(grades, ranking) for grades, ranking in asked]),
        _mean([reciprocal_rank(grades, ranking) for grades, ranking in asked]),
        _mean([recall(grades, ranking) for grades, ranking in asked]),
        len(nothing),
        _mean([float(one) for one in nothing]),
    )


def ndcg(grades: dict[str, int], ranking: Sequence[str], at: int = 5) -> float:
    best = _gain(sorted(grades.values(), reverse=True)[:at])
    return _gain([grades.get(key, 0) for key in ranking[:at]]) / best if best else 0.0


def reciprocal_rank(grades: dict[str, int], ranking: Sequence[str]) -> float:
    places = [place for place, key in enumerate(ranking, 1) if grades.get(key, 0) >= GOOD]
    return 1 / places[0] if places else 0.0


def recall(grades: dict[str, int], ranking: Sequence[str], at: int = 10) -> float:
    wanted = {key for key, grade in grades.items() if grade >= GOOD}
    return len(wanted.intersection(ranking[:at])) / len(wanted) if wanted else 1.0


def _gain(grades: Sequence[int]) -> float:
    return sum(float(2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
