from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.evaluation.metrics.recall import first_right_ranks, found_within


def test_ranks_count_from_one_and_zero_is_never():
    ranks = first_right_ranks([[True, True], [False, True], [False, False], []])
    assert ranks.tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize(("count", "share"), [(1, 0.25), (5, 0.5), (10, 0.75)])
def test_recall_of_four_queries(count: int, share: float):
    ranks = np.array([1, 3, 10, 0])
    assert found_within(ranks, count).mean() == share


@settings(deadline=None)
@given(st.lists(st.lists(st.booleans(), max_size=12), min_size=1, max_size=20), st.integers(1, 12))
def test_recall_is_what_its_words_say(right: list[list[bool]], count: int):
    expected = sum(any(row[:count]) for row in right) / len(right)
    assert found_within(first_right_ranks(right), count).mean() == expected
