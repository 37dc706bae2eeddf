"""A rosbag2 recording as a Source: images, calibration, depth, poses, odometry and labels, joined by their stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.records import Array, FloatArray, Frame, Intrinsics
from vpr_ros.sources.bags.bag_file import BagFile, BagMessage
from vpr_ros.sources.bags.bag_poses import pose_topics
from vpr_ros.sources.bags.bag_topics import IMAGE, CameraTopics, choose_camera
from vpr_ros.sources.bags.cdr_header import read_image_description
from vpr_ros.sources.bags.join_bag import FLOOR_TOPIC, ROOM_TOPIC, FrameRow, join_frames
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.scan_bag import STRING, scan_bag
from vpr_ros.sources.images.camera_intrinsics import intrinsics_from_camera_info, is_rectified_topic
from vpr_ros.sources.images.damaged_frame import naming_frame
from vpr_ros.sources.images.image_header import read_header
from vpr_ros.sources.images.image_message import (
    align_depth,
    depth_from_compressed,
    depth_from_image,
    rgb_from_compressed,
    rgb_from_image,
)
from vpr_ros.sources.source import FrameEntry, SourceOptions


class BagSource:
    """Frames of one camera in order of their stamps."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        self.name = str(path)
        self._bag = BagFile(path)
        self.kind = "rosbag2"
        self._max_megapixels = options.max_megapixels
        self._camera = choose_camera(self._bag, options)
        labels = [name for name in (ROOM_TOPIC, FLOOR_TOPIC) if self._is_text(name)]
        stamped = [topic.name for topic in (self._camera.image, self._camera.depth) if topic is not None]
        scan = scan_bag(self._bag, stamped, pose_topics(self._bag, options), labels)
        self._intrinsics, intrinsics_notes = _read_intrinsics(self._bag, self._camera, options.rectified)
        self._rows, notes = join_frames(self._bag, self._camera, scan, options)
        self.notes = (*self._camera.notes, *intrinsics_notes, *scan.notes, *notes)

    def entries(self) -> Sequence[FrameEntry]:
        return [row.entry for row in self._rows]

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        rows = self._rows if numbers is None else [self._rows[number] for number in numbers]
        image_topic = self._camera.image.name
        depth_topic = self._camera.depth.name if self._camera.depth is not None else ""
        wanted = {image_topic: Counter(row.image_index for row in rows)}
        if depth_topic:
            wanted[depth_topic] = Counter(row.depth_index for row in rows if row.depth_index is not None)
        pending = _Pending(self._bag, wanted)
        for row in rows:
            depth = None
            with naming_frame(row.entry.number, len(self._rows)):
                image = self._decode_image(row, pending.take(image_topic, row.image_index))
                if row.depth_index is not None:
                    depth = self._decode_depth(row, pending.take(depth_topic, row.depth_index), image)
            yield Frame(
                image=image,
                stamp_ns=row.entry.stamp_ns,
                camera=row.entry.camera,
                source_name=row.entry.source_name,
                intrinsics=self._intrinsics,
                depth_m=depth,
                map_from_base=row.entry.map_from_base,
                base_from_camera=row.base_from_camera,
                odom_from_base=row.odom_from_base,
                labels=row.entry.labels,
            )

    def _decode_image(self, row: FrameRow, message: BagMessage) -> Array:
        type_name = self._camera.image.type_name
        decode = rgb_from_image if type_name == IMAGE else rgb_from_compressed
        name = f"{self.name}: {row.entry.source_name}"
        with self._bag.blaming(message.topic):
            decoded = deserialize_message(type_name, message.cdr)
        return decode(decoded, name, self._max_megapixels)

    def _decode_depth(self, row: FrameRow, message: BagMessage, image: Array) -> FloatArray:
        assert self._camera.depth is not None
        type_name, name = self._camera.depth.type_name, f"{self.name}: {self._camera.depth.name} ({row.entry.stamp_ns})"
        decode = depth_from_image if type_name == IMAGE else depth_from_compressed
        with self._bag.blaming(message.topic):
            decoded = deserialize_message(type_name, message.cdr)
        return align_depth(decode(decoded, name, self._max_megapixels), image.shape[1], image.shape[0], name)

    def _is_text(self, name: str) -> bool:
        return name in self._bag.topics and self._bag.topics[name].type_name == STRING


class _Pending:
    """Messages by topic and index, read on as far as needed and kept until they are taken for the last time."""

    def __init__(self, bag: BagFile, wanted: dict[str, Counter[int]]) -> None:
        self._bag, self._wanted = bag, wanted
        self._messages = bag.messages(list(wanted))
        self._next_index: Counter[str] = Counter()
        self._kept: dict[tuple[str, int], BagMessage] = {}

    def take(self, topic: str, index: int) -> BagMessage:
        while (topic, index) not in self._kept:
            message = next(self._messages, None)
            if message is None:
                raise SourceError(f"{self._bag.path}: the bag is damaged: {topic} has fewer messages than when opened")
            found = self._next_index[message.topic]
            self._next_index[message.topic] += 1
            if self._wanted[message.topic][found]:
                self._kept[message.topic, found] = message
        self._wanted[topic][index] -= 1
        return self._kept[topic, index] if self._wanted[topic][index] else self._kept.pop((topic, index))


def _read_intrinsics(bag: BagFile, camera: CameraTopics, rectified: bool) -> tuple[Intrinsics | None, list[str]]:
    message = None if camera.info is None else bag.first(camera.info.name)
    if camera.info is None or message is None:
        return None, []
    with bag.blaming(camera.info.name):
        info = deserialize_message(camera.info.type_name, message.cdr)
    intrinsics, reason = intrinsics_from_camera_info(info, rectified=rectified or is_rectified_topic(camera.image.name))
    if intrinsics is None:
        return None, [f"no calibration from {camera.info.name}: {reason}"]
    size = _image_size(bag, camera)
    if size is not None and (intrinsics.width, intrinsics.height) != size:
        sizes = f"{intrinsics.width}x{intrinsics.height}, the images are {size[0]}x{size[1]}"
        return None, [f"no calibration: {camera.info.name} is for {sizes}"]
    return intrinsics, []


def _image_size(bag: BagFile, camera: CameraTopics) -> tuple[int, int] | None:
    """As the first image says; None where it cannot be read, which is reported when its turn comes."""
    message = bag.first(camera.image.name)
    if message is None:
        return None
    with bag.blaming(camera.image.name):
        if camera.image.type_name == IMAGE:
            described = read_image_description(message.cdr)
            return described.width, described.height
        data = deserialize_message(camera.image.type_name, message.cdr).data
    try:
        header = read_header(data.tobytes(), f"{bag.path}: first image of {camera.image.name}")
    except ImageError:
        return None
    return header.width, header.height
