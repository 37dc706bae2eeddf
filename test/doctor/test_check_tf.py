"""TF: joined, said by one, often enough, spelled alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from robot_bag import BASE, CAMERA, MOUNT, START_NS, pose_at, transform

from vpr_ros.core.geometry import planar_pose
from vpr_ros.doctor.check_tf import check_tf
from vpr_ros.doctor.finding import FAIL, OK, WARN, Finding
from vpr_ros.doctor.recording import Recording


def bad(recording: Recording) -> list[Finding]:
    return [each for each in check_tf(recording) if each.level != OK]


def test_a_sound_tree(record: Callable[..., Recording]):
    told = [each.found for each in check_tf(record())]
    assert told == [
        "base_link -> camera_optical_frame, fixed",
        "map -> odom -> base_link",
        "3 transforms, each said by one",
    ]


def test_a_camera_that_nobody_joins(record: Callable[..., Recording]):
    (finding,) = bad(record(mount=None))
    assert (finding.level, finding.check) == (FAIL, "tf camera")
    assert f"static_transform_publisher {BASE} {CAMERA}" in finding.todo


def test_images_without_a_frame(record: Callable[..., Recording]):
    assert [each.found for each in bad(record(image_frame="", info_frame=""))] == [
        "images name no frame (header.frame_id is empty)"
    ]


def test_another_base_frame_is_named(record: Callable[..., Recording]):
    finding = next(each for each in check_tf(record({"base_frame": "base_footprint"})) if each.level == FAIL)
    assert "base_link, camera_optical_frame" in finding.todo


def test_a_map_that_is_not_joined(record: Callable[..., Recording]):
    recording = record(in_map=False, more_static=(transform("map", "charger", START_NS, np.eye(4)),))
    (finding,) = bad(recording)
    assert (finding.level, finding.check) == (WARN, "tf map")


def test_gaps_are_told_where_images_lie_in_them(record: Callable[..., Recording]):
    (odom, in_map) = bad(record(tf_said=lambda now: not 3 < (now - START_NS) / 1e9 < 5))
    assert "map -> odom has 1 gaps of over 0.5 s" in in_map.found
    assert "up to 2.0 s" in odom.found
    assert bad(record({"max_pose_gap_s": 3.0}, tf_said=lambda now: not 3 < (now - START_NS) / 1e9 < 5)) == []


def test_two_publishers_of_one_transform(record: Callable[..., Recording]):
    def rival(now: int) -> list[dict[str, object]]:
        return [transform("odom", BASE, now + 1000, pose_at(now) @ planar_pose(0.3, 0.0, 0.0))]

    (finding,) = [each for each in bad(record(more_tf=rival)) if each.check == "tf tree"]
    assert finding.level == FAIL
    assert "two publishers disagree on odom -> base_link" in finding.found


def test_two_fixed_mountings(record: Callable[..., Recording]):
    moved = MOUNT @ planar_pose(0.2, 0.0, 0.0)
    (finding,) = bad(record(more_static=(transform(BASE, CAMERA, START_NS, moved),)))
    assert "two publishers disagree on base_link -> camera_optical_frame" in finding.found


def test_two_parents(record: Callable[..., Recording]):
    recording = record(more_tf=lambda now: [transform("base_footprint", BASE, now, np.eye(4))])
    finding = next(each for each in bad(recording) if each.check == "tf tree")
    assert finding.level == FAIL
    assert "'base_footprint' and 'odom'" in finding.found


def test_a_leading_slash_and_a_camera_info_of_another_frame(record: Callable[..., Recording]):
    slash, other = bad(record(image_frame=f"/{CAMERA}", info_frame="camera_link"))
    assert slash.level == other.level == WARN
    assert slash.found == f"frames with a leading slash: /{CAMERA}"
    assert "their CameraInfo in 'camera_link'" in other.found


@pytest.mark.parametrize("noise_m", [0.0, 0.005])
def test_a_robot_that_stands_and_trembles_is_no_rivalry(record: Callable[..., Recording], noise_m: float):
    rng = np.random.default_rng(0)
    recording = record(believed=lambda _pose, _number: planar_pose(*rng.normal(0, noise_m, 2), 0.0))
    assert bad(recording) == []
