"""Stage three: an image's patches become one descriptor.

Hard VLAD: every patch x goes to the centre c_k of largest cosine; V_k is the sum of x - c_k over its patches; each
V_k is scaled to unit length (a centre without patches stays zero), all are joined and the whole is scaled again.
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, Features, FloatArray


def nearest_centres(patches: FloatArray, centres: FloatArray) -> tuple[Array, FloatArray]:
    """For each of [N, D] patches the centre of largest cosine, and that cosine (for patches of unit length)."""
    directions = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    cosines = patches @ directions.T
    assigned = np.argmax(cosines, axis=1)
    return assigned, cosines[np.arange(len(patches)), assigned]


def sum_by_cluster(patches: FloatArray, assigned: Array, clusters: int) -> tuple[Array, Array]:
    """float64 sums [clusters, D] of the patches of each cluster, and how many there are; zeros where there is none."""
    counts = np.bincount(assigned, minlength=clusters)
    sums = np.zeros((clusters, patches.shape[1]))
    used = np.flatnonzero(counts)
    if len(used):
        starts = np.cumsum(counts)[used] - counts[used]
        sums[used] = np.add.reduceat(patches[np.argsort(assigned, kind="stable")], starts, axis=0, dtype=np.float64)
    return sums, counts


def aggregate_vlad(features: Features, centres: FloatArray) -> FloatArray:
    """Features and [K, D] centres -> [K * D] of unit length, or zeros when no patch is valid."""
    patches = features.patches[features.valid]
    assigned, _ = nearest_centres(patches, centres)
    sums, counts = sum_by_cluster(patches, assigned, len(centres))
    residuals = sums - counts[:, None] * centres  # double precision: a cluster's residuals may all but cancel
    residuals /= np.maximum(np.linalg.norm(residuals, axis=1, keepdims=True), 1e-12)
    # Not linalg.norm: it hands a long vector to BLAS, whose threads cost more to wake than the sum does.
    length = np.sqrt(np.square(residuals).sum())
    return np.asarray(residuals.reshape(-1) / max(float(length), 1e-12), dtype=np.float32)
