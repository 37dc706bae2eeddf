"""How often answers are wrong, when only those above a score are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array

RISKS = (0.01, 0.05, 0.1)


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """One entry for each different score, falling: share of all queries answered, and of wrong ones among these."""

    scores: Array
    coverage: Array
    risk: Array

    @property
    def aurc(self) -> float:
        """Mean risk over the coverages that are reached."""
        steps = np.diff(self.coverage, prepend=0.0)
        return float(np.sum(steps * self.risk) / np.sum(steps))

    def coverage_at(self, risk: float) -> float:
        """The largest coverage at which no more than `risk` of the answers are wrong; 0 where there is none."""
        return float(self.coverage[self.risk <= risk].max(initial=0.0))


def risk_coverage(scores: Array, wrong: Array, queries: int) -> RiskCoverage:
    """scores [n] and whether each answer is wrong [n], of `queries` that were asked. Equal scores stand together."""
    order = np.argsort(-scores, kind="stable")
    falling, misses = scores[order], np.cumsum(wrong[order])
    last = np.append(falling[1:] != falling[:-1], True) if len(falling) else np.zeros(0, dtype=bool)
    asked = np.arange(1, len(falling) + 1)
    return RiskCoverage(falling[last], (asked / queries)[last], (misses / asked)[last])
