"""Bags as sources: what was written is what is read; everything odd is said in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.read_bag import BagSource
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.source import SourceOptions

Bag = Callable[..., Path]
START_NS = 1_700_000_000 * 10**9


def read(path: Path, **options: Any) -> BagSource:
    return BagSource(path, SourceOptions(**options))


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("images", ["raw", "compressed"])
def test_a_drive_comes_back_as_it_was_written(bag: Bag, drive: Any, storage: str, images: str) -> None:
    source = read(bag(storage=storage, images=(images,), depth=(8, 6), labels=True))
    entries, frames = source.entries(), list(source.frames())
    assert [entry.number for entry in entries] == list(range(10))
    for index, (entry, frame) in enumerate(zip(entries, frames, strict=True)):
        assert entry.stamp_ns == frame.stamp_ns == START_NS + index * 10**8
        assert np.array_equal(frame.image, drive().image(index))
        assert frame.map_from_base is not None
        assert frame.map_from_base[:3, 3] == pytest.approx([index * 0.1, 0, 0])
        assert frame.odom_from_base is not None
        assert frame.odom_from_base[0, 3] == pytest.approx(index * 0.05)
        assert frame.base_from_camera is not None
        assert frame.base_from_camera[:3, 3] == pytest.approx([0, 0, 1.5])
        assert frame.depth_m is not None
        assert frame.depth_m.shape == (12, 16)
        assert frame.depth_m == pytest.approx(1.0 + index / 1000)
        assert frame.intrinsics is not None
        assert frame.intrinsics.matrix[0, 0] == 50.0
        assert frame.labels.room == entry.labels.room == ("room 0" if index < 5 else "room 5")
        assert frame.camera == "camera"
    assert len({entry.source_name for entry in entries}) == 10


def test_images_that_are_said_to_be_undistorted_are_calibrated_by_p(bag: Bag) -> None:
    path = bag()
    assert next(read(path).frames()).intrinsics.rectified is False
    seen = next(read(path, rectified=True).frames()).intrinsics
    assert (seen.rectified, seen.distortion) == (True, ())


def test_only_the_wanted_frames_are_read(bag: Bag) -> None:
    frames = list(read(bag()).frames([2, 7]))
    assert [frame.image[0, 0, 0] for frame in frames] == [20, 70]
    assert frames[1].source_name == f"/camera/image_raw@{START_NS + 7 * 10**8}"


def test_entries_come_without_pixels(bag: Bag) -> None:
    """A bag whose pixels are nonsense still has entries, and says which image is damaged when it is asked for."""
    path = bag(frames=3, images=("compressed",))
    whole = path / "drive.mcap"
    whole.write_bytes(whole.read_bytes().replace(b"IDAT", b"IDAX"))
    source = read(path)
    assert len(source.entries()) == 3
    with pytest.raises(ImageError, match=rf"/compressed@{START_NS}.*checksum of PNG chunk"):
        list(source.frames())


def test_frames_are_in_order_of_stamps_even_if_recorded_otherwise(bag: Bag) -> None:
    source = read(bag(stamp_images=lambda index: START_NS + (9 - index) * 10**8))
    stamps = [entry.stamp_ns for entry in source.entries()]
    assert stamps == sorted(stamps)
    assert [frame.image[0, 0, 0] for frame in source.frames([0, 9])] == [90, 0]


def test_images_of_repeated_stamps_are_left_out_and_counted(bag: Bag) -> None:
    source = read(bag(stamp_images=lambda index: START_NS + index // 2 * 10**8))
    assert len(source.entries()) == 5
    assert any("5 images repeat the stamp" in note for note in source.notes)


def test_some_zero_stamps_are_left_out_and_counted(bag: Bag) -> None:
    source = read(bag(stamp_images=lambda index: 0 if index in (3, 4) else START_NS + index * 10**8))
    assert len(source.entries()) == 8
    assert any("2 of 10 header stamps are zero" in note for note in source.notes)


def test_only_zero_stamps_fall_back_to_the_recorder_and_say_so(bag: Bag) -> None:
    source = read(bag(stamp_images=lambda _: 0))
    assert source.entries()[1].stamp_ns == START_NS + 10**8 + 10**6
    assert any("times of recording are used instead" in note for note in source.notes)


def test_a_depth_image_serves_every_image_near_it_in_time(tmp_path: Path) -> None:
    """Images come in pairs 10 ms apart, depth once a pair, after the second; 100 ms later there is none at all."""
    with BagWriter(tmp_path / "pairs") as bag:
        for millisecond in (0, 10, 100, 110, 200):
            now = START_NS + millisecond * 10**6
            image = {"header": header_fields(now, "cam"), "height": 1, "width": 2, "step": 6, "encoding": "rgb8"}
            bag.write("/c/image_raw", "sensor_msgs/msg/Image", {**image, "data": bytes([millisecond] * 6)}, now)
            if millisecond in (10, 110):
                depth = {"header": header_fields(now - 5 * 10**6, "cam"), "height": 1, "width": 2, "step": 4}
                millimetres = np.full(2, millisecond, np.uint16).tobytes()
                fields = {**depth, "encoding": "16UC1", "data": millimetres}
                bag.write("/c/depth", "sensor_msgs/msg/Image", fields, now + 1)
    source = read(tmp_path / "pairs", pose_topic="none")
    depths = [None if frame.depth_m is None else float(frame.depth_m[0, 0]) for frame in source.frames()]
    assert depths == [*[pytest.approx(0.01)] * 2, *[pytest.approx(0.11)] * 2, None]
    assert [frame.image[0, 0, 0] for frame in source.frames([1, 4])] == [10, 200]
    assert any("1 of 5 frames have no depth" in note for note in source.notes)


def test_depth_that_is_no_fraction_of_the_image_is_refused(bag: Bag) -> None:
    with pytest.raises(ImageError, match="10x6 is not aligned to an image of 16x12"):
        list(read(bag(depth=(10, 6))).frames())


def test_depth_in_another_frame_is_left_out_and_said(tmp_path: Path) -> None:
    fields = {"height": 2, "width": 2, "step": 6, "encoding": "rgb8", "data": bytes(12)}
    depth = {"height": 2, "width": 2, "step": 4, "encoding": "16UC1", "data": bytes(8)}
    with BagWriter(tmp_path / "two_frames") as bag:
        header = header_fields(START_NS, "colour_optical")
        bag.write("/c/image_raw", "sensor_msgs/msg/Image", {"header": header, **fields}, START_NS)
        header = header_fields(START_NS, "depth_optical")
        bag.write("/c/depth/image_rect_raw", "sensor_msgs/msg/Image", {"header": header, **depth}, START_NS)
    source = read(tmp_path / "two_frames", pose_topic="none")
    assert next(source.frames()).depth_m is None
    assert any("/c/depth/image_rect_raw is in another frame" in note for note in source.notes)
    with pytest.raises(SourceError, match="'depth_optical', the images are in 'colour_optical'"):
        read(tmp_path / "two_frames", depth_topic="/c/depth/image_rect_raw")


def test_a_label_counts_from_the_moment_it_was_recorded(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "rooms") as bag:
        for index in range(4):
            now = START_NS + index
            if index in (1, 3):
                bag.write("/ground_truth/room", "std_msgs/msg/String", {"data": f"room {index}"}, now)
            image = {"header": header_fields(now, "cam"), "height": 1, "width": 1, "step": 3, "encoding": "rgb8"}
            bag.write("/image_raw", "sensor_msgs/msg/Image", {**image, "data": b"abc"}, now)
    rooms = [entry.labels.room for entry in read(tmp_path / "rooms", pose_topic="none").entries()]
    assert rooms == [None, "room 1", "room 1", "room 3"]


def test_calibration_of_another_size_is_left_out_and_said(tmp_path: Path) -> None:
    image = {"height": 2, "width": 2, "step": 6, "encoding": "rgb8", "data": bytes(12)}
    header = header_fields(START_NS, "cam")
    info = {"header": header, "height": 480, "width": 640, "k": [500.0, 0, 320, 0, 500, 240, 0, 0, 1]}
    with BagWriter(tmp_path / "sizes") as bag:
        bag.write("/c/image_raw", "sensor_msgs/msg/Image", {"header": header, **image}, START_NS)
        bag.write("/c/camera_info", "sensor_msgs/msg/CameraInfo", info, START_NS)
    source = read(tmp_path / "sizes", pose_topic="none")
    assert next(source.frames()).intrinsics is None
    assert any("640x480, the images are 2x2" in note for note in source.notes)


def test_a_larger_image_than_allowed_is_refused(bag: Bag) -> None:
    with pytest.raises(ImageError, match=r"16x12 is more than 0\.0001 megapixels"):
        list(read(bag(), max_megapixels=0.0001).frames())


def test_a_camera_without_tf_has_no_known_mount(bag: Bag) -> None:
    source = read(bag(mount=False))
    assert next(source.frames()).base_from_camera is None
    assert any("where the camera sits is unknown" in note for note in source.notes)
