"""The seam of every source: entries first (cheap, no pixels), then the frames that are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vpr_ros.core.records import Frame, Labels, Matrix4


@dataclass(frozen=True, eq=False)
class FrameEntry:
    """What is known of a frame without decoding it. `number` counts from 0 in natural order of names or stamps.

    has_heading is False where only the position in map_from_base is known (photos with GPS): its rotation is then the
    identity, says nothing, and is not to be judged. has_stamp is False where nobody knows when the frame was taken:
    stamp_ns then counts frames, a second each, and gives their order only.
    """

    number: int
    stamp_ns: int
    source_name: str
    camera: str
    map_from_base: Matrix4 | None
    labels: Labels
    has_heading: bool = True
    has_stamp: bool = True


@dataclass(frozen=True)
class SourceOptions:
    """What a person may say about a source; None lets it be found in the source.

    pose_topic may also be /tf, or `none` for doing without poses. trajectory is a file in TUM's format, for bags and
    for folders of images. positions: where photos of a folder say they were taken, `names`, `exif`, or `none` for doing
    without. images: the folder of the images of a COLMAP model. rectified: images of the bag are undistorted already;
    of topics called `image_rect...` that is known.
    """

    image_topic: str | None = None
    pose_topic: str | None = None
    info_topic: str | None = None
    depth_topic: str | None = None
    trust_odometry: bool = False
    trajectory: Path | None = None
    positions: str | None = None
    images: Path | None = None
    rectified: bool = False
    max_pose_gap_s: float = 0.5
    map_frame: str = "map"
    base_frame: str = "base_link"
    max_megapixels: float = 100.0


class Source(Protocol):
    """A bag or a folder. Opening it raises SourceError with what is missing and what there is instead."""

    name: str
    kind: str
    notes: tuple[str, ...]
    """Remarks for a person, one line each: what was chosen, what was left out and why."""

    def entries(self) -> Sequence[FrameEntry]:
        """Every frame, in order of `number`."""

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        """The frames of these numbers (ascending; None is all), decoded one at a time, in that order."""
