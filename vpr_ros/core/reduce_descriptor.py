"""PCA, fitted on the map only; then every descriptor gets unit length again.

Whitening divides each direction by its spread. Fitted on few images that ruins retrieval: the spread of the last
directions is chance. So variances are first shrunk towards their mean, by as much as Ledoit and Wolf's estimate of
their error says: many images whiten fully, few hardly at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Projection:
    """mean: float32 [L]; components: float32 [L, d], orthonormal columns, strongest first. whitening: float32 [d],
    what each direction is multiplied by, or None."""

    mean: FloatArray
    components: FloatArray
    whitening: FloatArray | None = None


def fit_projection(descriptors: Array, dimensions: int, whiten: bool = False) -> Projection:
    """Principal directions of [n, L] descriptors; as many as asked for, at most min(n - 1, L).

    Components are rounded to half precision, the precision that maps keep them in, so that a map's own descriptors
    and a query's come from the same numbers.
    """
    sample = np.asarray(descriptors, dtype=np.float64)
    mean = sample.mean(axis=0)
    centred = sample - mean
    rounded = principal_directions(centred, dimensions).astype(np.float16).astype(np.float32)
    whitening = _shrunk_whitening(centred @ rounded) if whiten and rounded.shape[1] else None
    return Projection(mean.astype(np.float32), rounded, whitening)


def principal_directions(centred: Array, dimensions: int) -> Array:
    """[L, d] orthonormal columns, strongest first, of [n, L] rows about their mean; d is at most min(n - 1, L)."""
    count = min(dimensions, len(centred) - 1, centred.shape[1])
    if len(centred) > centred.shape[1]:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        return np.asarray(vectors[:, np.argsort(values)[::-1][:count]])
    # Fewer images than entries: the eigenvectors of the small Gram matrix give the same directions.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(values)[::-1][:count]
    order = order[values[order] > 1e-12 * max(values[-1], 1e-300)]
    return np.asarray(centred.T @ vectors[:, order] / np.sqrt(values[order]))


def _shrunk_whitening(reduced: Array) -> FloatArray:
    """1 / sqrt of shrunk variances of [n, d] centred rows, scaled to a mean square of 1."""
    variances = np.square(reduced).mean(axis=0)
    shrinkage = ledoit_wolf_shrinkage(reduced)
    shrunk = (1 - shrinkage) * variances + shrinkage * variances.mean()
    factors = 1 / np.sqrt(shrunk)
    return np.asarray(factors / np.sqrt(np.square(factors).mean()), dtype=np.float32)


def ledoit_wolf_shrinkage(rows: Array) -> float:
    """How much of the sample covariance of [n, d] centred rows to replace by its mean variance, 0..1.

    Ledoit and Wolf 2004, A well-conditioned estimator for large-dimensional covariance matrices.
    """
    count, size = rows.shape
    covariance = rows.T @ rows / count
    mean_variance = np.trace(covariance) / size
    distance = np.square(covariance).sum() / size - mean_variance**2  # of the covariance from its target
    lengths = np.square(rows).sum(axis=1)
    error = (np.square(lengths).mean() - np.square(covariance).sum()) / (count * size)  # of the covariance itself
    return float(np.clip(error / distance, 0.0, 1.0)) if distance > 0 else 1.0


def reduce_descriptor(descriptors: FloatArray, projection: Projection | None) -> FloatArray:
    """[n, L] -> [n, d] of unit length; without a projection the descriptors as they are."""
    if projection is None:
        return descriptors
    reduced = (descriptors - projection.mean) @ projection.components
    if projection.whitening is not None:
        reduced *= projection.whitening
    length = np.linalg.norm(reduced, axis=1, keepdims=True)
    return np.asarray(reduced / np.maximum(length, 1e-12), dtype=np.float32)
