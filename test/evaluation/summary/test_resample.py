from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.evaluation.summary.resample import Resampler


def test_one_sequence_has_no_interval():
    assert Resampler([4] * 10).interval(np.ones(10, bool), np.ones(10, bool)) is None
    assert Resampler([]).count == 0


def test_numbers_of_sequences_need_not_be_dense():
    hits, counted = np.array([True, True, False, False]), np.ones(4, bool)
    assert Resampler([3, 3, 90, 90]).count == 2
    assert Resampler([3, 3, 90, 90]).interval(hits, counted) == [0, 1]


def test_hits_that_do_not_count_are_no_hits():
    shares = Resampler([0, 1]).shares(np.array([True, True]), np.array([True, False]))
    assert np.nanmax(shares) == 1


def test_the_same_run_differs_from_itself_by_nothing():
    hits = np.random.default_rng(0).uniform(size=50) < 0.5
    one = Resampler(np.arange(50) // 5)
    assert (one.shares(hits, np.ones(50, bool)) - one.shares(hits, np.ones(50, bool)) == 0).all()
    assert one.interval(hits, np.ones(50, bool)) == pytest.approx(one.interval(hits, np.ones(50, bool)))
