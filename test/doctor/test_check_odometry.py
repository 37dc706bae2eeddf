"""Odometry: there, of the base, without jumps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from robot_bag import START_NS

from vpr_ros.core.geometry import planar_pose
from vpr_ros.doctor.check_odometry import check_odometry
from vpr_ros.doctor.finding import FAIL, OK, SKIP, WARN, Finding
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.reference_track import find_reference


def judged(recording: Recording) -> list[Finding]:
    return check_odometry(recording, find_reference(recording))


def test_sound_odometry(record: Callable[..., Recording]):
    (finding,) = judged(record())
    assert finding.level == OK
    assert finding.numbers["rate_hz"] == pytest.approx(20.0)
    assert 2.0 < finding.numbers["path_m"] < 6.0


def test_odometry_from_tf_and_from_nowhere(record: Callable[..., Recording]):
    (from_tf,) = judged(record(odometry=False))
    assert from_tf.level == OK
    assert from_tf.found.startswith("TF odom -> base_link")
    (nothing,) = judged(record(odometry=False, tf=False))
    assert nothing.level == SKIP


def test_a_jump(record: Callable[..., Recording]):
    (finding,) = judged(record(believed=lambda pose, number: planar_pose(1.5 * (number > 200), 0.0, 0.0) @ pose))
    assert finding.level == FAIL
    assert "it jumps 1 times, once by 1.48 m in 0.05 s" in finding.found


def test_a_floor_higher_is_no_jump(record: Callable[..., Recording]):
    lifted = record(believed=lambda pose, number: planar_pose(0.0, 0.0, 0.0, z=3.0 * (number > 200)) @ pose)
    assert [each.level for each in judged(lifted)] == [OK]


def test_slow_odometry(record: Callable[..., Recording]):
    assert [each.level for each in judged(record(odometry_hz=2.0))] == [WARN]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"child_frame_id": ""}, "names no frames"),
        ({"child_frame_id": "wheels"}, "poses 'wheels', not 'base_link'"),
        ({"pose": {"covariance": [-1.0] + [0.0] * 35}}, "a covariance that is none"),
    ],
)
def test_what_odometry_says_of_itself(record: Callable[..., Recording], fields: dict[str, object], told: str):
    findings = [each for each in judged(record(odometry_fields=fields)) if each.level == WARN]
    assert any(told in each.found for each in findings)


def test_a_localizer_that_corrects_itself(record: Callable[..., Recording]):
    def corrected(now: int) -> np.ndarray:
        return planar_pose(0.8 if now > START_NS + 5 * 10**9 else 0.0, 0.0, 0.0)

    findings = judged(record(map_from_odom=corrected, odometry=False))
    (finding,) = [each for each in findings if each.check == "map poses"]
    assert finding.level == WARN
    assert "map -> odom corrects itself by over 0.5 m 1 times, by up to 0.8 m" in finding.found


def test_a_localizer_that_speaks_once_a_second_does_not_slow_odometry_down(record: Callable[..., Recording]):
    (finding,) = judged(record(odometry=False, localized_hz=1.0))
    assert finding.level == OK
    assert finding.numbers["rate_hz"] == pytest.approx(20.0)


def test_poses_of_the_map_stand_in_for_odometry_and_that_is_said(record: Callable[..., Recording]):
    recording = record(odometry=False, above_base="map", in_map=False)
    found = find_reference(recording)
    assert found is not None
    assert found.in_map
    assert judged(recording)[0].level == SKIP
