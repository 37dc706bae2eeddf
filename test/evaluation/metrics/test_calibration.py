from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.evaluation.metrics.calibration import brier_score, expected_calibration_error, reliability

PROBABILITIES = np.array([0.95, 0.95, 0.65, 1.0, 0.0])
RIGHT = np.array([True, False, True, True, False])


def test_bins_by_hand():
    rows = reliability(PROBABILITIES, RIGHT)
    assert [(row.low, row.count) for row in rows] == [(0.0, 1), (0.6, 1), (0.9, 3)]
    assert rows[-1].said == pytest.approx((0.95 + 0.95 + 1) / 3)
    assert rows[-1].right == pytest.approx(2 / 3)


def test_calibration_error_is_the_weighted_gap():
    expected = (1 * 0 + 1 * 0.35 + 3 * abs(2 / 3 - 2.9 / 3)) / 5
    assert expected_calibration_error(reliability(PROBABILITIES, RIGHT)) == pytest.approx(expected)


def test_probabilities_that_come_true_have_no_error():
    said = np.full(100, 0.75)
    came = np.arange(100) < 75
    assert expected_calibration_error(reliability(said, came)) == pytest.approx(0)
    assert brier_score(said, came) == pytest.approx(0.75 * 0.0625 + 0.25 * 0.5625)


def test_sure_and_right_is_perfect():
    assert brier_score(np.ones(3), np.ones(3)) == 0
