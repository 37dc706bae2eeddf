"""How much each of several like places says about where an image was taken (the weightings of kapture's)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.coarse_pose import Weigh
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, Candidates, FloatArray

REGULAR = 1e-3
"""Places that look the same share their weight instead of cancelling each other."""


def choose_weights(
    settings: PoseSettings, candidates: Candidates, descriptor: FloatArray, descriptors: FloatArray, table: PlaceTable
) -> Weigh | None:
    """What `coarse_pose` weighs with, None where the best candidate counts alone. descriptors: [n, d] of the map."""

    def weigh(ranks: Sequence[int]) -> Array:
        chosen = [candidates.ranked[rank] for rank in ranks]
        if settings.coarse_weighting == "equal":
            return equal_weights(len(chosen))
        if settings.coarse_weighting == "similarity":
            return similarity_weights(np.array([each.similarity for each in chosen]), settings.coarse_power)
        rows = [table.row_of(each.place_id) for each in chosen]
        return barycentric_weights(descriptor, np.asarray(descriptors[rows]))

    return None if settings.coarse_weighting == "best" else weigh


def equal_weights(count: int) -> Array:
    """float64 [count]."""
    return np.full(count, 1.0 / count)


def similarity_weights(similarities: Array, power: float) -> Array:
    """Similarities to a power, summing to 1; what is not above zero counts as hardly anything."""
    weights = np.maximum(np.asarray(similarities, dtype=np.float64), 1e-6)
    weights = (weights / weights.max()) ** power
    return np.asarray(weights / weights.sum())


def barycentric_weights(descriptor: FloatArray, places: FloatArray) -> Array:
    """[d], [k, d] -> [k] that sum to 1 and mix the places' descriptors nearest to the query's: min |q - w P|.

    Not below zero: a place cannot be subtracted from another. Weights that would be are taken out, one after another.
    """
    chosen = np.arange(len(places))
    weights = np.zeros(len(places))
    while True:
        solved = _affine_weights(np.asarray(descriptor, np.float64), np.asarray(places[chosen], np.float64))
        if len(chosen) == 1 or solved.min() >= 0:
            weights[chosen] = solved
            return weights
        chosen = np.delete(chosen, int(solved.argmin()))


def _affine_weights(descriptor: Array, places: Array) -> Array:
    away = places - descriptor
    gram = away @ away.T
    gram += np.eye(len(places)) * max(REGULAR * float(np.trace(gram)) / len(places), 1e-12)
    solved = np.linalg.solve(gram, np.ones(len(places)))
    return np.asarray(solved / solved.sum())
