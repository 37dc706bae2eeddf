"""The chosen pictures of a bag, decoded; one that cannot be is told of and passed over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.records import Array
from vpr_ros.doctor.choose_frames import choose_frames
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.watch_frames import Looked
from vpr_ros.sources.bags.bag_file import BagMessage
from vpr_ros.sources.bags.bag_topics import IMAGE
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.images.image_message import rgb_from_compressed, rgb_from_image
from vpr_ros.sources.pose_track import PoseTrack, Stamps


def image_stamps(recording: Recording) -> Stamps:
    """Of the headers; where all of them are zero, the times of recording."""
    log = recording.images
    return log.stamps_ns if (log.stamps_ns > 0).any() else log.bag_ns


def look_at_bag(recording: Recording, reference: PoseTrack | None) -> Iterator[Looked]:
    """In the order of recording. Images without a stamp among others that have one are passed over."""
    assert recording.camera is not None
    stamps = image_stamps(recording)
    usable = np.flatnonzero(stamps > 0)
    order = usable[np.argsort(stamps[usable], kind="stable")]
    if not len(order):
        return
    chosen = set(order[choose_frames(stamps[order], reference)].tolist())
    last = -1
    for index, message in enumerate(recording.bag.messages([recording.camera.image.name])):
        if index not in chosen:
            continue
        follows = index == last + 1 and stamps[index] > stamps[last]
        last = index
        try:
            yield Looked(int(stamps[index]), follows, _decode(recording, message))
        except (ImageError, SourceError) as error:
            yield Looked(int(stamps[index]), follows, None, str(error))


def _decode(recording: Recording, message: BagMessage) -> Array:
    assert recording.camera is not None
    type_name = recording.camera.image.type_name
    decode = rgb_from_image if type_name == IMAGE else rgb_from_compressed
    decoded = deserialize_message(type_name, message.cdr)
    return decode(decoded, message.topic, recording.options.max_megapixels)
