from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.evaluation.metrics.bootstrap import draw_sequences, drawn_shares, interval


def test_every_draw_has_as_many_sequences_and_the_seed_fixes_them():
    drawn = draw_sequences(5, draws=50, seed=3)
    assert drawn.sum(axis=1).tolist() == [5] * 50
    assert np.array_equal(drawn, draw_sequences(5, draws=50, seed=3))
    assert not np.array_equal(drawn, draw_sequences(5, draws=50, seed=4))


def test_shares_of_given_draws_by_hand():
    hits, counted = np.array([1, 0, 1, 1]), np.array([1, 1, 1, 1])
    drawn = np.array([[1, 1], [2, 0], [0, 2]])
    assert drawn_shares(hits, counted, np.array([0, 0, 1, 1]), drawn) == pytest.approx([0.75, 0.5, 1.0])


def test_a_draw_that_counts_nothing_has_no_share():
    drawn = np.array([[2, 0], [0, 2]])
    shares = drawn_shares(np.array([1, 0]), np.array([1, 0]), np.array([0, 1]), drawn)
    assert shares[0] == 1
    assert np.isnan(shares[1])
    assert interval(shares) == (1, 1)
    assert interval(shares[1:]) is None


def test_independent_sequences_give_the_binomials_width():
    rng = np.random.default_rng(1)
    hits = (rng.uniform(size=400) < 0.8).astype(float)
    low, high = interval(drawn_shares(hits, np.ones(400), np.arange(400), draw_sequences(400)))
    half = 1.96 * np.sqrt(hits.mean() * (1 - hits.mean()) / 400)
    assert (low + high) / 2 == pytest.approx(hits.mean(), abs=0.005)
    assert (high - low) / 2 == pytest.approx(half, rel=0.1)


def test_queries_that_fail_together_widen_the_interval():
    """The same hits, but ten neighbours share their fate: an interval over queries would be three times too narrow."""
    fate = np.repeat(np.random.default_rng(2).uniform(size=40) < 0.8, 10).astype(float)
    apart = interval(drawn_shares(fate, np.ones(400), np.arange(400), draw_sequences(400)))
    together = interval(drawn_shares(fate, np.ones(400), np.arange(400) // 10, draw_sequences(40)))
    assert together[1] - together[0] > 2 * (apart[1] - apart[0])
