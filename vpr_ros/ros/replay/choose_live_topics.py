"""Which topics of a running robot make a recording that can be looked at like any bag. Knows no rclpy."""

from __future__ import annotations

from collections.abc import Sequence

from vpr_ros.core.errors import UsageError
from vpr_ros.ros.inputs.choose_stream import COMPRESSED, COMPRESSED_SUFFIX, RAW
from vpr_ros.sources.bags.scan_bag import POSE_TYPES, TF_TOPICS
from vpr_ros.sources.images.camera_intrinsics import info_topic_of

_NO_CAMERA = ("depth", "compressedDepth", "debug_image")
"""Parts of topic names: pictures that no camera took, or not of light."""


def choose_live_topics(published: Sequence[tuple[str, str]], image: str | None, info: str | None) -> tuple[str, ...]:
    """Of (topic, type): the images, their CameraInfo, everything that may say where the robot is, and TF.

    image, info: as a person named them. Raises UsageError where that is not published, or several cameras are and
    nobody named one. Without any camera the others are chosen all the same.
    """
    types = dict(published)
    chosen = _choose_image(types, image)
    topics = [name for name, kind in published if kind in POSE_TYPES or name in TF_TOPICS]
    if chosen is not None:
        topics += [chosen, info or info_topic_of(chosen)]
    return tuple(sorted({*topics} & types.keys()))


def _choose_image(types: dict[str, str], image: str | None) -> str | None:
    pictures = [name for name, kind in types.items() if kind in (RAW, COMPRESSED)]
    if image is not None:
        for name in (image, f"{image}/{COMPRESSED_SUFFIX}"):
            if name in pictures:
                return name
        raise UsageError(f"nobody publishes images on {image}; image topics: {', '.join(sorted(pictures)) or 'none'}")
    cameras = [name for name in pictures if not {*name.split("/")} & {*_NO_CAMERA}]
    # Of a stream that is published both ways, the raw images.
    distinct = sorted(name for name in cameras if name.removesuffix(f"/{COMPRESSED_SUFFIX}") not in {*cameras} - {name})
    if len(distinct) > 1:
        raise UsageError(f"several image topics; choose one with --image: {', '.join(distinct)}")
    return distinct[0] if distinct else None
