"""A bag becomes a `Recording`. Raises SourceError where the bag itself cannot be read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from rosbags.interfaces import QosReliability

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.doctor.recording import Hearing, ImageLog, InfoSeen, Offer, Recording, SentTransform
from vpr_ros.sources.bags.bag_file import BagFile, BagMessage
from vpr_ros.sources.bags.bag_poses import pose_topics
from vpr_ros.sources.bags.bag_topics import CAMERA_INFO, IMAGE, CameraTopics, choose_camera
from vpr_ros.sources.bags.cdr_header import read_compressed_format, read_image_description, read_stamped_header
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.scan_bag import ODOMETRY, TF_MESSAGE, TF_TOPICS, scan_bag, stamp_of
from vpr_ros.sources.images.camera_intrinsics import intrinsics_from_camera_info, is_rectified_topic
from vpr_ros.sources.images.image_header import read_header
from vpr_ros.sources.source import SourceOptions

_STAMP_END = 12
"""Bytes of a message until its stamp ends: 4 of encapsulation, 8 of seconds and nanoseconds."""
NOTHING = ImageLog(np.zeros(0, np.int64), np.zeros(0, np.int64), (), (), (), np.zeros(0, np.uint32), 0.0)


def read_recording(bag: BagFile, options: SourceOptions, max_age_s: float, hearing: Hearing | None = None) -> Recording:
    """Everything but pixels. Where there are no images and nobody named a topic, `no_camera` says so."""
    camera, no_camera = _choose(bag, options)
    topics = pose_topics(bag, options)
    scan = scan_bag(bag, [], topics, [])
    images = NOTHING if camera is None else _log_images(bag, camera)
    infos = () if camera is None else tuple(_infos(bag, camera, is_rectified(camera, options)))
    offers = hearing.offers if hearing is not None else tuple(_offers(bag))
    transforms = tuple(_transforms(bag))
    return Recording(bag, options, camera, no_camera, images, infos, scan, transforms, offers, max_age_s, hearing)


def _choose(bag: BagFile, options: SourceOptions) -> tuple[CameraTopics | None, str]:
    try:
        return choose_camera(bag, options), ""
    except SourceError as error:
        if options.image_topic or options.info_topic or options.depth_topic or "choose one" in str(error):
            raise
        return None, str(error)


def _log_images(bag: BagFile, camera: CameraTopics) -> ImageLog:
    raw = camera.image.type_name == IMAGE
    rows = [_image_row(bag, message, raw) for message in bag.messages([camera.image.name])]
    if not rows:
        return NOTHING
    stamps, bag_ns, sizes, encodings, frames, checksums, lengths = zip(*rows, strict=True)
    return ImageLog(
        np.array(stamps, np.int64),
        np.array(bag_ns, np.int64),
        (_compressed_size(bag, camera), *sizes[1:]) if not raw else sizes,
        encodings,
        frames,
        np.array(checksums, np.uint32),
        float(np.mean(lengths)),
    )


def _image_row(
    bag: BagFile, message: BagMessage, raw: bool
) -> tuple[int, int, tuple[int, int] | None, str, str, int, int]:
    with bag.blaming(message.topic):
        header = read_stamped_header(message.cdr)
        size, encoding = None, ""
        if raw:
            described = read_image_description(message.cdr)
            size, encoding = (described.width, described.height), described.encoding
        else:
            encoding = read_compressed_format(message.cdr)
    checksum = zlib.crc32(memoryview(message.cdr)[_STAMP_END:])
    return header.stamp_ns, message.bag_ns, size, encoding, header.frame_id, checksum, len(message.cdr)


def _compressed_size(bag: BagFile, camera: CameraTopics) -> tuple[int, int] | None:
    """Of the first image, None where its header cannot be read: that it cannot is told by those who decode it."""
    message = bag.first(camera.image.name)
    if message is None:
        return None
    with bag.blaming(camera.image.name):
        data = deserialize_message(camera.image.type_name, message.cdr).data
    try:
        header = read_header(data.tobytes(), camera.image.name)
    except ImageError:
        return None
    return header.width, header.height


def is_rectified(camera: CameraTopics, options: SourceOptions) -> bool:
    """Whether the images are undistorted already, because somebody or their topic's name says so."""
    return options.rectified or is_rectified_topic(camera.image.name)


def _infos(bag: BagFile, camera: CameraTopics, rectified: bool) -> Iterator[InfoSeen]:
    """Every calibration that differs from those before it."""
    if camera.info is None:
        return
    known = set()
    for message in bag.messages([camera.info.name]):
        with bag.blaming(camera.info.name):
            info = deserialize_message(CAMERA_INFO, message.cdr)
        part = info.binning_x, info.binning_y, repr(info.roi)
        said = (
            info.width,
            info.height,
            info.distortion_model,
            part,
            *(each.tobytes() for each in (info.k, info.d, info.p)),
        )
        if said not in known:
            known.add(said)
            intrinsics, why = intrinsics_from_camera_info(info, rectified=rectified)
            yield InfoSeen(info, str(info.header.frame_id), intrinsics, why)


def _offers(bag: BagFile) -> Iterator[Offer]:
    for name in bag.topics:
        for profile in bag.offered_qos(name):
            yield Offer(name, profile.reliability != QosReliability.BEST_EFFORT)


def _transforms(bag: BagFile) -> Iterator[SentTransform]:
    named = [name for name in TF_TOPICS if name in bag.topics and bag.topics[name].type_name == TF_MESSAGE]
    for message in bag.messages(named):
        with bag.blaming(message.topic):
            decoded = deserialize_message(TF_MESSAGE, message.cdr)
        for each in decoded.transforms:
            at, turn = each.transform.translation, each.transform.rotation
            yield SentTransform(
                str(each.header.frame_id),
                str(each.child_frame_id),
                stamp_of(each.header) or message.bag_ns,
                message.bag_ns,
                message.topic == TF_TOPICS[1],
                (at.x, at.y, at.z, turn.x, turn.y, turn.z, turn.w),
            )


def spelled_frame(bag: BagFile, topic: str) -> str:
    """The frame of a topic's first message as it is spelled, with a leading slash where there is one."""
    message = bag.first(topic)
    if message is None:
        return ""
    with bag.blaming(topic):
        return str(deserialize_message(bag.topics[topic].type_name, message.cdr).header.frame_id)


def odometry_topics(bag: BagFile) -> list[str]:
    """Topics of nav_msgs/Odometry with messages."""
    return [topic.name for topic in bag.of_type(ODOMETRY)]
