"""Frames of a recording to ask a map about, with where they were taken where the recording says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Frame
from vpr_ros.doctor.examine import spread
from vpr_ros.sources.bags.bag_poses import NO_POSES
from vpr_ros.sources.open_source import is_bag, open_source
from vpr_ros.sources.source import Source, SourceOptions


def open_frames(path: Path, options: SourceOptions) -> Iterator[Frame]:
    """A few dozen, spread over the recording."""
    source = open_with_poses(path, options)
    yield from source.frames(spread(len(source.entries())))


def open_with_poses(path: Path, options: SourceOptions) -> Source:
    """With poses in the map frame, or without where a bag has none: why not was told by other checks."""
    try:
        return open_source(path, options)
    except SourceError:
        if not is_bag(path) or options.pose_topic is not None or options.trajectory is not None:
            raise
        return open_source(path, dataclasses.replace(options, pose_topic=NO_POSES))
