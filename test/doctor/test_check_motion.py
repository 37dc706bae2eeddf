"""Clocks and mounting by motion: a planted error is found, with its size and its side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from robot_bag import MOUNT, MS, turned

from vpr_ros.core.records import Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.doctor.check_motion import BODY_FROM_OPTICAL, check_motion
from vpr_ros.doctor.examine import examine_bag
from vpr_ros.doctor.finding import FAIL, OK, SKIP, WARN, Finding
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.reference_track import Reference
from vpr_ros.doctor.watch_frames import Watched
from vpr_ros.sources.pose_track import PoseTrack


def delayed(watched: Watched, late_ms: int) -> Watched:
    """As if images were stamped that late."""
    motions = [
        dataclasses.replace(each, start_ns=each.start_ns + late_ms * MS, end_ns=each.end_ns + late_ms * MS)
        for each in watched.motions
    ]
    return dataclasses.replace(watched, motions=tuple(motions))


def named(findings: list[Finding], check: str) -> Finding:
    (finding,) = [each for each in findings if each.check == check]
    return finding


def rotated(rotation: np.ndarray) -> Matrix4:
    pose = np.eye(4)
    pose[:3, :3] = rotation
    return pose


@pytest.mark.parametrize(
    ("late_ms", "level", "words"), [(0, OK, ""), (60, WARN, " late "), (-60, WARN, " early "), (400, FAIL, " late ")]
)
def test_a_time_offset(watched: Watched, reference: Reference, late_ms: int, level: str, words: str):
    finding = named(check_motion(delayed(watched, late_ms), reference, MOUNT), "time offset")
    assert finding.level == level
    assert words in finding.found
    assert finding.numbers["late_s"] == pytest.approx(late_ms / 1000, abs=0.012)
    assert finding.numbers["deviation_s"] < 0.012


def test_an_offset_in_a_bag_is_found_from_end_to_end(record: Callable[..., Recording]):
    recording = record(stamp_image=lambda now: now + 150 * MS, hear_image=lambda now: now + 160 * MS)
    findings = {each.check: each for each in examine_bag(recording, Settings())}
    assert findings["time offset"].level == FAIL
    assert findings["time offset"].numbers["late_s"] == pytest.approx(0.15, abs=0.012)
    # What is known to be late does not make the mounting wrong.
    assert findings["mounting"].level == OK


def test_odometry_of_another_drive(watched: Watched, reference: Reference):
    other = PoseTrack(reference.track.stamps_ns, reference.track.poses[::-1].copy())
    finding = named(check_motion(watched, Reference("/odom", other), MOUNT), "time offset")
    assert finding.level in (FAIL, SKIP)


def test_a_calibration_of_another_image_size_turns_too_far(watched: Watched, reference: Reference):
    halved = [dataclasses.replace(each, turn=each.turn * 2) for each in watched.motions]
    finding = named(check_motion(dataclasses.replace(watched, motions=tuple(halved)), reference, MOUNT), "turns")
    assert finding.level == WARN
    assert finding.numbers["scale"] == pytest.approx(2.0, abs=0.15)
    assert all(each.check != "turns" for each in check_motion(watched, reference, MOUNT))


@pytest.mark.parametrize(
    ("off", "words"),
    [
        ({"pitch": 6.0}, "degrees higher than TF says"),
        ({"pitch": -6.0}, "degrees lower than TF says"),
        ({"roll": 6.0}, "degrees rolled to the left than TF says"),
        ({"yaw": 8.0}, "degrees further right than TF says"),
        ({"yaw": -8.0}, "degrees further left than TF says"),
    ],
)
def test_a_mounting_that_is_measured_wrong(watched: Watched, reference: Reference, off: dict[str, float], words: str):
    finding = named(check_motion(watched, reference, turned(**off) @ MOUNT), "mounting")
    assert finding.level == WARN
    assert words in finding.found
    ((axis, degrees),) = off.items()
    assert finding.numbers[f"{axis}_off_deg"] == pytest.approx(-degrees, abs=1.5)


def test_a_mounting_that_is_right(watched: Watched, reference: Reference):
    finding = named(check_motion(watched, reference, MOUNT), "mounting")
    assert finding.level == OK
    assert abs(finding.numbers["pitch_off_deg"]) < 1.0
    assert abs(finding.numbers["yaw_off_deg"]) < 1.5


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (rotated(BODY_FROM_OPTICAL.T), "the images name the camera's body frame"),
        (rotated(BODY_FROM_OPTICAL), "the optical rotation is applied twice"),
        (rotated(np.diag([-1.0, -1.0, 1.0])), "the camera is upside down"),
        (rotated(np.diag([-1.0, 1.0, -1.0])), "the camera looks the other way"),
    ],
)
def test_a_convention_that_is_broken_is_named(watched: Watched, reference: Reference, mistake: Matrix4, words: str):
    finding = named(check_motion(watched, reference, MOUNT @ mistake), "mounting")
    assert finding.level == FAIL
    assert words in finding.found


def test_a_body_frame_is_named_though_the_robot_only_turns_on_the_spot(watched: Watched, reference: Reference):
    turning = [dataclasses.replace(each, shift=None) for each in watched.motions]
    watched = dataclasses.replace(watched, motions=tuple(turning))
    finding = named(check_motion(watched, reference, MOUNT @ rotated(BODY_FROM_OPTICAL.T)), "mounting")
    assert finding.level == FAIL
    assert "the images name the camera's body frame" in finding.found
    assert named(check_motion(watched, reference, MOUNT), "mounting").level == OK
    # Turning does not show where ahead is.
    assert named(check_motion(watched, reference, turned(yaw=30.0) @ MOUNT), "mounting").level == OK


def test_a_robot_that_stands_tells_nothing_and_a_body_frame_is_suspected(watched: Watched, reference: Reference):
    poses = np.tile(np.eye(4), (len(reference.track.poses), 1, 1))
    standing = Reference("/odom", PoseTrack(reference.track.stamps_ns, poses))
    still = dataclasses.replace(watched, motions=())
    assert [each.level for each in check_motion(still, standing, MOUNT)] == [SKIP]
    body = MOUNT @ rotated(BODY_FROM_OPTICAL.T)
    assert SKIP in {each.level for each in check_motion(watched, standing, body)}


def test_without_odometry_or_calibration_nothing_is_claimed(watched: Watched, reference: Reference):
    assert [each.level for each in check_motion(watched, None, MOUNT)] == [SKIP]
    unknown = dataclasses.replace(watched, lens="the camera is not calibrated", motions=())
    assert [each.level for each in check_motion(unknown, reference, MOUNT)] == [SKIP]
