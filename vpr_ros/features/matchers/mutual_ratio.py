"""Mutual nearest neighbours that are clearly nearer than the second: any descriptors, one product of matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, FloatArray, Keypoints

Pairs = npt.NDArray[np.int64]


class MutualRatio:
    """A `KeypointMatcher`. Descriptors are compared by angle, whatever their lengths; rows of zeros match nothing.

    ratio: the distance to the nearest descriptor over that to the second nearest, at most; 1 asks only that both are
    each other's nearest.
    """

    name = "mutual_ratio"

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def match(self, query: Keypoints, place: Keypoints) -> Pairs:
        """In order of the query's rows."""
        return match_unit_rows(unit_rows(query.descriptors), unit_rows(place.descriptors), self._ratio)

    def match_many(self, query: Keypoints, places: Sequence[Keypoints]) -> list[Pairs]:
        """The same for several places, the query prepared once."""
        prepared = unit_rows(query.descriptors)
        return [match_unit_rows(prepared, unit_rows(place.descriptors), self._ratio) for place in places]


def unit_rows(descriptors: Array) -> FloatArray:
    """[N, D] of any numbers -> float32 with rows of unit length; rows of zeros and of what is not finite are zeros."""
    rows = descriptors.astype(np.float32)
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows))
    usable = np.isfinite(lengths) & (lengths > 0)
    if usable.all():
        return np.asarray(rows / lengths[:, None], np.float32)
    return np.where(usable[:, None], rows / np.where(usable, lengths, 1)[:, None], 0).astype(np.float32)


def match_unit_rows(query: FloatArray, place: FloatArray, ratio: float) -> Pairs:
    """[N, D], [M, D] of `unit_rows` -> [K, 2]."""
    if not len(query) or not len(place):
        return np.zeros((0, 2), np.int64)
    cosines = query @ place.T
    rows = np.arange(len(query))
    nearest = cosines.argmax(axis=1)
    best = cosines[rows, nearest]
    kept = (best > 0) & (best >= cosines.max(axis=0)[nearest])
    if ratio < 1:
        cosines[rows, nearest] = -1
        # Of unit vectors the squared distance is 2 - 2 cos.
        kept &= 1 - best < ratio**2 * (1 - cosines.max(axis=1))
    _, first = np.unique(nearest[kept], return_index=True)  # of queries that are equally near
    chosen = rows[kept][np.sort(first)]
    return np.stack([chosen, nearest[chosen]], axis=1).astype(np.int64)
