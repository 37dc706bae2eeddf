from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import invert_pose, planar_pose, pose_matrix
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.read_odometry import ODOMETRY, read_odometry
from vpr_ros.sources.bags.message_cdr import serialize_message

STAMP_NS = 12 * 10**9 + 345


def said(pose: Matrix4, child: str = "base_link", stamp_ns: int = STAMP_NS, **twist: dict[str, float]) -> bytes:
    fields = {
        "header": header_fields(stamp_ns, "odom"),
        "child_frame_id": child,
        "pose": {"pose": pose_fields(pose)},
        "twist": {"twist": twist},
    }
    return bytes(serialize_message(ODOMETRY, fields))


def nowhere(_target: str, _source: str) -> None:
    return None


coordinates = st.floats(-100, 100)


@settings(deadline=None)
@given(coordinates, coordinates, st.floats(-3, 3))
def test_a_pose_of_the_base_comes_through(x: float, y: float, yaw: float) -> None:
    sample = read_odometry(said(planar_pose(x, y, yaw)), "base_link", nowhere)
    assert sample.stamp_ns == STAMP_NS
    assert sample.odom_from_base == pytest.approx(planar_pose(x, y, yaw), abs=1e-9)


def test_speeds_are_those_of_the_twist():
    cdr = said(np.eye(4), linear={"x": 3.0, "y": -4.0}, angular={"z": -0.5})
    sample = read_odometry(cdr, "base_link", nowhere)
    assert (sample.speed_m_s, sample.turn_rad_s) == (5.0, 0.5)


@pytest.mark.parametrize("child", ["", "/base_link"])
def test_frames_that_mean_the_base(child: str):
    assert read_odometry(said(np.eye(4), child), "base_link", nowhere).stamp_ns == STAMP_NS


def test_another_frame_of_the_robot_is_moved_to_the_base():
    base_from_imu = pose_matrix(np.array([0.5, 0.0, 0.2]), np.array([0.0, 0.0, 1.0, 1.0]))
    odom_from_base = planar_pose(3.0, 4.0, 0.7)
    lookups = {("base_link", "imu"): base_from_imu}
    cdr = said(odom_from_base @ base_from_imu, "imu", angular={"z": 2.0})
    sample = read_odometry(cdr, "base_link", lambda target, source: lookups.get((target, source)))
    assert sample.odom_from_base == pytest.approx(odom_from_base)
    # The imu stands still and turns: what is half a metre off its axis goes round it.
    assert sample.speed_m_s == pytest.approx(2.0 * np.linalg.norm(invert_pose(base_from_imu)[:2, 3]))
    assert sample.speed_m_s == pytest.approx(1.0)


def test_a_frame_that_nothing_joins_is_named():
    with pytest.raises(SourceError, match=r"'wheel'.*'base_link'"):
        read_odometry(said(np.eye(4), "wheel"), "base_link", nowhere)


def broken(**pose: Any) -> bytes:
    fields = {"header": header_fields(STAMP_NS, "odom"), "child_frame_id": "base_link", "pose": {"pose": pose}}
    return bytes(serialize_message(ODOMETRY, fields))


@pytest.mark.parametrize(
    ("cdr", "reason"),
    [
        (broken(position={"x": float("nan")}), "not a number"),
        (broken(orientation={"x": float("inf")}), "not a number"),
        (broken(orientation={"w": 0.0}), "zero length"),
        (said(np.eye(4), angular={"z": float("nan")}), "not a number"),
        (said(np.eye(4), stamp_ns=0), "no stamp"),
        (b"\x00\x01\x00\x00\x01", "not a nav_msgs"),
        (said(np.eye(4))[:200], "not a nav_msgs"),
    ],
)
def test_what_is_no_odometry_is_refused(cdr: bytes, reason: str):
    with pytest.raises(SourceError, match=reason):
        read_odometry(cdr, "base_link", nowhere)
