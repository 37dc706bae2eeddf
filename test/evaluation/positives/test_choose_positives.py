from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import UsageError
from vpr_ros.evaluation.positives.choose_positives import PositivesChoice, parse_positives


def test_what_people_write():
    assert parse_positives("distance=0.5,angle=30") == PositivesChoice(distance_m=0.5, angle_deg=30.0)
    assert parse_positives("overlap=0.3, angle=20") == PositivesChoice(overlap=0.3, angle_deg=20.0)
    assert parse_positives("distance=5") == PositivesChoice(distance_m=5.0)
    assert parse_positives("label=room") == PositivesChoice(label="room")
    assert parse_positives("right.JSON") == PositivesChoice(path=Path("right.JSON"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("distanse=3", "did you mean distance="),
        ("", "expected distance="),
        ("angle=3", "expected one of"),
        ("distance=1,overlap=0.3", "expected one of"),
        ("distance=1,distance=2", "stands twice"),
        ("distance=-1", "outside 0"),
        ("distance=nan", "outside 0"),
        ("overlap=1.5", "outside 0..1"),
        ("overlap=x", "is no number"),
        ("label=house", "one of place, room, floor"),
        ("label=room,angle=3", "expected one of"),
        ("5", "cannot read '5'"),
    ],
)
def test_a_mistake_is_one_line(text: str, told: str):
    with pytest.raises(UsageError, match=told) as raised:
        parse_positives(text)
    assert "\n" not in str(raised.value)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str):
    with contextlib.suppress(UsageError):
        assert parse_positives(text) != PositivesChoice()


@settings(deadline=None)
@given(st.floats(0, 1000), st.floats(0, 180))
def test_numbers_come_through(distance_m: float, angle_deg: float):
    choice = parse_positives(f"distance={distance_m!r},angle={angle_deg!r}")
    assert (choice.distance_m, choice.angle_deg) == (distance_m, angle_deg)
