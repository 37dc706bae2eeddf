"""Spherical k-means that never holds its data: each round reads the batches once more.

Patches are assigned by cosine; centres are plain means, not unit vectors, as AnyLoc's are. Exact Lloyd rounds rather
than mini-batch updates: with batches read from disk a round costs little, and the result depends on neither the size
nor the order of the batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Array, FloatArray
from vpr_ros.core.vlad import nearest_centres, sum_by_cluster

Batches = Callable[[], Iterable[FloatArray]]


def fit_vocabulary(batches: Batches, clusters: int, seed: int, max_rounds: int = 20) -> FloatArray:
    """Batches of [n, D] unit-length patches, readable any number of times -> [clusters, D] float32 centres.

    Raises SourceError when there are fewer patches than clusters.
    """
    rng = np.random.default_rng(seed)
    sample = _sample(batches, max(20_000, 32 * clusters), rng)
    if len(sample) < clusters:
        raise SourceError(
            f"{len(sample)} describable patches cannot make {clusters} clusters; "
            "add images or lower aggregation.clusters"
        )
    centres = _spread_centres(sample, clusters, rng)
    previous = -np.inf
    for _ in range(max_rounds):
        centres, closeness = _lloyd_round(batches, centres, sample, rng)
        if closeness - previous < 1e-5:
            break
        previous = closeness
    return centres


def _sample(batches: Batches, size: int, rng: np.random.Generator) -> FloatArray:
    """A uniform sample of all patches: those with the smallest of random keys."""
    kept: FloatArray | None = None
    keys: Array = np.zeros(0)
    for batch in batches():
        keys = np.concatenate([keys, rng.random(len(batch))])
        kept = np.array(batch) if kept is None else np.concatenate([kept, batch])
        if len(kept) > size:
            smallest = np.sort(np.argpartition(keys, size)[:size])
            keys, kept = keys[smallest], kept[smallest]
    return np.zeros((0, 1), np.float32) if kept is None else kept


def _spread_centres(sample: FloatArray, clusters: int, rng: np.random.Generator) -> FloatArray:
    """k-means++: each next centre is a patch drawn by its squared distance to the nearest centre so far."""
    chosen = [int(rng.integers(len(sample)))]
    distance = np.maximum(2 - 2 * (sample @ sample[chosen[0]]).astype(np.float64), 0)
    for _ in range(1, clusters):
        total = distance.sum()
        weights = distance / total if total > 0 else None  # all patches equal: any will do
        chosen.append(int(rng.choice(len(sample), p=weights)))
        distance = np.minimum(distance, np.maximum(2 - 2 * (sample @ sample[chosen[-1]]), 0))
    return sample[chosen]


def _lloyd_round(
    batches: Batches, centres: FloatArray, sample: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """Means of the patches nearest to each centre, and the mean cosine of patches to their centre before the move."""
    sums = np.zeros(centres.shape)
    counts = np.zeros(len(centres), np.int64)
    closeness = 0.0
    for batch in batches():
        assigned, cosines = nearest_centres(batch, centres)
        batch_sums, batch_counts = sum_by_cluster(batch, assigned, len(centres))
        sums += batch_sums
        counts += batch_counts
        closeness += float(cosines.sum(dtype=np.float64))
    moved = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    empty = np.flatnonzero(counts == 0)
    moved[empty] = sample[rng.choice(len(sample), len(empty), replace=False)]
    return moved, closeness / max(int(counts.sum()), 1)
