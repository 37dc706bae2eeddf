"""VLAD: what is left of an image's patches when the centres of a vocabulary are taken away.

Hard: every patch x goes to the centre c_k of largest cosine; V_k is the sum of x - c_k over its patches.
Soft: every patch goes to all centres by w_k = softmax_k(T cos(x, c_k)); V_k is the sum of w_k (x - c_k).
Each V_k is scaled to unit length (a centre without patches stays zero), all are joined, the whole is scaled again.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from vpr_ros.core.records import Array, Features, FloatArray
from vpr_ros.core.side_by_side import SideBySide
from vpr_ros.core.working_memory import WorkingMemory

HALVES = 2
"""An image's patches are summed in so many parts, whatever the cores: the answer does not depend on the machine."""


def unit_centres(centres: FloatArray) -> FloatArray:
    """[K, D] centres as directions: a patch's nearest is the one of largest cosine."""
    return np.asarray(centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def nearest_centres(patches: FloatArray, centres: FloatArray) -> tuple[Array, FloatArray]:
    """For each of [N, D] patches the centre of largest cosine, and that cosine (for patches of unit length)."""
    cosines = patches @ unit_centres(centres).T
    assigned = np.argmax(cosines, axis=1)
    return assigned, cosines[np.arange(len(patches)), assigned]


def sum_by_cluster(
    patches: FloatArray, assigned: Array, clusters: int, memory: WorkingMemory | None = None
) -> tuple[Array, Array]:
    """float64 sums [clusters, D] of the patches of each cluster, and how many there are; zeros where there is none.

    Patches that are assigned to `clusters` or beyond belong to none.
    """
    counts = np.bincount(assigned, minlength=clusters)[:clusters]
    sums = np.zeros((clusters, patches.shape[1]))
    used = np.flatnonzero(counts)
    if len(used):
        starts = np.cumsum(counts)[used] - counts[used]
        order = np.argsort(assigned.astype(np.int16), kind="stable")[: counts.sum()]  # small numbers sort fastest
        memory = memory or WorkingMemory()
        gathered = memory.array("gathered", (len(order), patches.shape[1]))
        np.take(patches, order, axis=0, out=gathered, mode="clip")
        sums[used] = np.add.reduceat(gathered, starts, axis=0, dtype=np.float64)
    return sums, counts


class HardVlad:
    """An `Aggregator`. `centres`: float32 [K, D]; `kept`: the clusters that the descriptor is made of."""

    def __init__(self, centres: FloatArray, kept: Array) -> None:
        self._centres = centres
        self._directions = np.ascontiguousarray(unit_centres(centres).T)
        self._kept = kept
        self._memory = WorkingMemory()
        self._side_by_side = SideBySide(most=HALVES)
        self.dimension = len(kept) * centres.shape[1]

    def aggregate(self, features: Features) -> FloatArray:
        """[kept * D] of unit length, or zeros when no valid patch is of a kept cluster."""
        clusters = len(self._centres)
        cosines = self._memory.array("cosines", (len(features.patches), clusters))
        np.matmul(features.patches, self._directions, out=cosines)
        parts: list[tuple[Array, Array]] = []

        def sum_part(rows: slice) -> None:
            assigned = np.argmax(cosines[rows], axis=1)
            assigned[~features.valid[rows]] = clusters
            parts.append(sum_by_cluster(features.patches[rows], assigned, clusters, self._memory))

        middle = len(cosines) // HALVES
        self._side_by_side.run([partial(sum_part, slice(middle)), partial(sum_part, slice(middle, None))])
        (sums, counts), (more_sums, more_counts) = parts
        # Double precision: a cluster's residuals may all but cancel.
        residuals = sums + more_sums - (counts + more_counts)[:, None] * self._centres
        return _normalised(residuals, self._kept)


class SoftVlad:
    """An `Aggregator`. `all_residuals` is AnyLoc's released form: V_k sums w_k (x - c_j) over every centre j."""

    def __init__(self, centres: FloatArray, kept: Array, temperature: float, all_residuals: bool) -> None:
        self._centres = centres.astype(np.float64)
        self._directions = unit_centres(centres).astype(np.float64)
        self._kept = kept
        self._temperature = temperature
        self._all_residuals = all_residuals
        self.dimension = len(kept) * centres.shape[1]

    def aggregate(self, features: Features) -> FloatArray:
        """[kept * D] of unit length, or zeros when no patch is valid."""
        patches = features.patches[features.valid].astype(np.float64)
        sharpness = self._temperature * (patches @ self._directions.T)
        weights = np.exp(sharpness - sharpness.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        sums, mass = weights.T @ patches, weights.sum(axis=0)[:, None]
        if self._all_residuals:
            residuals = len(self._centres) * sums - mass * self._centres.sum(axis=0)
        else:
            residuals = sums - mass * self._centres
        return _normalised(residuals, self._kept)


def _normalised(residuals: Array, kept: Array) -> FloatArray:
    if len(kept) < len(residuals):
        residuals = residuals[kept]
    residuals /= np.maximum(np.sqrt(np.square(residuals).sum(axis=1, keepdims=True)), 1e-12)
    # Not linalg.norm: it hands a long vector to BLAS, whose threads cost more to wake than the sum does.
    length = np.sqrt(np.square(residuals).sum())
    return np.asarray(residuals.reshape(-1) / max(float(length), 1e-12), dtype=np.float32)
