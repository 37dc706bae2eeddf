from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.evaluation.metrics.risk_coverage import risk_coverage


def test_five_queries_four_answers_by_hand():
    curve = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([False, False, True, False]), queries=5)
    assert curve.coverage == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert curve.risk == pytest.approx([0, 0, 1 / 3, 1 / 4])
    assert curve.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert curve.coverage_at(0.0) == pytest.approx(0.4)
    assert curve.coverage_at(0.25) == pytest.approx(0.8)
    assert curve.coverage_at(0.3) == pytest.approx(0.8)


def test_an_order_that_knows_nothing_allows_no_coverage():
    curve = risk_coverage(np.array([0.5, 0.5]), np.array([True, False]), queries=2)
    assert curve.risk.tolist() == [0.5]
    assert curve.coverage_at(0.1) == 0


def test_the_order_of_queries_does_not_matter():
    scores, wrong = np.array([0.1, 0.9, 0.5]), np.array([True, False, False])
    assert risk_coverage(scores, wrong, 3).aurc == risk_coverage(scores[::-1], wrong[::-1], 3).aurc
