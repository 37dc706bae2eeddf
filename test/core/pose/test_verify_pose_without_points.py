"""Maps whose keypoints have no points: poses from several keyframes, or none."""

from __future__ import annotations

import numpy as np
import pytest
from ask_verifier import QUERY, ask
from pose_scene import (
    ON_ROBOT,
    World,
    robot_at,
    room,
)

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose import gates, solve_relative
from vpr_ros.core.records import Rejected, VerifiedPose


def test_a_map_without_points_gives_a_metric_pose_from_several_keyframes():
    world = World.of(room(), noise_px=0.3)
    bases = (robot_at(0, 0, 0), robot_at(-0.6, 0.5, -3), robot_at(-0.3, -0.5, 3))
    keyframes = [world.keyframe(i, base, known=False) for i, base in enumerate(bases)]
    pose = ask(world, keyframes=keyframes)
    assert isinstance(pose, VerifiedPose)
    assert pose.relative is None
    assert np.linalg.norm(pose.map_from_base[:3, 3] - QUERY[:3, 3]) < 0.03


@pytest.mark.parametrize("shift", [robot_at(10, 0, 0), robot_at(0, 0, 180)], ids=["repeated", "mirrored"])
@pytest.mark.parametrize("also_here", [1, 3], ids=["one keyframe here", "as many here"])
def test_a_corridor_that_repeats_is_ambiguous_without_points_too(shift, also_here):
    here = World.of(room(800), noise_px=0.3)
    there = World(here.points @ shift[:3, :3].T + shift[:3, 3], here.looks, 0.3)
    bases = (robot_at(0, 0, 0), robot_at(-0.6, 0.5, -3), robot_at(-0.3, -0.5, 3))
    keyframes = [there.keyframe(i, shift @ base, known=False) for i, base in enumerate(bases)]
    keyframes += [here.keyframe(3 + i, base, known=False) for i, base in enumerate(bases[:also_here])]
    pose = ask(here, keyframes=keyframes)
    assert isinstance(pose, Rejected)
    assert pose.reason == gates.AMBIGUOUS


def test_one_keyframe_without_points_gives_a_direction_and_says_so():
    world = World.of(room(), noise_px=0.3)
    pose = ask(world, keyframes=[world.keyframe(0, robot_at(-0.8, 0.1, 4), known=False)])
    assert isinstance(pose, Rejected)
    assert pose.reason == solve_relative.ONE_KEYFRAME
    assert pose.numbers["z"] == pytest.approx(1.0, abs=0.05)  # straight ahead of the keyframe's camera
    assert abs(pose.numbers["qw"]) == pytest.approx(1.0, abs=0.01)


def test_turning_on_the_spot_has_no_direction():
    world = World.of(room(), noise_px=0.3)
    keyframes = [_turned_about_the_camera(world, number, yaw) for number, yaw in enumerate((8, -6))]
    pose = ask(world, keyframes=keyframes)
    assert isinstance(pose, Rejected)
    assert pose.reason == solve_relative.NO_BASELINE


def _turned_about_the_camera(world, number, yaw):
    """The camera stands where the query's stands and looks aside."""
    aside = np.eye(4)
    half = np.radians(yaw)
    aside[:3, :3] = [[np.cos(half), 0, np.sin(half)], [0, 1, 0], [-np.sin(half), 0, np.cos(half)]]
    return world.keyframe(number, QUERY @ ON_ROBOT @ aside @ invert_pose(ON_ROBOT), known=False)
