"""The arithmetic of judging overlap prediction: how scores rank pairs, and whether one order beats another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.evaluation.metrics.bootstrap import interval
from vpr_ros.evaluation.summary.resample import Resampler


def mean_ranks(values: Array) -> Array:
    """[n]: ranks from 0, equal values sharing the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts + 1) / 2)[which])


def spearman(one: Array, other: Array) -> float:
    """Correlation of ranks, -1..1; NaN where one of both says the same of everything."""
    a, b = (ranks - ranks.mean() for ranks in (mean_ranks(one), mean_ranks(other)))
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length else float("nan")


def mean_spearman(scores: Array, overlaps: Array) -> float:
    """Rows are queries with their candidates: the mean over those whose candidates differ in overlap; a row whose
    scores are all equal orders nothing and counts 0."""
    kept = [row for row in range(len(overlaps)) if np.ptp(overlaps[row]) > 0]
    return float(np.mean([np.nan_to_num(spearman(scores[row], overlaps[row])) for row in kept]))


@dataclass(frozen=True)
class Difference:
    """Of two shares over the same queries; low and high bound the central 95% of paired draws, NaN with one stretch."""

    mean: float
    low: float
    high: float


def paired_difference(after: Array, before: Array, sequences: Sequence[int]) -> Difference:
    """How much larger the share of `after` [queries, bool] is than that of `before`; whole sequences are drawn."""
    resampler, all_of_them = Resampler(sequences), np.ones(len(after), dtype=bool)
    drawn = [resampler.shares(each, all_of_them) for each in (after, before)]
    mean = float(after.mean() - before.mean())
    if drawn[0] is None or drawn[1] is None:
        return Difference(mean, float("nan"), float("nan"))
    found = interval(drawn[0] - drawn[1])
    assert found is not None
    return Difference(mean, *found)
