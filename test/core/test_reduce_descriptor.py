from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.reduce_descriptor import (
    fit_projection,
    ledoit_wolf_shrinkage,
    principal_directions,
    reduce_descriptor,
)


@pytest.mark.parametrize("shape", [(40, 100), (100, 20)])
def test_pca_keeps_the_directions_of_most_variance(shape):
    rng = np.random.default_rng(0)
    data = (rng.standard_normal(shape) * np.linspace(3, 0.1, shape[1])).astype(np.float32)
    projection = fit_projection(data, 5)
    _, _, directions = np.linalg.svd(data - data.mean(axis=0), full_matrices=False)
    agreement = np.abs(np.sum(projection.components.T * directions[:5], axis=1))
    np.testing.assert_allclose(agreement, 1, atol=2e-3)
    np.testing.assert_allclose(projection.mean, data.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("shape", [(40, 100), (100, 20)])
def test_directions_are_those_of_the_singular_value_decomposition(shape):
    data = np.random.default_rng(8).standard_normal(shape) * np.linspace(3, 0.1, shape[1])
    centred = data - data.mean(axis=0)
    ours = principal_directions(centred, 6)
    wanted = np.linalg.svd(centred, full_matrices=False)[2][:6].T
    np.testing.assert_allclose(ours * np.sign((ours * wanted).sum(axis=0)), wanted, atol=1e-8)


def test_components_survive_the_precision_of_the_map():
    data = np.random.default_rng(1).standard_normal((30, 64)).astype(np.float32)
    components = fit_projection(data, 8).components
    np.testing.assert_array_equal(components, components.astype(np.float16).astype(np.float32))


def test_no_more_components_than_the_data_has():
    rng = np.random.default_rng(2)
    assert fit_projection(rng.standard_normal((10, 64)), 512).components.shape == (64, 9)
    flat = rng.standard_normal((10, 2)) @ rng.standard_normal((2, 64))
    assert fit_projection(flat, 512).components.shape == (64, 2)


def test_reduced_descriptors_have_unit_length():
    data = np.random.default_rng(3).standard_normal((30, 64)).astype(np.float32)
    reduced = reduce_descriptor(data, fit_projection(data, 8))
    np.testing.assert_allclose(np.linalg.norm(reduced, axis=1), 1, atol=1e-6)


def test_without_projection_descriptors_stay():
    data = np.eye(3, dtype=np.float32)
    assert reduce_descriptor(data, None) is data


def test_whitening_of_many_images_makes_the_directions_equally_wide():
    rng = np.random.default_rng(4)
    data = (rng.standard_normal((3000, 40)) * np.linspace(3, 0.3, 40)).astype(np.float32)
    projection = fit_projection(data, 10, whiten=True)
    spread = ((data - projection.mean) @ projection.components * projection.whitening).std(axis=0)
    assert spread.max() / spread.min() < 1.1
    plain = (data - projection.mean) @ projection.components
    assert plain.std(axis=0).max() / plain.std(axis=0).min() > 1.2


def test_few_images_are_hardly_whitened():
    rng = np.random.default_rng(5)
    few = fit_projection(rng.standard_normal((12, 400)).astype(np.float32), 11, whiten=True).whitening
    assert few.max() / few.min() < 1.2


def test_shrinkage_is_that_of_ledoit_and_wolf():
    """Against their definition, with the products of every sample summed one by one."""
    rows = np.random.default_rng(6).standard_normal((25, 6)) * np.linspace(2, 0.5, 6)
    covariance = rows.T @ rows / 25
    target = np.trace(covariance) / 6 * np.eye(6)
    error = sum(np.sum((np.outer(row, row) - covariance) ** 2) for row in rows) / 25**2
    assert ledoit_wolf_shrinkage(rows) == pytest.approx(error / np.sum((covariance - target) ** 2))


def test_whitened_descriptors_have_unit_length():
    data = np.random.default_rng(7).standard_normal((30, 64)).astype(np.float32)
    reduced = reduce_descriptor(data, fit_projection(data, 8, whiten=True))
    np.testing.assert_allclose(np.linalg.norm(reduced, axis=1), 1, atol=1e-6)
