from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.evaluation.metrics.binomial_bound import upper_bound


@pytest.mark.parametrize("answers", [1, 10, 300, 100_000])
def test_no_errors_is_the_closed_form_and_about_three_over_n(answers: int):
    assert upper_bound(0, answers) == pytest.approx(1 - 0.05 ** (1 / answers), rel=1e-6)
    assert upper_bound(0, answers) <= 3 / answers


def test_all_wrong_or_nothing_known_may_be_anything():
    assert upper_bound(7, 7) == 1
    assert upper_bound(0, 0) == 1


def test_one_error_in_two_solves_its_quadratic():
    # At most one of two: 1 - p^2 = 0.05.
    assert upper_bound(1, 2) == pytest.approx(0.95**0.5)


def test_more_errors_than_answers_are_a_defect():
    with pytest.raises(ValueError, match="3 errors in 2 answers"):
        upper_bound(3, 2)


@settings(deadline=None)
@given(st.integers(1, 5000), st.floats(0, 1))
def test_it_is_the_quantile_of_the_beta_distribution(answers: int, share: float):
    stats = pytest.importorskip("scipy.stats")
    errors = min(int(share * answers), answers - 1)
    assert upper_bound(errors, answers) == pytest.approx(stats.beta.ppf(0.95, errors + 1, answers - errors), abs=1e-9)
