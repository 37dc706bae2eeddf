"""What of the solved poses is published: sound ones, of the active floor, that are no mere repeats."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.check_pose import flaw_of_fix
from vpr_ros.core.geometry import invert_pose, planar_pose
from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.publish_policy import PublishPolicy, floor_of_fix
from vpr_ros.core.records import (
    Candidate,
    Candidates,
    Estimate,
    LabelGuess,
    Labels,
    Matrix4,
    Rejected,
    RelativePose,
    VerifiedPose,
)

TABLE = PlaceTable(
    place_ids=np.array([3, 70, 71], dtype=np.int64),
    stamps_ns=np.zeros(3, dtype=np.int64),
    source_names=("a", "b", "c"),
    cameras=("front",) * 3,
    labels=(Labels(floor="ground"), Labels(floor="first"), Labels()),
    map_from_base=np.stack([planar_pose(0.0, 0.0, 0.0)] * 3),
)
SECOND = 10**9


def fix(pose: Matrix4, covariance: np.ndarray | None = None, relative: RelativePose | None = None) -> VerifiedPose:
    return VerifiedPose(pose, np.diag([0.01] * 6) if covariance is None else covariance, relative, {})


def estimate(pose: VerifiedPose | Rejected | None, stamp_ns: int = SECOND, place: int = 3) -> Estimate:
    return Estimate(
        stamp_ns=stamp_ns,
        camera="front",
        source_name="/camera@12",
        candidates=Candidates((Candidate(place, 0.75, inliers=41),)),
        refusal=None,
        room=LabelGuess(),
        floor=LabelGuess(),
        coarse_pose=None,
        latency_ms={},
        pose=pose,
    )


def no_odometry(_from_ns: int, _to_ns: int) -> None:
    return None


def fixes(steps: list[Matrix4], settings: NodeSettings, every_ns: int = SECOND, moved=no_odometry) -> list[int]:
    """Which of the poses, one a second, are fixes."""
    policy = PublishPolicy()
    verdicts = [
        policy.judge(estimate(fix(pose), number * every_ns), TABLE, settings, moved)
        for number, pose in enumerate(steps)
    ]
    for verdict in verdicts:
        assert verdict.sound is not None
        assert (verdict.fix is None) == (verdict.held_back is not None)
    return [number for number, verdict in enumerate(verdicts) if verdict.fix is not None]


def test_what_was_not_solved_is_neither_published_nor_held_back() -> None:
    for pose in (None, Rejected("too few inliers")):
        verdict = PublishPolicy().judge(estimate(pose), TABLE, NodeSettings(), no_odometry)
        assert (verdict.fix, verdict.sound, verdict.held_back) == (None, None, None)


def test_a_standing_robot_says_it_once_and_again_after_a_while() -> None:
    standing = [planar_pose(1.0, 2.0, 0.3)] * 12
    assert fixes(standing, NodeSettings(repeat_after_s=5.0)) == [0, 5, 10]
    assert fixes(standing, NodeSettings(repeat_after_s=0.0)) == list(range(12))


def test_another_cameras_image_of_a_little_before_is_a_repeat_too() -> None:
    policy, same = PublishPolicy(), fix(planar_pose(1.0, 2.0, 0.3))
    stamps = (5.0, 4.98, 5.2, 5.18)  # two cameras that take turns
    judged = [policy.judge(estimate(same, round(s * SECOND)), TABLE, NodeSettings(), no_odometry) for s in stamps]
    assert [verdict.fix is not None for verdict in judged] == [True, False, False, False]


def test_a_fix_comes_after_motion_or_turning_since_the_last_fix() -> None:
    settings = NodeSettings(min_motion_m=0.25, min_motion_deg=15.0, repeat_after_s=1000.0)
    assert fixes([planar_pose(0.1 * step, 0.0, 0.0) for step in range(8)], settings) == [0, 3, 6]
    assert fixes([planar_pose(0.0, 0.0, np.radians(4.0 * step)) for step in range(9)], settings) == [0, 4, 8]


@pytest.mark.parametrize("off", [{"min_motion_m": 0.0}, {"min_motion_deg": 0.0}])
def test_no_motion_at_all_is_asked_for_where_either_is_zero(off: dict[str, float]) -> None:
    assert fixes([planar_pose(0.0, 0.0, 0.0)] * 3, NodeSettings(**off)) == [0, 1, 2]


def test_noise_of_the_fixes_is_no_motion_and_odometry_tells_what_is() -> None:
    """Odometry counts: driven half a metre while the fix stays is another view; that it contradicts is for others."""
    standing = [planar_pose(0.0, 0.0, 0.0)] * 4
    assert fixes(standing, NodeSettings(), moved=lambda *_: planar_pose(0.0, 0.0, 0.0)) == [0]
    assert fixes(standing, NodeSettings(), moved=lambda *_: planar_pose(0.5, 0.0, 0.0)) == [0, 1, 2, 3]


def test_a_robot_that_was_carried_is_no_repeat_though_its_wheels_stood_still() -> None:
    carried = [planar_pose(0.0, 0.0, 0.0), planar_pose(0.02, 0.0, 0.0), planar_pose(5.0, 1.0, 2.0)]
    assert fixes(carried, NodeSettings(), moved=lambda *_: np.eye(4)) == [0, 2]


def test_what_was_said_before_the_clock_jumped_back_holds_nothing_back() -> None:
    policy, same = PublishPolicy(), fix(planar_pose(0.0, 0.0, 0.0))
    judged = [policy.judge(estimate(same, stamp), TABLE, NodeSettings(), no_odometry) for stamp in (9 * SECOND, 5)]
    assert all(verdict.fix is not None for verdict in judged)
    assert policy.judge(estimate(same, 6), TABLE, NodeSettings(), no_odometry).fix is None
    policy.forget()
    assert policy.judge(estimate(same, 7), TABLE, NodeSettings(), no_odometry).fix is not None


@pytest.mark.parametrize(
    ("active", "place", "reason"),
    [
        ("", 70, None),
        ("first", 70, None),
        ("ground", 70, "on floor 'first', node.active_floor is 'ground'"),
        ("ground", 71, "on floor 'unknown', node.active_floor is 'ground'"),
        ("attic", 3, "node.active_floor='attic' is no floor of the map (first, ground)"),
    ],
)
def test_a_fix_of_another_floor_is_held_back(active: str, place: int, reason: str | None) -> None:
    policy, asked = PublishPolicy(), estimate(fix(planar_pose(0.0, 0.0, 0.0)), place=place)
    verdict = policy.judge(asked, TABLE, NodeSettings(active_floor=active), no_odometry)
    assert verdict.held_back == reason
    assert (verdict.fix is None) == (verdict.sound is None) == (reason is not None)
    assert floor_of_fix(asked, TABLE) == (TABLE.labels[TABLE.row_of(place)].floor or "unknown")
    if reason is not None:  # and what was held back is no last fix
        assert policy.judge(estimate(asked.pose, place=3), TABLE, NodeSettings(), no_odometry).fix is not None


def _tilted(matrix: np.ndarray, at: tuple[int, int], value: float) -> np.ndarray:
    changed = np.array(matrix)
    changed[at] = value
    return changed


GOOD, SPREAD = planar_pose(1.0, 2.0, 0.5), np.diag([0.01] * 6)


@pytest.mark.parametrize(
    ("pose", "covariance", "flaw"),
    [
        (GOOD, SPREAD, None),
        (_tilted(GOOD, (0, 3), np.nan), SPREAD, "the pose is not finite"),
        (_tilted(GOOD, (0, 0), 2.0), SPREAD, "the rotation of the pose is none"),
        (GOOD @ np.diag([1.0, 1.0, -1.0, 1.0]), SPREAD, "the rotation of the pose is none"),
        (GOOD, _tilted(SPREAD, (0, 1), 1e-3), "the covariance of the pose is not symmetric"),
        (GOOD, _tilted(SPREAD, (0, 0), 0.0), "the covariance of the pose is not positive definite"),
        (GOOD, _tilted(SPREAD, (0, 0), -1.0), "the covariance of the pose is not positive definite"),
        (GOOD, _tilted(SPREAD, (5, 5), np.inf), "the covariance of the pose is not finite"),
        (GOOD, _tilted(SPREAD, (0, 0), 1e-16), "the covariance of the pose is not positive definite"),
    ],
)
def test_what_a_filter_would_choke_on_is_held_back_with_its_flaw(
    pose: Matrix4, covariance: np.ndarray, flaw: str | None
) -> None:
    verdict = PublishPolicy().judge(estimate(fix(pose, covariance)), TABLE, NodeSettings(), no_odometry)
    assert verdict.held_back == flaw
    assert (verdict.sound is None) == (flaw is not None)


def test_the_pose_relative_to_a_keyframe_is_looked_at_too() -> None:
    pixels = np.zeros((5, 2), np.float32)
    relative = RelativePose(70, GOOD, SPREAD, pixels, pixels, (8, 6), (8, 6))
    assert flaw_of_fix(fix(GOOD, relative=relative)) is None
    spoilt = dataclasses.replace(relative, covariance=-SPREAD)
    assert "relative to its keyframe" in str(flaw_of_fix(fix(GOOD, relative=spoilt)))


coordinates = st.floats(-50.0, 50.0)


@given(st.lists(st.tuples(coordinates, coordinates, st.floats(-4.0, 4.0)), min_size=1, max_size=8))
def test_what_is_held_back_is_near_a_fix_that_was_published(steps: list[tuple[float, float, float]]) -> None:
    poses, settings = [planar_pose(*step) for step in steps], NodeSettings(repeat_after_s=1000.0)
    published = fixes(poses, settings)
    assert published[0] == 0
    for number, pose in enumerate(poses):
        if number not in published:
            last = poses[max(each for each in published if each < number)]
            assert np.linalg.norm((invert_pose(last) @ pose)[:3, 3]) < settings.min_motion_m
