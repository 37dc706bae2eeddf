"""Intervals for the shares of a run, all from the same draws of its sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.evaluation.metrics.bootstrap import draw_sequences, drawn_shares, interval

FEWEST = 2
"""Of one sequence nothing can be drawn but itself."""


class Resampler:
    """Draws whole sequences; the same draws for every figure, so that figures can be compared."""

    def __init__(self, sequences: Sequence[int]) -> None:
        _, self._sequences = np.unique(np.asarray(sequences, dtype=np.int64), return_inverse=True)
        self.count = int(self._sequences.max(initial=-1)) + 1
        self._drawn = draw_sequences(self.count) if self.count >= FEWEST else None

    def shares(self, hits: Array, counted: Array) -> Array | None:
        """The share of hits among the counted queries in every draw; None with too few sequences."""
        if self._drawn is None:
            return None
        return drawn_shares(np.asarray(hits) & np.asarray(counted), np.asarray(counted), self._sequences, self._drawn)

    def interval(self, hits: Array, counted: Array) -> list[float] | None:
        """[low, high] of that share."""
        shares = self.shares(hits, counted)
        found = None if shares is None else interval(shares)
        return None if found is None else list(found)
