from __future__ import annotations

import numpy as np
from point_scene import FORWARD, LENSES

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Matrix4
from vpr_ros.maps.geometry.choose_pairs import PAIRS_BY_LOOKS, PAIRS_BY_POSE, choose_pairs
from vpr_ros.maps.geometry.gather_keypoints import KeyframeCamera


def camera(pose: Matrix4) -> KeyframeCamera:
    return KeyframeCamera(LENSES["none"], pose, FORWARD)


def alike(count: int) -> np.ndarray:
    return np.ones((count, 1), np.float32)


def test_neighbours_that_look_the_same_way_are_paired() -> None:
    cameras = [camera(planar_pose(0, 0.3 * step, 0)) for step in range(3)]
    assert choose_pairs(cameras, alike(3)) == [(0, 1), (0, 2), (1, 2)]


def test_those_that_see_nothing_in_common_are_not() -> None:
    around = camera(planar_pose(0, 0.3, np.pi))
    far = camera(planar_pose(20, 0.3, 0))
    spot = camera(planar_pose(0, 0.01, 0.1))
    for other in (around, far, spot, None):
        assert choose_pairs([camera(planar_pose(0, 0, 0)), other], alike(2)) == []


def test_long_drives_make_a_bounded_number_of_pairs() -> None:
    cameras = [camera(planar_pose(0, 0.05 * step, 0)) for step in range(120)]
    pairs = choose_pairs(cameras, np.eye(120, dtype=np.float32))
    assert len(pairs) <= 120 * (PAIRS_BY_POSE + PAIRS_BY_LOOKS)
    assert all(one < two for one, two in pairs)
    assert pairs == sorted(set(pairs))


def test_what_looks_alike_is_paired_too() -> None:
    cameras = [camera(planar_pose(0, 0.1 * step, 0)) for step in range(60)]
    turns = 0.02 * np.arange(60)
    looks = np.column_stack([np.cos(turns), np.sin(turns)]).astype(np.float32)
    assert (0, 25) not in choose_pairs(cameras, looks)
    looks[25] = looks[0]
    assert (0, 25) in choose_pairs(cameras, looks)
