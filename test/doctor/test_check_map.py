"""A recording against a map: what the map answers, and what its answers have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from robot_bag import turned
from textured_room import LENS

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import (
    Candidate,
    Candidates,
    Estimate,
    Frame,
    LabelGuess,
    Matrix4,
    Rejected,
    VerifiedPose,
)
from vpr_ros.doctor.check_map import check_answers, check_camera, check_residual
from vpr_ros.doctor.finding import FAIL, OK, SKIP, WARN, worst
from vpr_ros.maps.place_map import CameraCalibration, PlaceMap

IDENTITY = np.eye(4)


def base_poses(count: int = 20) -> list[Matrix4]:
    return [planar_pose(0.3 * k, 0.1 * k, 0.7 * k) for k in range(count)]


def frames(count: int = 20) -> list[Frame]:
    image = np.zeros((4, 4, 3), np.uint8)
    return [Frame(image, k, "camera", str(k), map_from_base=pose) for k, pose in enumerate(base_poses(count))]


def answering(of_base: Matrix4 = IDENTITY, of_map: Matrix4 = IDENTITY, every: int = 1) -> Callable[[Frame], Estimate]:
    """A map whose every n-th answer has a pose, off by these, and by a little noise."""
    rng = np.random.default_rng(1)

    def localize(frame: Frame) -> Estimate:
        pose: VerifiedPose | Rejected = Rejected("too few inliers")
        if frame.stamp_ns % every == 0:
            noise = planar_pose(*rng.normal(0, 0.01, 2), 0.002 * rng.normal())
            pose = VerifiedPose(of_map @ frame.map_from_base @ of_base @ noise, np.eye(6), None, {})
        unknown = LabelGuess()
        seen = Candidates((Candidate(1, 0.9),))
        return Estimate(frame.stamp_ns, "", "", seen, None, unknown, unknown, None, {}, pose=pose)

    return localize


def test_answers_are_counted():
    findings, pairs = check_answers(frames(), answering(), solves_poses=True)
    assert [each.level for each in findings] == [OK]
    assert findings[0].numbers["answered_share"] == 1.0
    assert len(pairs) == 20


def test_a_map_that_hardly_answers():
    findings, pairs = check_answers(frames(), answering(every=10), solves_poses=True)
    assert [each.level for each in findings] == [WARN]
    assert "of 20 frames 20 got a place, 2 a pose" in findings[0].found
    assert [each.level for each in check_residual(pairs)] == [SKIP]


def test_a_map_without_points_is_not_asked_for_poses():
    findings, pairs = check_answers(frames(), answering(), solves_poses=False)
    assert (worst(findings), pairs) == (WARN, [])


def residual_of(**off: Matrix4) -> object:
    _, pairs = check_answers(frames(), answering(**off), solves_poses=True)
    (finding,) = check_residual(pairs)
    return finding


def test_answers_around_the_truth():
    assert residual_of().level == OK


@pytest.mark.parametrize(
    ("off", "words", "name", "value"),
    [
        (planar_pose(0.2, 0.0, 0.0), "0.20 m forward", "x_m", 0.2),
        (planar_pose(0.0, -0.15, 0.0), "0.15 m right", "y_m", -0.15),
        (planar_pose(0.0, 0.0, 0.0, z=0.1), "0.10 m up", "z_m", 0.1),
        (turned(yaw=4.0), "+4.0 degrees of yaw", "yaw_deg", 4.0),
        (turned(pitch=-3.0), "-3.0 degrees of pitch", "pitch_deg", -3.0),
    ],
)
def test_a_camera_that_sits_elsewhere(off: Matrix4, words: str, name: str, value: float):
    finding = residual_of(of_base=off)
    assert finding.level == WARN
    assert words in finding.found
    assert finding.numbers[name] == pytest.approx(value, abs=0.15 if "deg" in name else 0.01)


def test_poses_of_another_map():
    finding = residual_of(of_map=planar_pose(4.0, 2.0, 0.0))
    assert finding.level == WARN
    assert "always by the same on the map" in finding.found
    assert "another map's frame" in finding.todo


def test_poses_that_drift_tell_nothing_of_the_mounting():
    rng = np.random.default_rng(2)
    pairs = [(pose, pose @ planar_pose(*rng.normal(0, 5, 2), 0.0)) for pose in base_poses()]
    (finding,) = check_residual(pairs)
    assert "drift or are of another map" in finding.todo


@pytest.mark.parametrize(("focal_px", "level"), [(260.0, OK), (300.0, OK), (120.0, WARN), (700.0, WARN)])
def test_the_field_of_view_of_both_cameras(focal_px: float, level: str):
    here = dataclasses.replace(LENS, matrix=np.array([[focal_px, 0, 159.5], [0, focal_px, 119.5], [0, 0, 1]]))
    (finding,) = check_camera(map_of(), here, "base_link", "map")
    assert finding.level == level


def test_frames_of_other_names():
    findings = check_camera(map_of(), None, "base_footprint", "/map")
    assert [(each.level, each.found) for each in findings] == [
        (FAIL, "the map's base frame is 'base_link', here it is 'base_footprint'")
    ]


def map_of() -> PlaceMap:
    """As far as a camera goes."""
    held = object.__new__(PlaceMap)
    for name, value in {
        "map_frame": "map",
        "base_frame": "base_link",
        "cameras": (CameraCalibration("camera", LENS, IDENTITY),),
    }.items():
        object.__setattr__(held, name, value)
    return held
