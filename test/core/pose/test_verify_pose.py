from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ask_verifier import BASES, NO_ROBOT, QUERY, ask, verify
from pose_scene import (
    FISHEYE,
    ON_ROBOT,
    PINHOLE,
    PLUMB_BOB,
    World,
    ranked,
    robot_at,
    room,
)

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose import check_intrinsics as intrinsics_refusals
from vpr_ros.core.pose import gates
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Candidates, Rejected, VerifiedPose
from vpr_ros.core.verify_pose import NO_CANDIDATES, NO_POINTS


def test_a_query_gets_its_pose_and_where_it_is_from_the_keyframe():
    pose = ask(World.of(room(), noise_px=0.3))
    assert isinstance(pose, VerifiedPose)
    assert pose.map_from_base == pytest.approx(QUERY, abs=0.01)
    assert pose.relative is not None
    seen_from = BASES[pose.relative.place_id]
    assert pose.relative.place_from_base == pytest.approx(invert_pose(seen_from) @ QUERY, abs=0.01)
    assert len(pose.relative.query_px) == len(pose.relative.place_px) >= 12
    for covariance in (pose.covariance, pose.relative.covariance):
        assert np.array_equal(covariance, covariance.T)
        assert np.linalg.eigvalsh(covariance)[0] > 0


@pytest.mark.parametrize("lens", [PLUMB_BOB, FISHEYE], ids=["plumb_bob", "fisheye"])
def test_another_camera_than_the_maps_gets_the_same_pose(lens):
    mount = ON_ROBOT.copy()
    mount[:3, 3] = [0.2, -0.1, 0.8]
    pose = ask(World.of(room()), lens=lens, mount=mount)
    assert pose.map_from_base == pytest.approx(QUERY, abs=1e-4)  # single precision of what maps keep


def test_the_first_candidate_being_clearly_right_spares_the_others():
    world = World.of(room())
    told, _ = world.see(QUERY)
    keyframes = [world.keyframe(i, base) for i, base in enumerate(BASES)]
    found = verify([world.frame()], [told], keyframes)
    assert [each.inliers is None for each in found.candidates.ranked] == [False, True, True]
    assert found.candidates.ranked[0].inliers > 60


def test_candidates_that_show_little_each_are_enough_together():
    points = room()
    world = World.of(points)
    everything = [world.keyframe(i, base) for i, base in enumerate(BASES)]
    few = [dataclasses.replace(each, points_map=_thinned(each.points_map, i)) for i, each in enumerate(everything)]
    settings = PoseSettings(gates=dataclasses.replace(NO_ROBOT, min_inliers=30))
    alone = [ask(world, keyframes=[each], settings=settings) for each in few]
    assert all(isinstance(each, Rejected) and each.reason == gates.FEW_INLIERS for each in alone)
    pose = ask(world, keyframes=few, settings=settings)
    assert pose.map_from_base == pytest.approx(QUERY, abs=1e-3)


def _thinned(points_map, phase, keep=22):
    """Some of the points, others for each phase."""
    thinned = np.full_like(points_map, np.nan)
    chosen = np.random.default_rng(phase).choice(len(points_map), keep, replace=False)
    thinned[chosen] = points_map[chosen]
    return thinned


def test_one_inlier_too_few_is_too_few():
    world = World.of(room())
    keyframe = world.keyframe(0, QUERY)
    counts = {}
    for keep in (20, 19):
        thinned = dataclasses.replace(keyframe, points_map=_thinned(keyframe.points_map, 1, keep))
        counts[keep] = ask(world, keyframes=[thinned], settings=PoseSettings(gates=NO_ROBOT))
    assert isinstance(counts[20], VerifiedPose)
    assert counts[19].reason == gates.FEW_INLIERS
    assert counts[19].numbers["inliers"] == 19
    assert counts[19].numbers["needed"] == 20


def test_a_place_that_is_not_in_the_map_is_refused():
    elsewhere = World.of(room(seed=7), seed=8)
    world = World.of(room())
    keyframes = [world.keyframe(i, base) for i, base in enumerate(BASES)]
    told, _ = elsewhere.see(QUERY)
    assert isinstance(verify([world.frame()], [told], keyframes).pose, Rejected)


def _twins(shift):
    """A room, and another just like it elsewhere, each seen from one keyframe; the query stands in the first."""
    here = World.of(room(800))
    there = World(here.points @ shift[:3, :3].T + shift[:3, 3], here.looks)
    return here, [here.keyframe(0, QUERY), there.keyframe(1, shift @ QUERY)]


@pytest.mark.parametrize("shift", [robot_at(10, 0, 0), robot_at(0, 0, 180)], ids=["repeated", "mirrored"])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("clear_inliers", [60, 100000], ids=["early stop", "no early stop"])
def test_a_corridor_that_repeats_is_ambiguous(shift, first, clear_inliers):
    world, keyframes = _twins(shift)
    settings = PoseSettings(gates=NO_ROBOT, clear_inliers=clear_inliers)
    pose = ask(world, keyframes=keyframes, settings=settings, candidates=ranked(first, 1 - first))
    assert isinstance(pose, Rejected)
    assert pose.reason == gates.AMBIGUOUS


def test_a_blank_wall_is_refused():
    world = World.of(room())
    nothing, _ = World.of(np.zeros((0, 3))).see(QUERY)
    keyframes = [world.keyframe(0, BASES[0])]
    assert isinstance(verify([world.frame()], [nothing], keyframes).pose, Rejected)


def test_points_in_one_corner_of_the_image_are_refused():
    ahead = np.random.default_rng(0).uniform([3.0, 0.6, 1.1], [6.0, 0.8, 1.3], (200, 3))
    pose = ask(World.of(ahead), bases=[QUERY])
    assert pose.reason == gates.CLUSTERED


def test_a_flat_wall_gives_its_pose_or_a_refusal_but_never_another_pose():
    answered = 0
    for distance, yaw in [(1.5, 20), (3.0, 0), (3.0, 30), (6.0, 5), (6.0, 40)]:
        wall = np.random.default_rng(3).uniform([distance, -4, 0], [distance, 4, 2.5], (600, 3))
        truth = robot_at(0.1, 0.0, yaw)
        pose = ask(World.of(wall, noise_px=0.7), truth, bases=[robot_at(0, 0, yaw), robot_at(0.3, 0.2, yaw)])
        if isinstance(pose, VerifiedPose):
            answered += 1
            assert np.linalg.norm(pose.map_from_base[:3, 3] - truth[:3, 3]) < 0.1
    assert answered >= 3


def test_a_wall_far_away_leaves_two_poses():
    """A small poster seen from afar: two ways to tilt it look the same."""
    poster = np.random.default_rng(3).uniform([40.0, -8, -8], [40.0, 8, 8], (150, 3))
    world = World.of(poster, noise_px=1.0)
    settings = PoseSettings(
        gates=dataclasses.replace(NO_ROBOT, min_cells=1, max_position_sigma_m=100.0, max_angle_sigma_deg=90.0)
    )
    pose = ask(world, robot_at(0, 0, 0), bases=[robot_at(0, 0.1, 0)], settings=settings)
    assert isinstance(pose, Rejected)
    assert pose.reason == gates.TWO_POSES


def test_what_only_an_axis_knows_is_no_fix():
    """Everything kilometres away: the turn is known, the position is not."""
    far = room(600, low=(3000, -1500, -1000), high=(4000, 1500, 1000))
    pose = ask(World.of(far, noise_px=0.7), bases=[QUERY])
    assert pose.reason == gates.UNOBSERVED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"intrinsics": None}, intrinsics_refusals.NO_INTRINSICS),
        ({"intrinsics": dataclasses.replace(PINHOLE, matrix=np.zeros((3, 3)))}, intrinsics_refusals.NO_INTRINSICS),
        (
            {"intrinsics": dataclasses.replace(PINHOLE, matrix=np.full((3, 3), np.nan))},
            intrinsics_refusals.NO_INTRINSICS,
        ),
        ({"intrinsics": dataclasses.replace(PINHOLE, width=1280, height=960)}, intrinsics_refusals.OTHER_SIZE),
        ({"base_from_camera": None}, intrinsics_refusals.NO_MOUNTING),
        (
            {"intrinsics": dataclasses.replace(PINHOLE, distortion_model="plumb_bob", distortion=(0.1, 0.2, 0.3))},
            intrinsics_refusals.BAD_DISTORTION,
        ),
    ],
)
def test_what_cannot_be_solved_with_is_named(change, reason):
    world = World.of(room())
    pose = ask(world, frame=world.frame(**change))
    assert isinstance(pose, Rejected)
    assert pose.reason == reason


def test_an_undistorted_image_whose_camera_info_still_has_distortion():
    """`rectified` says so; without it the pose would be wrong or refused."""
    lens = dataclasses.replace(PINHOLE, distortion_model="plumb_bob", distortion=(-0.3, 0.1, 0.0, 0.0))
    world = World.of(room())
    told, _ = world.see(QUERY)  # as a pinhole sees it
    keyframes = [world.keyframe(i, base) for i, base in enumerate(BASES)]
    rectified = world.frame(dataclasses.replace(lens, rectified=True))
    pose = verify([rectified], [told], keyframes).pose
    assert pose.map_from_base == pytest.approx(QUERY, abs=1e-4)
    wrong = verify([world.frame(lens)], [told], keyframes).pose
    assert isinstance(wrong, Rejected) or np.linalg.norm(wrong.map_from_base[:3, 3] - QUERY[:3, 3]) < 0.5


def test_a_map_without_keypoints_and_a_query_without_candidates():
    world = World.of(room())
    told, _ = world.see(QUERY)
    assert verify([world.frame()], [told], [None, None]).pose.reason == NO_POINTS
    assert verify([world.frame()], [told], [None], candidates=Candidates(())).pose.reason == NO_CANDIDATES


def test_two_cameras_with_their_own_stamps_are_one_rig_moved_by_odometry():
    """The camera to the side fired 100 ms earlier, half a metre back; each alone sees too little."""
    world = World.of(room(1500, low=(-4, -4, 0), high=(8, 6, 2.5)))
    left = robot_at(0, 0, 90) @ ON_ROBOT
    before = robot_at(-0.3, 0.05, 1)
    front_sees, _ = world.see(QUERY)
    left_sees, _ = world.see(before, PINHOLE, left)
    frames = [
        world.frame(stamp_ns=100, odom_from_base=robot_at(5, 5, 50) @ QUERY),
        world.frame(PINHOLE, left, stamp_ns=0, odom_from_base=robot_at(5, 5, 50) @ before),
    ]
    keyframes = [
        world.keyframe(0, BASES[0]),
        world.keyframe(1, BASES[1]),
        world.keyframe(2, robot_at(0, 0, 90)),
    ]
    settings = PoseSettings(gates=NO_ROBOT, clear_inliers=100000)
    for order in (frames, frames[::-1]):
        told = [front_sees, left_sees]  # asked newest first, however they came
        pose = verify(order, told, keyframes, settings=settings).pose
        assert isinstance(pose, VerifiedPose)
        assert pose.map_from_base == pytest.approx(QUERY, abs=1e-3)
    without = [frames[0], dataclasses.replace(frames[1], odom_from_base=None)]
    alone = verify(without, [front_sees, left_sees], keyframes, settings=settings).pose
    assert alone.map_from_base == pytest.approx(QUERY, abs=1e-3)  # the late camera is left out, not guessed
    late = [dataclasses.replace(frames[0], odom_from_base=None, image=frames[0].image[:100]), frames[1]]
    assert isinstance(verify(late, told, keyframes, settings=settings).pose, Rejected)
