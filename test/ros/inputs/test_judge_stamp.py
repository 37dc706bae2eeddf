"""Which stamps are of now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.ros.inputs.judge_stamp import MAX_AHEAD_S, judge_stamp

NOW_NS = 1_700_000_000 * 10**9


@pytest.mark.parametrize(
    ("stamp_ns", "now_ns", "reason"),
    [
        (0, NOW_NS, "zero stamp"),
        (0, 0, "zero stamp"),
        (5 * 10**9, 0, "no clock"),
        (NOW_NS - 1_000_000_001, NOW_NS, "old"),
        (NOW_NS + 200_000_001, NOW_NS, "future"),
    ],
)
def test_bad_stamps_are_named(stamp_ns: int, now_ns: int, reason: str) -> None:
    bad = judge_stamp(stamp_ns, now_ns, max_age_s=1.0, simulated=False)
    assert bad is not None
    assert bad.reason == reason


@given(st.integers(-(10**10), 10**10))
def test_good_from_max_age_behind_to_a_tick_ahead(ahead_ns: int) -> None:
    good = judge_stamp(NOW_NS + ahead_ns, NOW_NS, max_age_s=2.0, simulated=False) is None
    assert good == (-2e9 <= ahead_ns <= MAX_AHEAD_S * 1e9)


def test_an_image_of_last_month_gets_the_advice_for_bags() -> None:
    bad = judge_stamp(NOW_NS - 30 * 86400 * 10**9, NOW_NS, 1.0, simulated=False)
    assert bad is not None
    assert "--clock" in bad.advice
    recent = judge_stamp(NOW_NS - 3 * 10**9, NOW_NS, 1.0, simulated=False)
    assert recent is not None
    assert "--clock" not in recent.advice
    assert "3.0 s old, node.max_age_s is 1" in recent.advice


@given(st.integers(-(10**10), 10**10))
def test_a_simulated_clock_may_lag_as_far_as_images_may_be_old(ahead_ns: int) -> None:
    good = judge_stamp(NOW_NS + ahead_ns, NOW_NS, max_age_s=2.0, simulated=True) is None
    assert good == (abs(ahead_ns) <= 2e9)
