"""The arithmetic behind the table of overlap prediction, against closed cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.overlap_figures import mean_ranks, mean_spearman, paired_difference, spearman

values = st.lists(st.integers(0, 5), min_size=2, max_size=30)


def test_equal_values_share_their_ranks():
    assert mean_ranks(np.array([3.0, 1.0, 3.0, 7.0])).tolist() == [1.5, 0.0, 1.5, 3.0]


def test_spearman_of_known_orders():
    assert spearman(np.arange(9.0), np.arange(9.0) ** 3) == pytest.approx(1)
    assert spearman(np.arange(9.0), -np.arange(9.0)) == pytest.approx(-1)
    assert spearman(np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])) == pytest.approx(0.8)  # 1 - 6 * 4 / 120
    assert np.isnan(spearman(np.ones(4), np.arange(4.0)))


@settings(deadline=None)  # machines that test are busy
@given(values, st.randoms(use_true_random=False))
def test_spearman_is_blind_to_scale_and_to_the_order_of_pairs(one, random):
    other = [random.randint(0, 5) for _ in one]
    pairs = list(range(len(one)))
    random.shuffle(pairs)
    a, b = np.array(one, float), np.array(other, float)
    expected = spearman(a, b)
    np.testing.assert_allclose(spearman(np.exp(a[pairs]), 3 * b[pairs] + 1), expected, atol=1e-9)
    np.testing.assert_allclose(spearman(b, a), expected, atol=1e-9)


def test_a_list_that_orders_nothing_counts_nothing_and_one_without_an_order_is_left_out():
    overlaps = np.array([[0.0, 0.5, 0.9], [0.0, 0.2, 0.1], [0.3, 0.3, 0.3]])
    scores = np.array([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0], [1.0, 2.0, 3.0]])
    assert mean_spearman(scores, overlaps) == pytest.approx(0.5)


def test_a_difference_that_every_stretch_shows_alike_is_certain():
    before = np.array([True, False, False, False] * 5)
    after = np.array([True, True, False, False] * 5)
    found = paired_difference(after, before, np.repeat(np.arange(5), 4).tolist())
    assert (found.mean, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_a_difference_of_one_stretch_alone_is_not():
    before = np.zeros(20, bool)
    after = np.repeat([True, False, False, False, False], 4)
    found = paired_difference(after, before, np.repeat(np.arange(5), 4).tolist())
    assert found.mean == pytest.approx(0.2)
    assert found.low == 0
    assert found.high >= 0.4


def test_draws_are_paired():
    """Unpaired, two shares that wander with the stretches would seem to differ by anything."""
    easy = np.repeat([True, False] * 5, 4)
    found = paired_difference(easy, easy, np.repeat(np.arange(10), 4).tolist())
    assert (found.mean, found.low, found.high) == (0, 0, 0)


def test_of_one_stretch_there_is_no_interval():
    found = paired_difference(np.array([True, True]), np.array([True, False]), [0, 0])
    assert found.mean == 0.5
    assert np.isnan(found.low)
