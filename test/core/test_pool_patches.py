from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_vlad import features_of, unit_rows

from vpr_ros.core.pool_patches import GeneralisedMean


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("power", [1.0, 3.0, 4.5])
def test_the_form_of_networks_clamps_what_they_computed(power):
    rng = np.random.default_rng(0)
    activations = rng.standard_normal((30, 8)) * 5
    norms = np.linalg.norm(activations, axis=1)
    features = dataclasses.replace(features_of(activations / norms[:, None]), norms=norms.astype(np.float32))
    wanted = np.mean(np.maximum(activations, 1e-6) ** power, axis=0) ** (1 / power)
    np.testing.assert_allclose(
        GeneralisedMean(8, power, signed=False).aggregate(features), unit(wanted), rtol=1e-4, atol=1e-6
    )


def test_anylocs_form_keeps_signs():
    patches = unit_rows(np.random.default_rng(1), 30, 8)
    mean = np.mean(patches.astype(np.float64) ** 3, axis=0)
    pooled = GeneralisedMean(8, 3.0, signed=True).aggregate(features_of(patches))
    np.testing.assert_allclose(pooled, unit(np.cbrt(mean)), atol=1e-6)
    assert (pooled < 0).any()


@pytest.mark.parametrize("signed", [False, True])
def test_nothing_to_describe_gives_zeros(signed):
    pooled = GeneralisedMean(8, 3.0, signed).aggregate(features_of(np.ones((3, 8)), np.zeros(3, bool)))
    assert pooled.shape == (8,)
    assert not pooled.any()
