"""Pairs of images that training learns from: as many that share little as that share much, and as many that share
nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, FloatArray

EDGES = (0.1, 0.3, 0.5, 0.7)
"""Bins of overlap. Between nothing and the first nobody can say from the pixels, above the last they are all alike."""
NONE_BELOW = 0.005
"""What shares less shares nothing: a few stray pixels at the edge of the image."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """first, second: int64 [m], numbers of views, first < second. overlap: float32 [m]. bins: int64 [m], 0 for pairs
    without overlap, then one for each bin of `EDGES`."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    overlap: FloatArray
    bins: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def counts(self) -> tuple[int, ...]:
        """How many of each bin, those without overlap first."""
        return tuple(np.bincount(self.bins, minlength=len(EDGES)).tolist())


def choose_pairs(overlaps: Array, allowed: Array, per_bin: int, rng: np.random.Generator) -> Pairs:
    """At most `per_bin` pairs of each bin, drawn among those of the upper triangle that are allowed.

    overlaps: [n, n], NaN where nobody knows. allowed: bool [n, n]. Of pairs without overlap there are never more than
    of all bins together: they would outweigh what is to be found.
    """
    first, second = np.nonzero(np.triu(np.asarray(allowed), k=1))
    bins = bin_of(overlaps[first, second])
    drawn = [_some(np.flatnonzero(bins == each), per_bin, rng) for each in range(1, len(EDGES))]
    apart = _some(np.flatnonzero(bins == 0), min(per_bin, sum(map(len, drawn))), rng)
    rows = np.concatenate([apart, *drawn])
    shared = overlaps[first[rows], second[rows]].astype(np.float32)
    return Pairs(first[rows], second[rows], shared, bins[rows])


def bin_of(overlap: Array) -> npt.NDArray[np.int64]:
    """0 for none, 1, 2, ... for the bins of `EDGES`, their lower edge within; -1 for everything else, and NaN."""
    bins = np.searchsorted(EDGES, overlap, side="right")
    bins = np.where((bins == len(EDGES)) & (overlap <= EDGES[-1]), len(EDGES) - 1, bins)
    bins = np.where((bins == len(EDGES)) | np.isnan(overlap), -1, bins)
    return np.asarray(np.where((bins == 0) & (overlap >= NONE_BELOW), -1, bins), dtype=np.int64)


def join_pairs(parts: list[Pairs]) -> Pairs:
    """One after the other."""
    return Pairs(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.overlap for part in parts]),
        np.concatenate([part.bins for part in parts]),
    )


def shifted(pairs: Pairs, by: int) -> Pairs:
    """The same pairs of views whose numbers begin at `by`."""
    return Pairs(pairs.first + by, pairs.second + by, pairs.overlap, pairs.bins)


def _some(rows: Array, most: int, rng: np.random.Generator) -> Array:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
