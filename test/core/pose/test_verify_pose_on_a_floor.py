"""What a wheeled robot can and cannot do decides with."""

from __future__ import annotations

import numpy as np
from ask_verifier import BASES, NO_ROBOT, QUERY, ask, verify
from pose_scene import (
    World,
    robot_at,
    room,
)

from vpr_ros.core.pose import gates, robot_gates
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Rejected, VerifiedPose


def test_a_robot_does_not_hover():
    """The pose is right by all points, but the points say that the robot is in the air."""
    world = World.of(room())
    bases = [robot_at(0.1 * i, 0, 0) for i in range(6)]
    keyframes = [world.keyframe(i, base) for i, base in enumerate(bases)]
    high = robot_at(0.2, 0.1, 4, z=0.4)
    settings = PoseSettings()
    pose = ask(world, high, keyframes=keyframes, settings=settings)
    assert isinstance(pose, Rejected)
    assert pose.reason == robot_gates.OFF_THE_FLOOR
    assert isinstance(ask(world, high, keyframes=keyframes), VerifiedPose)  # switched off


def test_planar_takes_height_and_tilt_from_the_floor():
    world = World.of(room(), noise_px=1.0)
    bases = [robot_at(0.1 * i, 0, 0) for i in range(6)]
    keyframes = [world.keyframe(i, base) for i, base in enumerate(bases)]
    free, held = (ask(world, keyframes=keyframes, settings=PoseSettings(planar=planar)) for planar in (False, True))
    assert abs(held.map_from_base[2, 3]) <= abs(free.map_from_base[2, 3])
    assert np.all(np.diag(held.covariance) <= np.diag(free.covariance) + 1e-15)
    assert np.linalg.eigvalsh(held.covariance)[0] > 0
    assert np.linalg.norm(held.map_from_base[:3, 3] - QUERY[:3, 3]) < 0.03


def test_planar_does_not_pull_down_what_is_no_robot_on_a_floor():
    """A camera held in a hand, or a base that is the camera: refused, although the gates were switched off."""
    world = World.of(room())
    keyframes = [world.keyframe(i, robot_at(0.1 * i, 0, 0)) for i in range(6)]
    settings = PoseSettings(planar=True, gates=NO_ROBOT)
    pose = ask(world, robot_at(0.2, 0.1, 4, z=0.4), keyframes=keyframes, settings=settings)
    assert isinstance(pose, Rejected)
    assert pose.reason == robot_gates.OFF_THE_FLOOR


def test_the_floor_above_with_the_same_window_is_another_place():
    """Only the other floor is in the map: a window and a radiator fit to the pixel, nothing else does."""
    corners = np.array([[3.0, 0.9, 1.2], [3.0, -1.2, 0.2], [5.0, 0.0, 1.5], [3.0, -1.0, 1.3]])
    shared = np.concatenate([np.random.default_rng(2).uniform(0, 0.4, (7, 3)) + corner for corner in corners])
    above, below = (World.of(np.concatenate([shared, room(seed=seed)]), seed) for seed in (3, 5))
    above.looks[:28] = below.looks[:28]
    told, _ = above.see(QUERY)
    pose = verify([above.frame()], [told], [below.keyframe(i, base) for i, base in enumerate(BASES)]).pose
    assert isinstance(pose, Rejected)
    assert pose.reason == gates.NOT_SEEN
