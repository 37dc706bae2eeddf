from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.evaluation.summary.sequences import sequence_numbers

SECOND = 10**9


def seconds(*stamps: float) -> list[int]:
    return [round(stamp * SECOND) for stamp in stamps]


def test_slices_of_frames_are_sequences():
    assert sequence_numbers([0, 1, 5, 6], seconds(0, 1, 5, 6), 100) == [0, 0, 1, 1]


def test_clocks_that_jump_hours_or_go_back_begin_a_new_one():
    assert sequence_numbers([0, 1, 2, 3], seconds(0, 1, 7201, 7200), 1e6) == [0, 0, 1, 2]


def test_long_drives_are_cut():
    assert sequence_numbers(range(6), seconds(*range(6)), 2) == [0, 0, 1, 1, 2, 2]


def test_a_single_frame_is_one_sequence_and_none_are_none():
    assert sequence_numbers([7], [0], 30) == [0]
    assert sequence_numbers([], [], 30) == []


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 20), max_size=30), st.floats(0.5, 60))
def test_no_sequence_lasts_longer_than_it_may(steps: list[float], longest_s: float):
    stamps = [0]
    for step in steps:
        stamps.append(stamps[-1] + round(step * SECOND))
    found = sequence_numbers(range(len(stamps)), stamps, longest_s)
    assert found == sorted(found)
    for number in set(found):
        mine = [stamp for stamp, each in zip(stamps, found, strict=True) if each == number]
        assert mine[-1] - mine[0] < longest_s * SECOND
