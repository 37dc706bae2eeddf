from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.records import Features
from vpr_ros.core.vlad import HardVlad, SoftVlad, nearest_centres, sum_by_cluster


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


def hard(centres: np.ndarray) -> HardVlad:
    return HardVlad(centres, np.arange(len(centres)))


def joined(slots: np.ndarray) -> np.ndarray:
    for row in slots:
        if np.any(row):
            row /= np.linalg.norm(row)
    whole = slots.reshape(-1)
    return whole / np.linalg.norm(whole)


def textbook_hard(patches: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The definition, patch by patch, in double precision."""
    patches, centres = patches.astype(np.float64), centres.astype(np.float64)
    sums = np.zeros_like(centres)
    for x in patches:
        nearest = max(range(len(centres)), key=lambda k: x @ centres[k] / np.linalg.norm(centres[k]))
        sums[nearest] += x - centres[nearest]
    return joined(sums)


def textbook_soft(patches: np.ndarray, centres: np.ndarray, temperature: float, everywhere: bool) -> np.ndarray:
    patches, centres = patches.astype(np.float64), centres.astype(np.float64)
    slots = np.zeros_like(centres)
    for x in patches:
        cosines = np.array([x @ c / np.linalg.norm(c) for c in centres])
        weights = np.exp(temperature * cosines) / np.exp(temperature * cosines).sum()
        for k in range(len(centres)):
            residual = sum(x - c for c in centres) if everywhere else x - centres[k]
            slots[k] += weights[k] * residual
    return joined(slots)


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 12), st.integers(2, 40))
def test_hard_vlad_equals_its_formula(seed, count, clusters, dimension):
    rng = np.random.default_rng(seed)
    patches = unit_rows(rng, count, dimension)
    centres = unit_rows(rng, clusters, dimension) * rng.uniform(0.5, 1, (clusters, 1)).astype(np.float32)
    ours = hard(centres).aggregate(features_of(patches))
    assert ours.shape == (clusters * dimension,)
    np.testing.assert_allclose(ours, textbook_hard(patches, centres), atol=1e-6)


@pytest.mark.parametrize("everywhere", [False, True], ids=["textbook", "anyloc"])
@pytest.mark.parametrize("temperature", [1.0, 20.0])
def test_soft_vlad_equals_its_formula(temperature, everywhere):
    rng = np.random.default_rng(3)
    patches, centres = unit_rows(rng, 40, 16), 0.7 * unit_rows(rng, 5, 16)
    ours = SoftVlad(centres, np.arange(5), temperature, everywhere).aggregate(features_of(patches))
    np.testing.assert_allclose(ours, textbook_soft(patches, centres, temperature, everywhere), atol=1e-6)


def test_anylocs_soft_form_is_another_descriptor():
    rng = np.random.default_rng(4)
    patches, centres = unit_rows(rng, 200, 32), 0.7 * unit_rows(rng, 8, 32)
    forms = [SoftVlad(centres, np.arange(8), 1.0, flag).aggregate(features_of(patches)) for flag in (False, True)]
    assert forms[0] @ forms[1] < 0.8


def test_a_sharp_soft_assignment_is_the_hard_one():
    rng = np.random.default_rng(5)
    patches, centres = unit_rows(rng, 60, 16), 0.8 * unit_rows(rng, 4, 16)
    soft = SoftVlad(centres, np.arange(4), 1000.0, False).aggregate(features_of(patches))
    assert soft @ hard(centres).aggregate(features_of(patches)) > 0.999


def test_an_empty_cluster_stays_zero():
    rng = np.random.default_rng(0)
    patches = np.abs(unit_rows(rng, 30, 8))
    centres = np.stack([np.ones(8), -np.ones(8)]).astype(np.float32)
    vlad = hard(centres).aggregate(features_of(patches))
    assert not vlad[8:].any()
    assert np.linalg.norm(vlad[:8]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("make", [hard, lambda centres: SoftVlad(centres, np.arange(4), 1.0, False)])
def test_invalid_patches_do_not_count(make):
    rng = np.random.default_rng(1)
    patches, centres = unit_rows(rng, 20, 8), unit_rows(rng, 4, 8)
    valid = np.arange(20) % 3 > 0
    np.testing.assert_allclose(
        make(centres).aggregate(features_of(patches, valid)),
        make(centres).aggregate(features_of(patches[valid])),
        atol=1e-7,
    )


@pytest.mark.parametrize("make", [hard, lambda centres: SoftVlad(centres, np.arange(4), 1.0, False)])
def test_nothing_to_describe_gives_zeros(make):
    centres = unit_rows(np.random.default_rng(2), 4, 8)
    for features in (features_of(np.zeros((0, 8))), features_of(np.ones((3, 8)), np.zeros(3, bool))):
        assert not make(centres).aggregate(features).any()


def test_chosen_clusters_are_those_of_the_whole_descriptor_scaled_anew():
    rng = np.random.default_rng(6)
    patches, centres = unit_rows(rng, 50, 8), unit_rows(rng, 6, 8)
    kept = np.array([1, 4])
    vlad = HardVlad(centres, kept)
    whole = hard(centres).aggregate(features_of(patches)).reshape(6, 8)[kept].ravel()
    assert vlad.dimension == 16
    np.testing.assert_allclose(vlad.aggregate(features_of(patches)), whole / np.linalg.norm(whole), atol=1e-6)


def test_an_image_does_not_leak_into_the_next():
    rng = np.random.default_rng(7)
    centres, first, second = unit_rows(rng, 6, 8), unit_rows(rng, 50, 8), unit_rows(rng, 20, 8)
    vlad = hard(centres)
    alone = vlad.aggregate(features_of(second))
    vlad.aggregate(features_of(first))
    np.testing.assert_array_equal(vlad.aggregate(features_of(second)), alone)


def test_the_nearest_centre_is_that_of_largest_cosine_not_of_smallest_distance():
    centres = np.array([[10.0, 1.0], [0.5, 0.5]], np.float32)
    assigned, cosines = nearest_centres(np.array([[1.0, 0.0]], np.float32), centres)
    assert assigned.tolist() == [0]
    assert cosines[0] == pytest.approx(10 / np.sqrt(101))


def test_sums_leave_out_what_belongs_to_no_cluster():
    patches = np.arange(8, dtype=np.float32).reshape(4, 2)
    sums, counts = sum_by_cluster(patches, np.array([1, 3, 1, 3]), 3)
    assert counts.tolist() == [0, 2, 0]
    assert sums.tolist() == [[0, 0], [4, 6], [0, 0]]
