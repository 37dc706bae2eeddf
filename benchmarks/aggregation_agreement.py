"""Every aggregation and PCA against their formulas, patch by patch in double precision, on random tensors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vpr_ros.core.pool_patches import GeneralisedMean
from vpr_ros.core.records import Array, Features
from vpr_ros.core.reduce_descriptor import Projection, fit_projection, principal_directions, reduce_descriptor
from vpr_ros.core.vlad import HardVlad, SoftVlad

CLUSTERS, SIZE, PATCHES, TENSORS = 128, 128, 300, 20
Formula = Callable[[Array, Array], Array]


def main() -> None:
    everything = np.arange(CLUSTERS)
    print(f"largest difference to the formula over {TENSORS} random tensors of {PATCHES} x {SIZE}, {CLUSTERS} centres:")
    _tell("hard VLAD", lambda centres: HardVlad(centres, everything), _hard)
    _tell("soft VLAD", lambda centres: SoftVlad(centres, everything, 1.0, False), _soft)
    _tell("soft VLAD as AnyLoc's code", lambda centres: SoftVlad(centres, everything, 1.0, True), _soft_anyloc)
    _tell("GeM, clamped", lambda _: GeneralisedMean(SIZE, 3.0, signed=False), _gem_clamped)
    _tell("GeM, signed", lambda _: GeneralisedMean(SIZE, 3.0, signed=True), _gem_signed)
    exact, kept = _pca_differences()
    print(f"  {'PCA, cosines':<28} {exact:.1e} ({kept:.1e} with components in the half precision that maps keep)")


def _tell(name: str, make: Callable[[Array], object], formula: Formula) -> None:
    worst, empty = 0.0, 0
    for seed in range(TENSORS):
        rng = np.random.default_rng(seed)
        patches, centres = _unit_rows(rng, PATCHES, SIZE), 0.8 * _unit_rows(rng, CLUSTERS, SIZE)
        features = Features(patches, np.zeros((PATCHES, 2), np.float32), np.ones(PATCHES, bool))
        wanted = formula(patches.astype(np.float64), centres.astype(np.float64))
        worst = max(worst, float(np.abs(make(centres).aggregate(features) - wanted).max()))  # type: ignore[attr-defined]
        empty += int((~wanted.reshape(-1, SIZE).any(axis=1)).sum())
    print(f"  {name:<28} {worst:.1e}{f' ({empty} empty clusters)' if empty else ''}")


def _hard(patches: Array, centres: Array) -> Array:
    slots = np.zeros_like(centres)
    for x in patches:
        nearest = int(np.argmax(centres @ x / np.linalg.norm(centres, axis=1)))
        slots[nearest] += x - centres[nearest]
    return _joined(slots)


def _soft(patches: Array, centres: Array) -> Array:
    slots = np.zeros_like(centres)
    for x in patches:
        slots += _weights(x, centres)[:, None] * (x - centres)
    return _joined(slots)


def _soft_anyloc(patches: Array, centres: Array) -> Array:
    slots = np.zeros_like(centres)
    for x in patches:
        slots += np.outer(_weights(x, centres), (x - centres).sum(axis=0))
    return _joined(slots)


def _weights(x: Array, centres: Array) -> Array:
    likeness = np.exp(centres @ x / np.linalg.norm(centres, axis=1))
    return np.asarray(likeness / likeness.sum())


def _gem_clamped(patches: Array, _: Array) -> Array:
    return _unit(np.cbrt((np.maximum(patches, 1e-6) ** 3).mean(axis=0)))


def _gem_signed(patches: Array, _: Array) -> Array:
    return _unit(np.cbrt((patches**3).mean(axis=0)))


def _pca_differences() -> tuple[float, float]:
    """Largest difference of cosines after PCA to those by the SVD: as fitted, and as a map keeps it."""
    rng = np.random.default_rng(0)
    data = (rng.standard_normal((400, SIZE)) * np.linspace(3, 0.1, SIZE)).astype(np.float32)
    kept = fit_projection(data, 32)
    centred = data.astype(np.float64) - data.mean(axis=0, dtype=np.float64)
    exact = Projection(kept.mean, principal_directions(centred, 32).astype(np.float32))
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    wanted = centred @ directions[:32].T
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    ours = [reduce_descriptor(data, projection) for projection in (exact, kept)]
    return tuple(float(np.abs(each @ each.T - wanted @ wanted.T).max()) for each in ours)  # type: ignore[return-value]


def _joined(slots: Array) -> Array:
    lengths = np.linalg.norm(slots, axis=1)
    slots[lengths > 0] /= lengths[lengths > 0, None]
    return _unit(slots.reshape(-1))


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))


def _unit_rows(rng: np.random.Generator, count: int, dimension: int) -> Array:
    rows = rng.standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


if __name__ == "__main__":
    main()
