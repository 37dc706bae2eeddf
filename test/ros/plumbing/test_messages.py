"""Nested fields become rclpy's messages."""

from __future__ import annotations

import array
import time
from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("rclpy")

from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class, message_from_fields


def test_nested_fields_defaults_and_fixed_arrays() -> None:
    covariance = np.arange(36, dtype=np.float64)
    fields = {
        "header": {"stamp": {"sec": 3, "nanosec": 4}, "frame_id": "map"},
        "pose": {"pose": {"position": {"x": 1, "y": np.float64(2.5)}}, "covariance": covariance},
    }
    message = message_from_fields("geometry_msgs/msg/PoseWithCovarianceStamped", fields)
    assert (message.header.stamp.sec, message.header.frame_id) == (3, "map")
    assert (message.pose.pose.position.x, message.pose.pose.position.y) == (1.0, 2.5)
    assert message.pose.pose.orientation.w == 1.0
    assert list(message.pose.covariance) == list(covariance)


def test_sequences_of_messages_and_the_byte_of_a_status() -> None:
    fields = {"status": [{"level": 1, "name": "a", "values": [{"key": "k", "value": "v"}]}, {"name": "b"}]}
    first, second = message_from_fields("diagnostic_msgs/msg/DiagnosticArray", fields).status
    assert (first.level, first.name, first.values[0].key) == (b"\x01", "a", "k")
    assert second.name == "b"


@pytest.mark.parametrize("data", [b"\1\2\3", [1, 2, 3], np.array([1, 2, 3], np.uint8), np.array([1, 2, 3])])
def test_bytes_lists_and_arrays_fill_a_sequence_of_numbers(data: object) -> None:
    message = message_from_fields("sensor_msgs/msg/Image", {"data": data})
    assert message.data == array.array("B", [1, 2, 3])


def test_pixels_do_not_pass_through_a_list() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)

    def seconds(action: Callable[[], object]) -> float:
        began = time.perf_counter()
        action()
        return time.perf_counter() - began

    ours = min(seconds(lambda: message_from_fields("sensor_msgs/msg/Image", {"data": pixels})) for _ in range(5))
    listed = min(seconds(lambda: array.array("B", pixels.ravel().tolist())) for _ in range(5))
    assert ours < listed / 2
    assert message_from_fields("sensor_msgs/msg/Image", {"data": pixels}).data.tobytes() == pixels.tobytes()


def test_unknown_field_is_named_with_those_there_are() -> None:
    with pytest.raises(MessageTypeError, match=r"header has no field 'frame'; it has stamp, frame_id"):
        message_from_fields("sensor_msgs/msg/Image", {"header": {"frame": "map"}})


@pytest.mark.parametrize("name", ["nowhere_msgs/msg/Thing", "std_msgs/msg/Thing"])
def test_types_that_are_not_installed_are_named(name: str) -> None:
    with pytest.raises(MessageTypeError, match=f"{name} is not installed"):
        message_class(name)


@pytest.mark.parametrize("name", ["String", "std_msgs/String", "os/msg/../System", "../msg/X"])
def test_what_is_no_type_name_is_not_imported(name: str) -> None:
    with pytest.raises(MessageTypeError, match="is no message type"):
        message_class(name)
