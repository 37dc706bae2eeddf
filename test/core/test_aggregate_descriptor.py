from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.aggregate_descriptor import aggregate_vlad
from vpr_ros.core.records import Features


def features_of(patches: np.ndarray, valid: np.ndarray | None = None) -> Features:
    count = len(patches)
    return Features(
        patches.astype(np.float32),
        np.zeros((count, 2), np.float32),
        np.ones(count, bool) if valid is None else valid,
    )


def unit_rows(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    rows = rng.standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def textbook_vlad(patches: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The definition, patch by patch, in double precision."""
    patches, centres = patches.astype(np.float64), centres.astype(np.float64)
    sums = np.zeros_like(centres)
    for x in patches:
        nearest = max(range(len(centres)), key=lambda k: x @ centres[k] / np.linalg.norm(centres[k]))
        sums[nearest] += x - centres[nearest]
    for row in sums:
        if np.any(row):
            row /= np.linalg.norm(row)
    joined = sums.reshape(-1)
    return joined / np.linalg.norm(joined)


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 12), st.integers(2, 40))
def test_hard_vlad_equals_its_formula(seed, count, clusters, dimension):
    rng = np.random.default_rng(seed)
    patches = unit_rows(rng, count, dimension)
    centres = unit_rows(rng, clusters, dimension) * rng.uniform(0.5, 1, (clusters, 1)).astype(np.float32)
    ours = aggregate_vlad(features_of(patches), centres)
    assert ours.shape == (clusters * dimension,)
    np.testing.assert_allclose(ours, textbook_vlad(patches, centres), atol=1e-6)


def test_an_empty_cluster_stays_zero():
    rng = np.random.default_rng(0)
    patches = np.abs(unit_rows(rng, 30, 8))
    centres = np.stack([np.ones(8), -np.ones(8)]).astype(np.float32)
    vlad = aggregate_vlad(features_of(patches), centres)
    assert not vlad[8:].any()
    assert np.linalg.norm(vlad[:8]) == pytest.approx(1, abs=1e-6)


def test_invalid_patches_do_not_count():
    rng = np.random.default_rng(1)
    patches, centres = unit_rows(rng, 20, 8), unit_rows(rng, 4, 8)
    valid = np.arange(20) < 12
    np.testing.assert_array_equal(
        aggregate_vlad(features_of(patches, valid), centres), aggregate_vlad(features_of(patches[:12]), centres)
    )


def test_nothing_to_describe_gives_zeros():
    centres = unit_rows(np.random.default_rng(2), 4, 8)
    assert not aggregate_vlad(features_of(np.zeros((0, 8))), centres).any()
