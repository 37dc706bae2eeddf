"""What the checks look at: a bag, read once, without its pixels."""

from __future__ import annotations

from dataclasses import dataclass

from vpr_ros.core.records import Array, Intrinsics
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.bag_topics import CameraTopics
from vpr_ros.sources.bags.scan_bag import BagScan
from vpr_ros.sources.pose_track import Stamps
from vpr_ros.sources.source import SourceOptions


@dataclass(frozen=True)
class Offer:
    """A publisher, and how it sends."""

    topic: str
    reliable: bool
    node: str = ""


@dataclass(frozen=True, eq=False)
class ImageLog:
    """Each message of the image topic in the order of recording; `stamps_ns` as in the headers, 0 where there is none.

    sizes: (width, height), None of a compressed image. checksums: of the message behind its stamp; two alike are one
    picture sent twice.
    """

    stamps_ns: Stamps
    bag_ns: Stamps
    sizes: tuple[tuple[int, int] | None, ...]
    encodings: tuple[str, ...]
    frame_ids: tuple[str, ...]
    checksums: Array
    bytes_mean: float


@dataclass(frozen=True, eq=False)
class InfoSeen:
    """A CameraInfo as it was sent. `message` has the fields of sensor_msgs/CameraInfo; intrinsics None says `why`."""

    message: object
    frame_id: str
    intrinsics: Intrinsics | None
    why: str


@dataclass(frozen=True, eq=False)
class SentTransform:
    """One transform as it was sent: frames as they were spelled. values: x, y, z, qx, qy, qz, qw."""

    parent: str
    child: str
    stamp_ns: int
    bag_ns: int
    is_static: bool
    values: tuple[float, ...]


@dataclass(frozen=True)
class Hearing:
    """What only somebody who listened live knows. untold: what could not be heard, and why."""

    seconds: float
    offers: tuple[Offer, ...]
    untold: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Recording:
    """camera: None says `no_camera`. infos: those that differ, in order; their topic is `camera.info`.

    max_age_s: older images are dropped by the node.
    """

    bag: BagFile
    options: SourceOptions
    camera: CameraTopics | None
    no_camera: str
    images: ImageLog
    infos: tuple[InfoSeen, ...]
    scan: BagScan
    transforms: tuple[SentTransform, ...]
    offers: tuple[Offer, ...]
    max_age_s: float
    hearing: Hearing | None = None

    @property
    def intrinsics(self) -> Intrinsics | None:
        """Of the first calibration that can be used and is of the images' size, as the readers of bags take it."""
        if not self.infos or self.infos[0].intrinsics is None:
            return None
        seen = self.infos[0].intrinsics
        size = self.images.sizes[0] if self.images.sizes else None
        return seen if size in (None, (seen.width, seen.height)) else None
