"""Which topics of a bag are the images, the calibration and the depth; poses are chosen in `bag_poses.py`."""

from __future__ import annotations

from dataclasses import dataclass

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.sources.bags.bag_file import BagFile, Topic
from vpr_ros.sources.bags.cdr_header import read_compressed_format, read_image_description, read_stamped_header
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.images.camera_intrinsics import info_topic_of
from vpr_ros.sources.images.image_message import depth_from_compressed
from vpr_ros.sources.source import SourceOptions

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
_DEPTH_ENCODINGS = ("16UC1", "32FC1")


@dataclass(frozen=True)
class CameraTopics:
    """What was chosen, and remarks on it for a person."""

    image: Topic
    frame_id: str
    info: Topic | None
    depth: Topic | None
    notes: tuple[str, ...]


def choose_camera(bag: BagFile, options: SourceOptions) -> CameraTopics:
    """Named topics, or those that leave no choice. Raises SourceError listing the topics there are otherwise."""
    notes: list[str] = []
    image = _choose_image(bag, options.image_topic, notes)
    frame_id = first_frame_id(bag, image.name)
    info = _choose_info(bag, options.info_topic, image, notes)
    if options.depth_topic is not None:
        depth: Topic | None = _named_depth(bag, options.depth_topic, image, frame_id)
    else:
        depth = _choose_depth(bag, image, frame_id, notes)
    return CameraTopics(image, frame_id, info, depth, tuple(notes))


def named_topic(bag: BagFile, name: str, option: str, type_names: tuple[str, ...]) -> Topic:
    """The topic of that name. Raises SourceError where it is absent, empty or of another type."""
    topic = bag.topics.get(name)
    if topic is None:
        raise SourceError(f"{bag.path}: no topic {name} ({option}); topics there: {bag.describe_topics()}")
    if topic.type_name not in type_names:
        raise SourceError(
            f"{bag.path}: {name} ({option}) carries {topic.type_name}, expected {' or '.join(type_names)}; "
            f"topics there: {bag.describe_topics()}"
        )
    if not topic.messages:
        raise SourceError(f"{bag.path}: {name} ({option}) holds no messages; topics there: {bag.describe_topics()}")
    return topic


def _choose_image(bag: BagFile, name: str | None, notes: list[str]) -> Topic:
    if name is not None:
        return named_topic(bag, name, "--image", (IMAGE, COMPRESSED_IMAGE))
    topics = [topic for topic in bag.of_type(IMAGE, COMPRESSED_IMAGE) if not _is_depth(bag, topic)]
    raw = {topic.name for topic in topics if topic.type_name == IMAGE}
    distinct = [topic for topic in topics if topic.name.removesuffix("/compressed") not in raw - {topic.name}]
    if not distinct:
        raise SourceError(f"{bag.path}: no images in it; topics there: {bag.describe_topics()}")
    if len(distinct) > 1:
        told = ", ".join(str(topic) for topic in distinct)
        raise SourceError(f"{bag.path}: several image topics; choose one with --image: {told}")
    notes.append(f"images from {distinct[0].name}")
    return distinct[0]


def _choose_info(bag: BagFile, name: str | None, image: Topic, notes: list[str]) -> Topic | None:
    if name is not None:
        return named_topic(bag, name, "--info", (CAMERA_INFO,))
    topic = bag.topics.get(info_topic_of(image.name))
    if topic is not None and topic.type_name == CAMERA_INFO and topic.messages:
        return topic
    others = ", ".join(topic.name for topic in bag.of_type(CAMERA_INFO))
    notes.append(
        f"no calibration: there is no {info_topic_of(image.name)}" + (f"; --info can name {others}" if others else "")
    )
    return None


def _named_depth(bag: BagFile, name: str, image: Topic, frame_id: str) -> Topic:
    topic = named_topic(bag, name, "--depth", (IMAGE, COMPRESSED_IMAGE))
    if topic == image:
        raise SourceError(
            f"{bag.path}: {name} (--depth) is the topic of the images; name another, or leave --depth out"
        )
    reason = _why_no_depth(bag, topic)
    if reason:
        raise SourceError(f"{bag.path}: {name} (--depth) holds no depth: {reason}; name another, or leave --depth out")
    depth_frame = first_frame_id(bag, topic.name)
    if depth_frame != frame_id:
        raise SourceError(
            f"{bag.path}: depth of {name} is in frame {depth_frame!r}, the images are in {frame_id!r}: "
            "it is not aligned to them; name the depth topic that the driver registers to the images"
        )
    return topic


def _why_no_depth(bag: BagFile, topic: Topic) -> str:
    """Empty where its first message may be depth; a PNG of 16 bits is, whatever its format is called."""
    message = bag.first(topic.name)
    if message is None or _is_depth(bag, topic):
        return ""
    with bag.blaming(topic.name):
        if topic.type_name == IMAGE:
            encoding = read_image_description(message.cdr).encoding
            return f"its encoding is {encoding!r}, depth is {' or '.join(_DEPTH_ENCODINGS)}"
        decoded = deserialize_message(topic.type_name, message.cdr)
    try:
        depth_from_compressed(decoded, "its first message")
    except ImageError as error:
        return str(error)
    return ""


def _choose_depth(bag: BagFile, image: Topic, frame_id: str, notes: list[str]) -> Topic | None:
    others = [topic for topic in bag.of_type(IMAGE, COMPRESSED_IMAGE) if topic != image]
    depths = [topic for topic in others if _is_depth(bag, topic)]
    aligned = [topic for topic in depths if first_frame_id(bag, topic.name) == frame_id]
    raw = [topic for topic in aligned if topic.type_name == IMAGE]
    chosen = raw if len(raw) == 1 else aligned
    if len(chosen) == 1:
        notes.append(f"depth from {chosen[0].name}")
        return chosen[0]
    if aligned:
        notes.append(f"no depth used: choose one with --depth: {', '.join(topic.name for topic in aligned)}")
    elif depths:
        told = ", ".join(topic.name for topic in depths)
        notes.append(f"no depth used: {told} is in another frame than the images, so not aligned to them")
    return None


def _is_depth(bag: BagFile, topic: Topic) -> bool:
    message = bag.first(topic.name)
    if message is None:
        return False
    with bag.blaming(topic.name):
        if topic.type_name == IMAGE:
            return read_image_description(message.cdr).encoding in _DEPTH_ENCODINGS
        described = read_compressed_format(message.cdr)
    return "compressedDepth" in described or described.startswith(_DEPTH_ENCODINGS)


def first_frame_id(bag: BagFile, topic: str) -> str:
    """The frame_id of a topic's first message, empty where there is none."""
    message = bag.first(topic)
    with bag.blaming(topic):
        return "" if message is None else read_stamped_header(message.cdr).frame_id
