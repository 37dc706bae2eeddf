"""Follows its publishers, and lets go for good; over DDS test_cameras.py has it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rclpy")

from rclpy.qos import ReliabilityPolicy

from vpr_ros.ros.inputs.choose_stream import RAW
from vpr_ros.ros.inputs.image_subscription import ImageSubscription


class Node:
    """What is subscribed to, and who publishes."""

    def __init__(self) -> None:
        self.subscribed: list[Any] = []
        self.reliability = ReliabilityPolicy.RELIABLE
        self._parameter_overrides: dict[str, Any] = {}

    def resolve_topic_name(self, topic: str) -> str:
        return f"/{topic}"

    def create_timer(self, *_arguments: object, **_named: object) -> None:
        return None

    def destroy_timer(self, _timer: object) -> None:
        return None

    def create_subscription(self, _kind: object, _topic: str, _heard: object, qos: Any, **_named: object) -> object:
        self.subscribed.append(qos.reliability)
        return qos.reliability

    def destroy_subscription(self, subscription: object) -> None:
        self.subscribed.remove(subscription)

    def get_publishers_info_by_topic(self, topic: str) -> list[Any]:
        qos = SimpleNamespace(reliability=self.reliability)
        return [SimpleNamespace(qos_profile=qos, topic_type=RAW)] if topic == "/image" else []

    def get_logger(self) -> Any:
        return SimpleNamespace(info=lambda _text: None)


def _nobody(*_image: object) -> None:
    raise AssertionError("no image was sent")


def test_it_follows_its_publishers() -> None:
    node = Node()
    images = ImageSubscription(node, "image", "auto", _nobody)  # type: ignore[arg-type]
    assert node.subscribed == [ReliabilityPolicy.RELIABLE]
    node.reliability = ReliabilityPolicy.BEST_EFFORT
    images._look()
    assert node.subscribed == [ReliabilityPolicy.BEST_EFFORT]
    images.close()
    assert node.subscribed == []


def test_a_look_that_was_under_way_when_it_was_closed_subscribes_to_nothing() -> None:
    """The timer's callback is in another thread of the executor: a paused node went on hearing images."""
    node = Node()
    images = ImageSubscription(node, "image", "auto", _nobody)  # type: ignore[arg-type]
    node.reliability = ReliabilityPolicy.BEST_EFFORT
    images.close()
    images._look()
    assert node.subscribed == []
