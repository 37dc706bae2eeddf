from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.evaluation.metrics.pose_accuracy import BOUNDS, Bound, area_under_curve, percentile, within

ERRORS = st.lists(st.floats(0, 50) | st.just(np.inf), min_size=1, max_size=30)


def test_names_are_the_keys_of_metrics_json():
    assert [bound.name for bound in BOUNDS] == ["0.1m_1deg", "0.25m_2deg", "0.25m_5deg", "0.5m_5deg", "5m_10deg"]


def test_both_bounds_must_hold_and_equality_does():
    distances, angles = np.array([0.25, 0.25, 0.26, np.inf]), np.array([2.0, 2.1, 1.0, np.inf])
    assert within(distances, angles, Bound(0.25, 2)).tolist() == [True, False, False, False]


def test_percentiles_lie_between_ranks_and_infinity_is_not_averaged():
    assert percentile(np.array([0.0, 1.0, 2.0, 3.0]), 50) == 1.5
    assert percentile(np.array([1.0, np.inf]), 0) == 1
    assert percentile(np.array([1.0, np.inf]), 50) == np.inf
    assert percentile(np.array([np.inf, np.inf, 1.0]), 50) == np.inf


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0, 100))
def test_percentiles_are_numpys(values: list[float], share: float):
    assert percentile(np.array(values), share) == pytest.approx(float(np.percentile(values, share)), abs=1e-9)


def test_one_error_of_half_the_bound():
    # The curve rises straight to 1 at 5, then stays: 2.5 + 5 of 10.
    assert area_under_curve(np.array([5.0]), 10) == pytest.approx(0.75)


def test_errors_at_or_past_the_bound_do_not_count():
    assert area_under_curve(np.array([10.0, np.inf]), 10) == 0


def test_perfect_answers_fill_the_area():
    assert area_under_curve(np.zeros(4), 5) == 1


@settings(deadline=None)
@given(ERRORS, st.sampled_from([5.0, 10.0, 20.0]))
def test_the_area_is_that_of_a_finely_drawn_curve(errors: list[float], bound: float):
    """From (0, 0) straight over (error, share of errors up to it), level after the last one within the bound."""
    ordered = np.sort(errors)
    x = np.concatenate([[0.0], ordered[ordered < bound]])
    y = np.arange(len(x)) / len(ordered)
    fine = np.linspace(0, bound, 200_001)
    drawn = np.interp(fine, x, y)
    assert area_under_curve(np.array(errors), bound) == pytest.approx(drawn.mean(), abs=1e-3)
