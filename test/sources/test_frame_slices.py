"""`--frames`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.errors import UsageError
from vpr_ros.sources.frame_slices import parse_frames


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:3", [0, 1, 2]),
        ("0:2,4:6", [0, 1, 4, 5]),
        (":2, 8:", [0, 1, 8, 9]),
        ("3", [3]),
        ("0:10", list(range(10))),
        ("0,9", [0, 9]),
    ],
)
def test_slices(text: str, expected: list[int]) -> None:
    assert parse_frames(text, 10) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5:11", r"--frames 5:11: the source holds 10 frames, 0 to 9"),
        ("10", r"--frames 10: the source holds 10 frames"),
        ("10:", r"--frames 10:: the source holds 10 frames"),
        ("5:5", r"--frames 5:5: no frame lies in this slice"),
        ("6:2", r"--frames 6:2: no frame lies in this slice"),
        ("4:6,0:2", r"0:2 goes back"),
        ("0:4,3:6", r"3:6 goes back"),
        ("", r"--frames '': expected slices such as 0:20,40:60"),
        ("a:b", r"expected slices"),
        ("-3:", r"expected slices"),
        ("0:3,", r"expected slices"),
        (":", r"expected slices"),
        ("9" * 5000, r"expected slices"),
    ],
)
def test_what_is_wrong_is_said(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_frames(text, 10)


@given(st.text(alphabet="0123456789:, -x", max_size=12), st.integers(1, 60))
def test_anything_is_ascending_numbers_of_the_source_or_refused(text: str, length: int) -> None:
    try:
        numbers = parse_frames(text, length)
    except UsageError:
        return
    assert numbers == sorted(set(numbers))
    assert numbers
    assert numbers[0] >= 0
    assert numbers[-1] < length
