"""Whether probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array

BINS = 10
CONFIDENT = 0.99


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose probability lies from low up to high: how many, what they said on average, how many were right."""

    low: float
    high: float
    count: int
    said: float
    right: float


def reliability(probabilities: Array, right: Array, bins: int = BINS) -> list[ReliabilityBin]:
    """Equal bins of probability; empty ones are left out. A probability of 1 belongs to the last."""
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    rows = []
    for each in np.unique(place).tolist():
        inside = place == each
        said, came = float(probabilities[inside].mean()), float(right[inside].mean())
        rows.append(ReliabilityBin(each / bins, (each + 1) / bins, int(inside.sum()), said, came))
    return rows


def expected_calibration_error(rows: list[ReliabilityBin]) -> float:
    """Mean over the answers of how far their bin is from what it says."""
    return sum(row.count * abs(row.right - row.said) for row in rows) / sum(row.count for row in rows)


def brier_score(probabilities: Array, right: Array) -> float:
    """Mean squared difference of the probability and what came; 0 is perfect, 0.25 a coin that says 0.5."""
    return float(np.mean((probabilities - right) ** 2))
