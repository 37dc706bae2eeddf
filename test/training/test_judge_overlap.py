from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.embed_patches import raw_embedder
from vpr_ros.core.rerank_settings import RerankSettings
from vpr_ros.training.judge_overlap import encode_by, judge_overlap, roc_area


@given(scores=st.lists(st.integers(0, 5), min_size=2, max_size=30), seed=st.integers(0, 20))
def test_the_area_is_the_chance_of_the_right_order(scores: list[int], seed: int):
    positive = np.random.default_rng(seed).random(len(scores)) < 0.5
    values = np.array(scores, float)
    if positive.all() or not positive.any():
        assert np.isnan(roc_area(values, positive))
        return
    above = values[positive][:, None] - values[~positive][None]
    assert roc_area(values, positive) == pytest.approx(np.mean((above > 0) + 0.5 * (above == 0)))


def test_patches_of_a_wall_tell_overlap_and_noise_does_not(data):
    settings = RerankSettings(scoring="plain", radius=0.3)
    good = judge_overlap(encode_by(raw_embedder(128), None), data, settings)

    def noise(pooled, centres):  # noqa: ARG001
        found = np.random.default_rng(0).standard_normal((*pooled.shape[:2], 8)).astype(np.float32)
        return found / np.linalg.norm(found, axis=-1, keepdims=True)

    assert good > 0.8
    assert judge_overlap(noise, data, settings) < good - 0.15


def test_reduced_cells_are_judged_as_what_they_were():
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((300, 200)))[0].astype(np.float32)
    whole = (rng.standard_normal((1, 256, 200)) @ directions.T).astype(np.float32)
    centres = np.zeros((1, 256, 2), np.float32)
    embedder = raw_embedder(300)
    np.testing.assert_allclose(
        encode_by(embedder, directions)(whole @ directions, centres),
        encode_by(embedder, None)(whole, centres),
        atol=1e-5,
    )
