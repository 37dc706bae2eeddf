"""Frames where TF cannot be heard; where it can, test_cameras.py has them over DDS."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rclpy")

from robot import Client

from vpr_ros.ros.inputs import robot_frames
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


class Node:
    """What is subscribed to; tf2_msgs is not needed to see it."""

    def __init__(self) -> None:
        self.subscribed: list[str] = []

    def create_timer(self, *_arguments: object) -> None:
        return None

    def destroy_timer(self, _timer: object) -> None:
        return None

    def create_subscription(self, _kind: object, topic: str, *_rest: object, **_named: object) -> str:
        self.subscribed.append(topic)
        return topic

    def destroy_subscription(self, topic: str) -> None:
        self.subscribed.remove(topic)


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> tuple[Node, Any]:
    """Frames of which one was asked for in vain, long enough to listen to what moves."""
    monkeypatch.setattr(robot_frames, "message_class", lambda _name: SimpleNamespace)
    monkeypatch.setattr(robot_frames, "GRACE_S", -1.0)
    node = Node()
    frames = RobotFrames(node, ThrottledLog(lambda _text: None))  # type: ignore[arg-type]
    assert frames.lookup("base_link", "lens") is None
    return node, frames


def test_what_moves_is_not_listened_to_any_more_once_the_frame_has_come(
    missing: tuple[Node, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, frames = missing
    frames._look()
    assert node.subscribed == ["/tf_static", "/tf"]
    monkeypatch.setattr(frames._static, "lookup", lambda *_frames: object())
    assert frames.lookup("base_link", "lens") is not None
    frames._look()
    assert node.subscribed == ["/tf_static"]


def test_a_look_that_was_under_way_when_it_was_closed_subscribes_to_nothing(missing: tuple[Node, Any]) -> None:
    node, frames = missing
    frames.close()
    frames._look()
    assert node.subscribed == []
