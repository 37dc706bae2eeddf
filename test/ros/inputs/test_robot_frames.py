"""Frames where TF cannot be heard; where it can, test_cameras.py has them over DDS."""

from __future__ import annotations

import importlib.util

import pytest

pytest.importorskip("rclpy")

from robot import Client

from vpr_ros.ros.inputs.robot_frames import RobotFrames
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog


@pytest.mark.skipif(importlib.util.find_spec("tf2_msgs") is not None, reason="tf2_msgs is installed here")
def test_without_tf2_msgs_what_to_do_is_said_once_and_only_when_asked(domain: int) -> None:
    said: list[str] = []
    with Client(domain) as client:
        frames = RobotFrames(client.node, ThrottledLog(said.append))
        assert frames.lookup("base_link", "/base_link") is not None
        assert said == []
        assert frames.lookup("base_link", "lens") is None
        assert frames.lookup("base_link", "other_lens") is None
        (line,) = said
        assert "tf2_msgs/msg/TFMessage is not installed here" in line
        assert "set node.mounting:=map, or say it by parameter (camera.base_from_camera)" in line
        assert "not installed" in frames.why_not("base_link", "lens")
        frames.close()
