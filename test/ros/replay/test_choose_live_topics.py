"""Which topics of a robot are listened to."""

from __future__ import annotations

import pytest

from vpr_ros.core.errors import UsageError
from vpr_ros.ros.replay.choose_live_topics import choose_live_topics

IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
ROBOT = [
    ("/camera/image_raw", IMAGE),
    ("/camera/image_raw/compressed", COMPRESSED),
    ("/camera/image_raw/compressedDepth", COMPRESSED),
    ("/camera/depth/image_raw", IMAGE),
    ("/vpr/debug_image/compressed", COMPRESSED),
    ("/camera/camera_info", "sensor_msgs/msg/CameraInfo"),
    ("/odom", "nav_msgs/msg/Odometry"),
    ("/tf", "tf2_msgs/msg/TFMessage"),
    ("/rosout", "rcl_interfaces/msg/Log"),
]


def test_of_one_camera_the_raw_images_and_what_belongs_to_them():
    assert choose_live_topics(ROBOT, None, None) == ("/camera/camera_info", "/camera/image_raw", "/odom", "/tf")


def test_compressed_images_where_they_are_all_there_is():
    there = [each for each in ROBOT if each != ("/camera/image_raw", IMAGE)]
    assert "/camera/image_raw/compressed" in choose_live_topics(there, None, None)
    assert "/camera/image_raw/compressed" in choose_live_topics(there, "/camera/image_raw", None)


def test_a_person_names_what_is_not_clear():
    both = [*ROBOT, ("/rear/image_raw", IMAGE), ("/rear/info", "sensor_msgs/msg/CameraInfo")]
    with pytest.raises(UsageError, match="choose one with --image: /camera/image_raw, /rear/image_raw"):
        choose_live_topics(both, None, None)
    chosen = choose_live_topics(both, "/rear/image_raw", "/rear/info")
    assert {"/rear/image_raw", "/rear/info"} <= {*chosen}
    assert "/camera/image_raw" not in chosen
    with pytest.raises(UsageError, match="nobody publishes images on /front"):
        choose_live_topics(both, "/front", None)


def test_without_a_camera_the_rest_is_heard():
    assert choose_live_topics(ROBOT[6:], None, None) == ("/odom", "/tf")
    assert choose_live_topics([], None, None) == ()
