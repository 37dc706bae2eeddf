"""Whoever uses our poses accepts them; what they refuse is seen to be refused."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from consumer_rules import amcl, fuse_2d, robot_localization, rtabmap_global, rtabmap_initial, slam_toolbox
from hypothesis import given, settings
from hypothesis import strategies as st
from two_places import TwoPlaces, estimate_of

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose, carry_pose
from vpr_ros.core.geometry import planar_pose, pose_matrix
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.answer_messages import messages_of
from vpr_ros.core.outputs.topics import FIX, RTABMAP_GLOBAL_POSE
from vpr_ros.core.pose.covariance import calibrated
from vpr_ros.core.records import Array, Matrix4, VerifiedPose
from vpr_ros.ros.consumers.initial_pose_fields import initial_pose_fields

STAMP_NS = 1_700_000_000 * 10**9 + 999_999_999
Rule = Callable[[Mapping[str, Any]], list[str]]
FOR_POSE: tuple[Rule, ...] = (robot_localization, fuse_2d)
FOR_INITIALPOSE: tuple[Rule, ...] = (amcl, rtabmap_initial, slam_toolbox)

numbers = st.floats(-1.0, 1.0)


@st.composite
def verified_poses(draw: st.DrawFn) -> VerifiedPose:
    """As the solver makes them: any pose, a covariance of any shape through the calibration that all go through."""
    quaternion = np.array([draw(numbers), draw(numbers), draw(numbers), draw(numbers) + 1.5])
    pose = pose_matrix(np.array([draw(numbers) * 50 for _ in range(3)]), quaternion)
    root = np.random.default_rng(draw(st.integers(0, 10**6))).normal(size=(6, 6)) * 0.1
    root[draw(st.integers(0, 5))] = 0.0
    return VerifiedPose(pose, calibrated(root @ root.T), None, {})


def _pose(pose: Matrix4, covariance: Array, frame: str = "map") -> dict[str, Any]:
    """As `~/pose` is made."""
    return {
        "header": header_fields(STAMP_NS, frame),
        "pose": {"pose": pose_fields(pose), "covariance": covariance.reshape(36)},
    }


@settings(deadline=None)
@given(verified_poses())
def test_fixes_are_accepted_by_those_who_fuse(fix: VerifiedPose) -> None:
    wanted = (FIX, RTABMAP_GLOBAL_POSE).__contains__
    ours, rtabmaps = messages_of(estimate_of(pose=fix), TwoPlaces(), "base_link", fix, wanted=wanted)
    assert [rule(ours.fields) for rule in FOR_POSE] == [[], []]
    assert rtabmap_global(rtabmaps.fields) == []


@settings(deadline=None)
@given(verified_poses(), numbers, numbers)
def test_initial_poses_are_accepted_by_those_who_track(fix: VerifiedPose, way: float, turn: float) -> None:
    pose = UncertainPose(STAMP_NS, fix.map_from_base, fix.covariance)
    carried = carry_pose(pose, planar_pose(9 * way, way, turn), STAMP_NS + 1, OdometryDrift())
    fields = initial_pose_fields(carried, "map")
    assert [rule(fields) for rule in (*FOR_INITIALPOSE, *FOR_POSE)] == [[]] * 5


def test_a_fix_as_it_is_would_be_refused_by_amcl() -> None:
    """Why `initialpose` has variances only: what two axes have in common is negative as often as not."""
    covariance = np.eye(6) * 0.01
    covariance[0, 5] = covariance[5, 0] = -0.001
    assert amcl(_pose(np.eye(4), covariance)) == ["negative covariance element"]
    assert amcl(initial_pose_fields(UncertainPose(STAMP_NS, np.eye(4), covariance), "map")) == []


def _good() -> dict[str, Any]:
    return copy.deepcopy(initial_pose_fields(UncertainPose(STAMP_NS, planar_pose(1.0, 2.0, 0.5), np.eye(6)), "map"))


def _covariance(changed: Mapping[tuple[int, int], float]) -> Callable[[dict[str, Any]], None]:
    def plant(fields: dict[str, Any]) -> None:
        for (row, column), value in changed.items():
            fields["pose"]["covariance"][6 * row + column] = value

    return plant


def _quaternion(**changed: float) -> Callable[[dict[str, Any]], None]:
    return lambda fields: fields["pose"]["pose"]["orientation"].update(changed)


def _position(**changed: float) -> Callable[[dict[str, Any]], None]:
    return lambda fields: fields["pose"]["pose"]["position"].update(changed)


def _frame(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda fields: fields["header"].update(frame_id=name)


def _stamp(**changed: int) -> Callable[[dict[str, Any]], None]:
    return lambda fields: fields["header"]["stamp"].update(changed)


@pytest.mark.parametrize(
    ("rule", "plant", "objection"),
    [
        (amcl, _frame("odom"), "not in the global frame"),
        (amcl, _frame("/map"), "not in the global frame"),
        (amcl, _stamp(nanosec=10**9), "nanoseconds beyond a second"),
        (amcl, _quaternion(z=0.3), "quaternion is not of unit length"),
        (amcl, _position(x=np.nan), "not a number"),
        (amcl, _covariance({(0, 1): -1e-9}), "negative covariance element"),
        (amcl, _covariance({(5, 5): np.inf}), "covariance too large"),
        (robot_localization, _frame("elsewhere"), "no transform to the world frame"),
        (robot_localization, _stamp(sec=0, nanosec=0), "stamp is older than the last reset"),
        (robot_localization, _covariance({(2, 2): 0.0}), "variance is not positive"),
        (robot_localization, _covariance({(3, 3): 1e6}), "covariance is extremely large"),
        (robot_localization, _quaternion(w=0.0), "quaternion is not of unit length"),
        (fuse_2d, _covariance({(0, 5): 0.1}), "non-symmetric partial covariance"),
        (fuse_2d, _covariance({(0, 1): 2.0, (1, 0): 2.0}), "non-positive-definite partial covariance"),
        (fuse_2d, _covariance({(5, 5): 0.0}), "non-positive-definite partial covariance"),
        (fuse_2d, _position(y=np.inf), "invalid partial mean"),
        (rtabmap_initial, _frame("elsewhere"), "no transform to the map frame"),
        (rtabmap_initial, _quaternion(x=0.0, y=0.0, z=0.0, w=0.0), "the pose is null"),
        (rtabmap_global, _frame("map"), "no transform from the sensor to the robot"),
        (rtabmap_global, _covariance({(2, 2): 0.0}), "zero variance aborts"),
        (rtabmap_global, _stamp(sec=0, nanosec=0), "no stamp: there is no pose"),
        (slam_toolbox, _quaternion(z=np.nan), "not a pose"),
    ],
)
def test_violations_are_seen(rule: Rule, plant: Callable[[dict[str, Any]], None], objection: str) -> None:
    fields = _good()
    if rule is rtabmap_global:
        fields["header"]["frame_id"] = "base_link"
    assert rule(fields) == []
    plant(fields)
    assert objection in rule(fields)
