"""Places as frames."""

from __future__ import annotations

import pytest
from two_places import STAMP_NS, TwoPlaces, coarse_70

from vpr_ros.core.geometry import matrix_from_quaternion
from vpr_ros.core.outputs.place_transforms import TRANSFORM_STAMPED, place_transform
from vpr_ros.core.outputs.topics import is_place_frame, place_frame
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message


def test_a_place_is_a_frame_in_the_map_under_the_name_that_relative_poses_use() -> None:
    fields = place_transform(70, STAMP_NS, TwoPlaces(map_frame="world"))
    assert fields is not None
    read = deserialize_message(TRANSFORM_STAMPED, serialize_message(TRANSFORM_STAMPED, fields))
    assert (read.header.frame_id, read.child_frame_id) == ("world", "flat/place_70")
    assert (read.header.stamp.sec, read.header.stamp.nanosec) == (12, 345)
    turned, at = read.transform.rotation, read.transform.translation
    assert (at.x, at.y, at.z) == (3.0, 4.0, 0.0)
    turned = matrix_from_quaternion([turned.x, turned.y, turned.z, turned.w])
    assert turned == pytest.approx(coarse_70().map_from_base[:3, :3])


def test_a_map_without_poses_has_no_frames_of_places() -> None:
    assert place_transform(70, STAMP_NS, TwoPlaces(has_poses=False)) is None


@pytest.mark.parametrize(
    ("frame", "is_one"),
    [
        (place_frame("flat", 70), True),
        (place_frame("a/place_b", 0), True),
        ("base_link", False),
        ("flat/place_", False),
        ("flat/place_7a", False),
        ("/place_7", False),
    ],
)
def test_frames_of_places_are_known_by_their_names(frame: str, is_one: bool) -> None:
    assert is_place_frame(frame) == is_one
