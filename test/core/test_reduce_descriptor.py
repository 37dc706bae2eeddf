from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.reduce_descriptor import fit_projection, reduce_descriptor


@pytest.mark.parametrize("shape", [(40, 100), (100, 20)])
def test_pca_keeps_the_directions_of_most_variance(shape):
    rng = np.random.default_rng(0)
    data = (rng.standard_normal(shape) * np.linspace(3, 0.1, shape[1])).astype(np.float32)
    projection = fit_projection(data, 5)
    _, _, directions = np.linalg.svd(data - data.mean(axis=0), full_matrices=False)
    agreement = np.abs(np.sum(projection.components.T * directions[:5], axis=1))
    np.testing.assert_allclose(agreement, 1, atol=2e-3)
    np.testing.assert_allclose(projection.mean, data.mean(axis=0), atol=1e-5)


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
