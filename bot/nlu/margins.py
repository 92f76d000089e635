"""A linear classifier whose margins become probabilities, so that the confidences the fallback goes by mean something."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

UNSEEN = -1.5
"""The margin of a label that a fold has no example of: as unlikely as a margin gets."""


class Margins:
    """A linear SVM, one against the rest, with a temperature fitted on margins of examples it had not seen.

    `outside` names the label of what belongs to none of the others. It gets so much of an advantage that `share` of
    the others' examples, not seen in training, are taken for it: examples are far more unlike one another than what
    customers write, of whose sentences it is about a seventh of that.
    """

    def __init__(self, c: float = 0.7, outside: str | None = None, share: float = 0.08) -> None:
        self.c = c
        self.outside = outside
        self.share = share
        self.temperature = 1.0
        self.labels: list[str] = []
        self._weights: Any = None
        self._offsets: Any = None

    def fit(self, rows: Any, labels: list[str], folds: int = 3) -> Margins:
        """`rows` is a sparse matrix, a row for each label; at least two different labels are needed."""
        names, target = np.unique(labels, return_inverse=True)
        margins = np.full((len(labels), len(names)), UNSEEN)
        for train, rest in KFold(folds, shuffle=True, random_state=7).split(target):
            known, weights, offsets = self._linear(rows[train], target[train])
            margins[np.ix_(rest, known)] = rows[rest] @ weights + offsets
        advantage = (names == self.outside) * self._advantage(margins, names, target)
        self.temperature = best_temperature(margins + advantage, target)
        self.labels = [str(name) for name in names]
        _, self._weights, offsets = self._linear(rows, target)
        self._offsets = offsets + advantage
        return self

    def _advantage(self, margins: Any, names: Any, target: Any) -> float:
        """What the outside label's margin needs on top; 0 without such a label."""
        outside = names == self.outside
        if not outside.any() or outside.all():
            return 0.0
        others = margins[~outside[target]]
        return max(0.0, float(np.quantile(others[:, ~outside].max(1) - others[:, outside][:, 0], self.share)))

    def chances(self, rows: Any) -> Any:
        """A matrix of probabilities: a row for each row, a column for each of `labels`."""
        # Only the weights of what occurs are looked at: multiplying with all of them takes a hundred times as long.
        margins = [self._weights[row.indices].T @ row.data + self._offsets for row in rows]
        return softmax(np.array(margins) / self.temperature, axis=1)

    def ranking(self, row: Any) -> list[tuple[str, float]]:
        """Every label with its probability, the likeliest first; `row` is a matrix of one row."""
        chances = self.chances(row)[0]
        return [(self.labels[i], float(chances[i])) for i in np.argsort(-chances)]

    def _linear(self, rows: Any, target: Any) -> tuple[Any, Any, Any]:
        """The labels found in `target`, the weights (a row a feature, a column a label) and the offsets."""
        model = LinearSVC(C=self.c, class_weight="balanced", tol=0.01, random_state=7).fit(rows, target)
        weights, offsets = model.coef_.T, model.intercept_
        if len(model.classes_) == 2:  # one margin tells both
            weights, offsets = np.hstack([-weights, weights]), np.concatenate([-offsets, offsets])
        return model.classes_, np.ascontiguousarray(weights, dtype=np.float32), offsets.astype(np.float32)


def best_temperature(margins: Any, target: Any) -> float:
    """The temperature under which the margins, as softmax, explain the labels best (least negative log-likelihood)."""

    def loss(log_t: float) -> float:
        chances = log_softmax(margins / np.exp(log_t), axis=1)
        return float(-chances[np.arange(len(target)), target].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5, 3), method="bounded").x))
