"""Between samples, never outside of them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.geometry import planar_pose
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer, OdometrySample, began_anew

SECOND = 10**9


def _filled(*seconds: float) -> OdometryBuffer:
    buffer = OdometryBuffer(kept_s=10.0, max_gap_s=0.5)
    for each in seconds:
        buffer.add(OdometrySample(round(each * SECOND), planar_pose(each, 0.0, 0.1 * each)))
    return buffer


@settings(deadline=None)
@given(st.floats(1.0, 1.4))
def test_halfway_is_halfway(second: float) -> None:
    found = _filled(1.0, 1.4).at(round(second * SECOND))
    assert found is not None
    np.testing.assert_allclose(found, planar_pose(second, 0.0, 0.1 * second), atol=1e-6)


def test_nothing_outside_and_in_gaps() -> None:
    buffer = _filled(1.0, 1.4, 2.4)
    assert buffer.at(SECOND - 1) is None
    assert buffer.at(round(1.9 * SECOND)) is None
    assert buffer.at(round(2.4 * SECOND) + 1) is None
    assert OdometryBuffer().at(0) is None


def test_old_samples_are_let_go_and_time_that_goes_back_begins_anew() -> None:
    buffer = _filled(1.0, 1.4, 11.2)
    assert buffer.at(SECOND) is None
    assert buffer.at(round(1.4 * SECOND)) is not None
    buffer.add(OdometrySample(5 * SECOND, np.eye(4)))
    assert buffer.at(round(11.2 * SECOND)) is None
    newest = buffer.newest()
    assert newest is not None
    assert newest.stamp_ns == 5 * SECOND


@pytest.mark.parametrize(
    ("passed_s", "last", "then", "anew"),
    [
        (0.1, (3.0, 1.0, 0.0), (3.1, 1.0, 0.1), False),
        (-0.1, (3.0, 1.0, 0.0), (3.0, 1.0, 0.0), True),
        (0.1, (0.2, 0.0, 2.0), (0.0, 0.0, 0.0), True),  # reset where it stood, turned
        (4.0, (12.0, 3.0, 1.0), (0.0, 0.0, 0.0), True),  # driver started again within what could have been driven
        (60.0, (100.0, 3.0, 1.0), (0.0, 30.0, 0.0), True),
        (5.0, (3.0, 1.0, 0.0), (6.0, 1.0, 2.0), False),  # lost for a while, and going on
        (5.0, (0.05, 0.0, 0.0), (0.0, 0.0, 0.0), False),  # never left
        (0.1, (0.1, 0.0, 0.05), (0.0, 0.0, 0.0), False),  # back where it began
    ],
)
def test_what_does_not_go_on_begins_anew(
    passed_s: float, last: tuple[float, float, float], then: tuple[float, float, float], anew: bool
) -> None:
    first = OdometrySample(100 * SECOND, planar_pose(*last))
    second = OdometrySample(100 * SECOND + round(passed_s * SECOND), planar_pose(*then))
    assert began_anew(first, second) == anew
    buffer = OdometryBuffer(kept_s=100.0)
    buffer.add(first)
    buffer.add(second)
    assert (buffer.moved(first.stamp_ns, second.stamp_ns) is None) == anew


def test_motion_is_seen_from_the_earlier_base() -> None:
    buffer = OdometryBuffer()
    buffer.add(OdometrySample(0, planar_pose(5.0, 5.0, np.pi / 2)))
    buffer.add(OdometrySample(SECOND // 2, planar_pose(5.0, 6.0, np.pi / 2)))
    moved = buffer.moved(0, SECOND // 2)
    assert moved is not None
    np.testing.assert_allclose(moved, planar_pose(1.0, 0.0, 0.0), atol=1e-12)
    assert buffer.moved(0, SECOND) is None


def test_what_is_on_its_way_is_waited_for() -> None:
    buffer = _filled(1.0, 1.1)
    late = threading.Timer(0.05, lambda: buffer.add(OdometrySample(round(1.2 * SECOND), planar_pose(1.2, 0.0, 0.12))))
    late.start()
    found = buffer.wait_for(round(1.15 * SECOND), patience_s=20.0)
    late.join()
    assert found is not None
    assert found[0, 3] == pytest.approx(1.15)


def test_nobody_waits_for_what_does_not_come() -> None:
    began = time.monotonic()
    assert OdometryBuffer().wait_for(SECOND, patience_s=20.0) is None
    assert _filled(1.0).wait_for(5 * SECOND, patience_s=20.0) is None  # odometry was lost long ago
    assert _filled(1.0).wait_for(SECOND // 2, patience_s=20.0) is None
    buffer = _filled(1.0)
    threading.Timer(0.05, buffer.clear).start()
    assert buffer.wait_for(round(1.1 * SECOND), patience_s=20.0) is None
    assert time.monotonic() - began < 15.0
    assert _filled(1.0).wait_for(round(1.1 * SECOND), patience_s=0.01) is None
