"""PCA without whitening: fitted on the map only, then every descriptor gets unit length again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Projection:
    """mean: float32 [L]; components: float32 [L, d], orthonormal columns, strongest first."""

    mean: FloatArray
    components: FloatArray


def fit_projection(descriptors: Array, dimensions: int) -> Projection:
    """Principal directions of [n, L] descriptors; as many as asked for, at most min(n - 1, L).

    Components are rounded to half precision, the precision that maps keep them in, so that a map's own descriptors
    and a query's come from the same numbers.
    """
    sample = np.asarray(descriptors, dtype=np.float64)
    mean = sample.mean(axis=0)
    centred = sample - mean
    count = min(dimensions, len(sample) - 1, sample.shape[1])
    if len(sample) <= sample.shape[1]:
        # Fewer images than entries: the eigenvectors of the small Gram matrix give the same directions.
        values, vectors = np.linalg.eigh(centred @ centred.T)
        order = np.argsort(values)[::-1][:count]
        kept = values[order] > 1e-12 * max(values[-1], 1e-300)
        order = order[kept]
        components = centred.T @ vectors[:, order] / np.sqrt(values[order])
    else:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        components = vectors[:, np.argsort(values)[::-1][:count]]
    return Projection(mean.astype(np.float32), components.astype(np.float16).astype(np.float32))


def reduce_descriptor(descriptors: FloatArray, projection: Projection | None) -> FloatArray:
    """[n, L] -> [n, d] of unit length; without a projection the descriptors as they are."""
    if projection is None:
        return descriptors
    reduced = (descriptors - projection.mean) @ projection.components
    length = np.linalg.norm(reduced, axis=1, keepdims=True)
    return np.asarray(reduced / np.maximum(length, 1e-12), dtype=np.float32)
