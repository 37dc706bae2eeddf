"""Mappings of fields become messages; what does not fit is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.message_fields import header_fields, pose_fields, transform_fields
from vpr_ros.sources.bags.message_cdr import (
    deserialize_message,
    serialize_message,
)

IMAGE = "sensor_msgs/msg/Image"


def there_and_back(type_name: str, fields: dict[str, Any]) -> Any:
    return deserialize_message(type_name, serialize_message(type_name, fields))


def test_absent_fields_take_the_defaults_of_the_type() -> None:
    pose = there_and_back("geometry_msgs/msg/PoseStamped", {"header": header_fields(1_500_000_002, "map")})
    assert (pose.header.stamp.sec, pose.header.stamp.nanosec, pose.header.frame_id) == (1, 500_000_002, "map")
    assert pose.pose.orientation.w == 1.0
    covariance = there_and_back("geometry_msgs/msg/PoseWithCovarianceStamped", {}).pose.covariance
    assert covariance.tolist() == [0.0] * 36


@pytest.mark.parametrize("data", [bytes(range(12)), np.arange(12, dtype=np.uint8).reshape(2, 2, 3), list(range(12))])
def test_arrays_may_be_bytes_numpy_or_lists(data: Any) -> None:
    image = there_and_back(IMAGE, {"height": 2, "width": 2, "encoding": "rgb8", "step": 6, "data": data})
    assert image.data.tolist() == list(range(12))
    assert (image.height, image.encoding, image.step) == (2, "rgb8", 6)


def test_pixels_are_read_where_they_lie() -> None:
    cdr = bytes(serialize_message(IMAGE, {"height": 2, "width": 2, "step": 6, "data": bytes(range(12))}))
    pixels = deserialize_message(IMAGE, cdr).data
    assert np.shares_memory(pixels, np.frombuffer(cdr, np.uint8))
    assert not pixels.flags.writeable


def test_nested_messages_in_sequences() -> None:
    status = {"level": b"\x01", "name": "vpr", "values": [{"key": "place", "value": "7"}]}
    array = there_and_back("diagnostic_msgs/msg/DiagnosticArray", {"status": [status, {"level": 2}]})
    assert [each.level for each in array.status] == [1, 2]
    assert array.status[0].values[0].value == "7"


@pytest.mark.parametrize(
    ("type_name", "fields", "told"),
    [
        (IMAGE, {"heigth": 2}, r"Image has no field 'heigth'; it has header, height, width"),
        (IMAGE, {"header": {"stamp": {"secs": 2}}}, r"header\.stamp has no field 'secs'; it has sec, nanosec"),
        (IMAGE, {"header": 5}, r"header: expected the fields of a std_msgs/msg/Header, got int"),
        (IMAGE, {"height": "two"}, r"height: expected uint32, got 'two'"),
        (IMAGE, {"height": -1}, r"a field's value does not fit"),
        (IMAGE, {"encoding": 8}, r"encoding: expected a string, got 8"),
        (IMAGE, {"data": [1, 300]}, r"data: values of int64 do not fit uint8"),
        (IMAGE, {"data": np.array([0.5])}, r"data: values of float64 do not fit uint8"),
        ("sensor_msgs/msg/CameraInfo", {"k": [1.0]}, r"k: expected 9 values, got 1"),
        ("sensor_msgs/msg/CameraInfo", {"d": b"123"}, r"d: 3 bytes are no whole number of float64"),
        ("std_msgs/msg/Empty", {"structure_needs_at_least_one_member": 1}, r"has no field"),
        ("std_msgs/Strin", {}, r"message type 'std_msgs/Strin' is unknown"),
    ],
)
def test_what_does_not_fit_is_named(type_name: str, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        serialize_message(type_name, fields)


def test_bytes_that_are_no_such_message_are_refused() -> None:
    cdr = serialize_message("std_msgs/msg/String", {"data": "kitchen"})
    for damaged in (cdr[:3], cdr[:9], b"\x07" + bytes(cdr[1:])):
        with pytest.raises(SourceError, match="not a std_msgs/msg/String"):
            deserialize_message("std_msgs/msg/String", damaged)


numbers = st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=50, deadline=None)
@given(
    st.tuples(numbers, numbers, numbers),
    st.tuples(*[st.floats(-1, 1)] * 3),
    st.text(max_size=20),
    st.integers(0, 2**62),
)
def test_poses_survive_the_way(shift: Any, turn: Any, child: str, stamp_ns: int) -> None:
    quaternion = np.array([*turn, 1.0])
    pose = pose_matrix(np.array(shift), quaternion)
    stamp_ns %= 2**31 * 10**9
    child = child.replace("\0", "").encode("utf-8", "ignore").decode()
    fields = {
        "header": header_fields(stamp_ns, "odom"),
        "child_frame_id": child,
        "pose": {"pose": pose_fields(pose)},
    }
    message = there_and_back("nav_msgs/msg/Odometry", fields)
    at = message.pose.pose.position
    assert (at.x, at.y, at.z) == shift
    assert message.child_frame_id == child
    assert message.header.stamp.sec * 10**9 + message.header.stamp.nanosec == stamp_ns
    rotation = there_and_back("geometry_msgs/msg/Transform", transform_fields(pose)).rotation
    unit = quaternion / np.linalg.norm(quaternion)
    np.testing.assert_allclose([rotation.x, rotation.y, rotation.z, rotation.w], unit, atol=1e-12)
