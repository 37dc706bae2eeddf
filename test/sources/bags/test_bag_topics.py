"""Topics are found where they leave no choice; otherwise the message lists what there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.bag_topics import CameraTopics, choose_camera
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.source import SourceOptions

Bag = Callable[..., Path]
IMAGE = {"header": header_fields(5, "cam"), "height": 1, "width": 1, "step": 3, "encoding": "rgb8", "data": b"abc"}


def choose(path: Path, **options: Any) -> CameraTopics:
    return choose_camera(BagFile(path), SourceOptions(**options))


def test_image_depth_and_calibration_are_found(bag: Bag) -> None:
    topics = choose(bag(depth=(16, 12)))
    assert topics.image.name == "/camera/image_raw"
    assert topics.info is not None
    assert topics.info.name == "/camera/camera_info"
    assert topics.depth is not None
    assert topics.depth.name == "/camera/depth/image_raw"


def test_of_a_stream_recorded_twice_the_raw_one_is_taken(bag: Bag) -> None:
    assert choose(bag(images=("raw", "compressed"))).image.name == "/camera/image_raw"


def test_a_bag_without_images_lists_its_topics(bag: Bag) -> None:
    with pytest.raises(SourceError, match=r"no images in it; topics there: /camera/camera_info .*/tf_static"):
        choose(bag(images=()))


def test_a_named_topic_that_is_not_there_lists_those_that_are(bag: Bag) -> None:
    with pytest.raises(
        SourceError, match=r"no topic /front \(--image\); .*/camera/image_raw \(sensor_msgs/msg/Image, 10\)"
    ):
        choose(bag(), image_topic="/front")


def test_two_cameras_leave_a_choice(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "two") as bag:
        bag.write("/left/image_raw", "sensor_msgs/msg/Image", IMAGE, 5)
        bag.write("/right/image_raw", "sensor_msgs/msg/Image", IMAGE, 5)
    with pytest.raises(SourceError, match=r"choose one with --image: /left/image_raw .*/right/image_raw"):
        choose(tmp_path / "two")
    assert choose(tmp_path / "two", image_topic="/right/image_raw").image.name == "/right/image_raw"


def test_missing_calibration_is_noted_with_what_could_be_named(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "elsewhere") as bag:
        bag.write("/front/image_raw", "sensor_msgs/msg/Image", IMAGE, 5)
        bag.write("/calibration", "sensor_msgs/msg/CameraInfo", {"header": header_fields(5, "cam")}, 5)
    topics = choose(tmp_path / "elsewhere")
    assert topics.info is None
    assert any("no /front/camera_info; --info can name /calibration" in note for note in topics.notes)
    named = choose(tmp_path / "elsewhere", info_topic="/calibration").info
    assert named is not None
    assert named.name == "/calibration"


def test_the_images_are_no_depth(bag: Bag) -> None:
    with pytest.raises(SourceError, match=r"/camera/image_raw \(--depth\) is the topic of the images; name another"):
        choose(bag(depth=(16, 12)), depth_topic="/camera/image_raw")


@pytest.mark.parametrize(
    ("images", "topic", "reason"),
    [
        (("raw", "compressed"), "/camera/image_raw/compressed", "expected one channel of 16 bits, got uint8"),
        (("raw", "compressed"), "/camera/image_raw", "its encoding is 'rgb8', depth is 16UC1 or 32FC1"),
    ],
)
def test_a_named_depth_of_another_encoding_is_refused_by_name(
    bag: Bag, images: tuple[str, ...], topic: str, reason: str
) -> None:
    image = next(name for name in ("/camera/image_raw", "/camera/image_raw/compressed") if name != topic)
    with pytest.raises(SourceError, match=rf"{topic} \(--depth\) holds no depth: .*{reason}"):
        choose(bag(images=images), image_topic=image, depth_topic=topic)


def test_a_png_of_16_bits_may_be_named_as_depth(tmp_path: Path) -> None:
    png = cv2.imencode(".png", np.full((2, 2), 1000, np.uint16))[1]
    fields = {"header": IMAGE["header"], "format": "png", "data": png}
    with BagWriter(tmp_path / "png") as bag:
        bag.write("/c/image_raw", "sensor_msgs/msg/Image", IMAGE, 5)
        bag.write("/c/depth", "sensor_msgs/msg/CompressedImage", fields, 5)
    depth = choose(tmp_path / "png", image_topic="/c/image_raw", depth_topic="/c/depth").depth
    assert depth is not None
    assert depth.name == "/c/depth"
