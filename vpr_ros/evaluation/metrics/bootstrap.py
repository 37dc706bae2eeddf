"""How much a share owes to which stretches of the drive happened to be there: whole sequences are drawn again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array

DRAWS, SEED, LEVEL = 1000, 0, 0.95


def draw_sequences(count: int, draws: int = DRAWS, seed: int = SEED) -> npt.NDArray[np.int64]:
    """[draws, count]: how often each of `count` sequences is in each draw of as many, with replacement."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(count, np.full(count, 1 / count), size=draws)


def drawn_shares(hits: Array, counted: Array, sequences: Array, drawn: npt.NDArray[np.int64]) -> Array:
    """[draws]: sum of `hits` over sum of `counted` (both [queries]) in each draw, NaN where nothing is counted.

    sequences [queries]: 0..count - 1, of the same count as in `drawn`.
    """
    size = drawn.shape[1]
    top = drawn @ np.bincount(sequences, weights=hits, minlength=size)
    bottom = drawn @ np.bincount(sequences, weights=counted, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(top / bottom)


def interval(values: Array, level: float = LEVEL) -> tuple[float, float] | None:
    """The central share `level` of the draws; None where no draw has a value."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)
