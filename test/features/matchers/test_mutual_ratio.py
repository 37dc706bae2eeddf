"""Mutual nearest neighbours, against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vpr_ros.core.records import Keypoints
from vpr_ros.features.matchers.mutual_ratio import MutualRatio


def keypoints(descriptors: np.ndarray) -> Keypoints:
    count = len(descriptors)
    return Keypoints(np.zeros((count, 2), np.float32), descriptors, np.ones(count, np.float32), (640, 480))


def described(kind: type) -> st.SearchStrategy[np.ndarray]:
    numbers = st.integers(0, 255) if kind is np.uint8 else st.floats(-4, 4, width=32)
    return hnp.arrays(kind, st.tuples(st.integers(0, 12), st.just(5)), elements=numbers)


@given(st.sampled_from([np.uint8, np.float32]).flatmap(lambda kind: st.tuples(described(kind), described(kind))))
def test_no_row_twice_and_each_the_others_nearest(pair: tuple[np.ndarray, np.ndarray]):
    query, place = pair
    found = MutualRatio(0.9).match(keypoints(query), keypoints(place))
    assert found.dtype == np.int64
    assert found.shape == (len(found), 2)
    assert len(np.unique(found[:, 0])) == len(np.unique(found[:, 1])) == len(found)
    units = [
        each.astype(float) / np.maximum(np.linalg.norm(each.astype(float), axis=1, keepdims=True), 1e-30)
        for each in pair
    ]
    cosines = units[0] @ units[1].T
    for row, column in found:
        assert cosines[row, column] >= cosines[row].max() - 1e-5
        assert cosines[row, column] >= cosines[:, column].max() - 1e-5
        others = np.delete(cosines[row], column)
        if len(others):
            assert 1 - cosines[row, column] <= 0.9**2 * (1 - others.max()) + 1e-5


def test_what_is_near_is_found_whatever_the_length_of_descriptors():
    rng = np.random.default_rng(0)
    place = rng.normal(size=(50, 32)).astype(np.float32)
    order = rng.permutation(50)
    query = (place[order] + 0.05 * rng.normal(size=place.shape)).astype(np.float32) * 7
    found = MutualRatio(0.8).match(keypoints(query), keypoints(place))
    np.testing.assert_array_equal(found, np.stack([np.arange(50), order], axis=1))


def test_two_alike_match_nothing_unless_the_ratio_is_one():
    place = np.array([[1, 0, 0], [1, 0.1, 0], [0, 1, 0]], np.float32)
    query = np.array([[1, 0.048, 0]], np.float32)
    assert len(MutualRatio(0.8).match(keypoints(query), keypoints(place))) == 0
    assert MutualRatio(1.0).match(keypoints(query), keypoints(place)).tolist() == [[0, 0]]


@pytest.mark.parametrize(("of_query", "of_place"), [(0, 0), (0, 1), (1, 0), (1, 1), (1, 9), (9, 1)])
def test_none_and_one(of_query: int, of_place: int):
    rng = np.random.default_rng(1)
    query, place = (rng.integers(1, 255, (count, 8)).astype(np.uint8) for count in (of_query, of_place))
    found = MutualRatio(1.0).match(keypoints(query), keypoints(place))
    assert len(found) == min(of_query, of_place, 1)


def test_zeros_and_what_is_not_finite_match_nothing():
    place = np.array([[0, 0], [np.nan, 1], [np.inf, 1], [1, 1]], np.float32)
    found = MutualRatio(1.0).match(keypoints(place), keypoints(place))
    assert found.tolist() == [[3, 3]]


def test_several_places_at_once_are_the_same_as_one_by_one():
    rng = np.random.default_rng(2)
    query, *places = (keypoints(rng.integers(0, 255, (40, 16)).astype(np.uint8)) for _ in range(4))
    matcher = MutualRatio(1.0)
    for place, together in zip(places, matcher.match_many(query, places), strict=True):
        np.testing.assert_array_equal(matcher.match(query, place), together)
