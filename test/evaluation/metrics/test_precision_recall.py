from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.evaluation.metrics.precision_recall import precision_recall


def test_four_answers_by_hand():
    curve = precision_recall(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True]), positives=5)
    assert curve.precision == pytest.approx([1, 1, 2 / 3, 3 / 4])
    assert curve.recall == pytest.approx([1 / 5, 2 / 5, 2 / 5, 3 / 5])
    assert curve.auc == pytest.approx(1 / 5 + 1 / 5 + 3 / 4 / 5)
    assert curve.recall_at_full_precision == pytest.approx(2 / 5)


def test_equal_scores_are_let_in_together():
    curve = precision_recall(np.array([0.5, 0.5]), np.array([True, False]), positives=1)
    assert curve.precision.tolist() == [0.5]
    assert curve.recall_at_full_precision == 0


def test_an_order_that_is_wrong_first_never_has_full_precision():
    curve = precision_recall(np.array([0.9, 0.1]), np.array([False, True]), positives=1)
    assert (curve.auc, curve.recall_at_full_precision) == (0.5, 0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40))
def test_auc_is_scikit_learns_average_precision(answers: list[tuple[int, bool]]):
    metrics = pytest.importorskip("sklearn.metrics")
    scores, right = np.array([score for score, _ in answers], float), np.array([each for _, each in answers])
    if not right.any():
        return
    ours = precision_recall(scores, right, int(right.sum()))
    assert ours.auc == pytest.approx(metrics.average_precision_score(right, scores))
