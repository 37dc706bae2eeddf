"""Precision and recall while answers of ever lower score are let in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """One entry for each different score, falling."""

    scores: Array
    precision: Array
    recall: Array

    @property
    def auc(self) -> float:
        """Average precision: precision summed over the steps of recall."""
        return float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision))

    @property
    def recall_at_full_precision(self) -> float:
        """The largest recall that is reached before the first wrong answer."""
        return float(self.recall[self.precision == 1.0].max(initial=0.0))


def precision_recall(scores: Array, right: Array, positives: int) -> PrecisionRecall:
    """scores [n] and whether each answer is right [n], of `positives` (at least 1) queries that could be right.

    Answers of equal score are let in together.
    """
    order = np.argsort(-scores, kind="stable")
    falling, hits = scores[order], np.cumsum(right[order])
    last = np.append(falling[1:] != falling[:-1], True) if len(falling) else np.zeros(0, dtype=bool)
    asked = np.arange(1, len(falling) + 1)
    return PrecisionRecall(falling[last], (hits / asked)[last], (hits / positives)[last])
