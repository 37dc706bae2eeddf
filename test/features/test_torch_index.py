from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.retrieve_places import ExactIndex

torch = pytest.importorskip("torch")
open_torch_index = pytest.importorskip("vpr_ros.features.torch_index").open_torch_index


def assert_same(descriptors: np.ndarray, queries: np.ndarray, count: int, device: str) -> None:
    found = open_torch_index(descriptors, FeatureSettings(device=device)).search_many(queries, count)
    for ours, theirs in zip(found, ExactIndex(descriptors).search_many(queries, count), strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 60), st.booleans())
def test_the_answer_is_the_exact_one_to_the_bit(seed, places, count, equal):
    rng = np.random.default_rng(seed)
    values = rng.integers(-1, 2, (places + 3, 4)) if equal else rng.standard_normal((places + 3, 4))
    unit = (values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    unit[0] = 0
    unit[1, 2] = np.nan  # among the queries, which are the first three
    assert_same(unit[3:], unit[:3], count, "cpu")


def test_one_query_is_answered_as_many_are():
    rng = np.random.default_rng(0)
    descriptors = rng.standard_normal((500, 64)).astype(np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    rows, similarities = open_torch_index(descriptors, FeatureSettings(device="cpu")).search(descriptors[7], 9)
    wanted = ExactIndex(descriptors).search(descriptors[7], 9)
    np.testing.assert_array_equal(rows, wanted[0])
    np.testing.assert_array_equal(similarities, wanted[1])


def test_a_gpu_that_is_not_there_is_one_line():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(SettingsError, match=r"features\.device=cuda"):
        open_torch_index(np.eye(3, dtype=np.float32), FeatureSettings(device="cuda"))


@pytest.mark.gpu
def test_a_gpu_answers_the_same():
    rng = np.random.default_rng(1)
    descriptors = rng.standard_normal((20_000, 512)).astype(np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    descriptors[100:200] = descriptors[5]
    assert_same(descriptors, descriptors[:64], 20, "cuda")
