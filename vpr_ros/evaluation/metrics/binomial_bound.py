"""What rate may hide behind few errors: the exact bound of Clopper and Pearson."""

from __future__ import annotations

import math

import numpy as np

LEVEL = 0.95


def upper_bound(errors: int, answers: int, level: float = LEVEL) -> float:
    """The largest rate at which `errors` or fewer among `answers` still have a chance of 1 - level (one-sided).

    1 where there are no answers: then anything may be. No errors in n: 1 - (1 - level)^(1/n), about 3/n.
    """
    if not 0 <= errors <= answers:
        raise ValueError(f"{errors} errors in {answers} answers")
    if errors == answers:
        return 1.0
    low, high = errors / answers, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(errors, answers, middle) > 1 - level else (low, middle)
    return (low + high) / 2


def _at_most(errors: int, answers: int, rate: float) -> float:
    """Chance of at most that many errors: the terms summed from their logarithms, for they span hundreds of decades."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    counts = np.arange(errors + 1)
    steps = np.log((answers - counts[1:] + 1) / counts[1:])
    logarithms = np.concatenate([[0.0], np.cumsum(steps)])
    logarithms += counts * math.log(rate) + (answers - counts) * math.log1p(-rate)
    largest = float(logarithms.max())
    return math.exp(largest) * float(np.exp(logarithms - largest).sum())
