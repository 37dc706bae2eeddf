from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.training.choose_pairs import EDGES, bin_of, choose_pairs, join_pairs, shifted


def overlaps(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).uniform(0, 1, (count, count)) ** 2
    found[found < 0.05] = 0
    return np.minimum(found, found.T)


def test_bins_hold_their_lower_edge():
    shared = np.array([0.0, 0.004, 0.05, 0.1, 0.29, 0.3, 0.5, 0.7, 0.71, 1.0, np.nan])
    assert bin_of(shared).tolist() == [0, 0, -1, 1, 1, 2, 3, 3, -1, -1, -1]


@given(seed=st.integers(0, 50), per_bin=st.integers(1, 40), count=st.integers(2, 25))
def test_bins_are_balanced_and_pairs_are_what_they_say(seed: int, per_bin: int, count: int):
    shared = overlaps(count, seed)
    allowed = np.random.default_rng(seed).random((count, count)) < 0.8
    pairs = choose_pairs(shared, allowed, per_bin, np.random.default_rng(seed))
    none, *bins = pairs.counts()
    there = np.bincount(bin_of(shared[np.triu(allowed, 1)]) + 1, minlength=len(EDGES) + 1)[1:]
    assert bins == [min(per_bin, n) for n in there[1:]]
    assert none == min(per_bin, there[0], sum(bins))
    assert (pairs.first < pairs.second).all()
    assert allowed[pairs.first, pairs.second].all()
    assert len(np.unique(pairs.first * count + pairs.second)) == len(pairs)
    np.testing.assert_allclose(pairs.overlap, shared[pairs.first, pairs.second].astype(np.float32))


def test_the_same_seed_draws_the_same():
    shared, allowed = overlaps(20), np.ones((20, 20), bool)
    one, other = (choose_pairs(shared, allowed, 5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.first, other.first)


def test_groups_are_joined_under_their_own_numbers():
    shared, allowed = overlaps(12), np.ones((12, 12), bool)
    one = choose_pairs(shared, allowed, 3, np.random.default_rng(0))
    both = join_pairs([one, shifted(one, 12)])
    assert both.second[len(one) :].tolist() == (one.second + 12).tolist()
    assert both.counts() == tuple(2 * count for count in one.counts())
