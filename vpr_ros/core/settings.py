"""The settings, one typed tree. The same names serve YAML files, `--set a.b=c` and ROS parameters.

A field's metadata holds `help` and, for numbers, `low` and `high`; for names, `choices`. Nothing outside is guessed:
`parse_settings.py` stops at the first key or value that does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vpr_ros.core.errors import SettingsError


def _setting(default: Any, text: str, **limits: Any) -> Any:
    return field(default=default, metadata={"help": text, **limits})


@dataclass(frozen=True)
class ImageSettings:
    """How pixels are prepared before anything looks at them."""

    long_side_px: int = _setting(
        320, "images are resized to this long side, keeping their whole view", low=64, high=4096
    )
    max_megapixels: float = _setting(100.0, "larger images are refused before they are decoded", low=0.01, high=1000.0)


@dataclass(frozen=True)
class DenseSiftSettings:
    """RootSIFT on a dense grid."""

    step_px: int = _setting(8, "distance of grid points in the resized image", low=2, high=64)
    bin_sizes_px: tuple[int, ...] = _setting(
        (6, 8, 12, 16), "side of one of the 4x4 spatial bins, one scale each", low=2, high=64
    )
    min_contrast: float = _setting(
        0.002,
        "patches whose mean gradient (grey levels 0..1 a pixel) is lower show nothing but noise",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class FeatureSettings:
    """Which network or method describes patches."""

    name: str = _setting(
        "auto", "patch features; auto chooses what this machine can run and says so", choices=("auto", "dense_sift")
    )
    dense_sift: DenseSiftSettings = field(default_factory=DenseSiftSettings)


@dataclass(frozen=True)
class AggregationSettings:
    """How patches become one descriptor."""

    name: str = _setting("vlad", "aggregation of patches", choices=("vlad",))
    clusters: int = _setting(128, "centres of the vocabulary", low=1, high=4096)
    dimensions: int = _setting(
        512, "length of the descriptor after PCA, at most keyframes - 1; 0 switches PCA off", low=0, high=65536
    )
    vocabulary_frames: int = _setting(
        300, "keyframes that the vocabulary is learned from, spread over the drive", low=1, high=100000
    )
    seed: int = _setting(0, "seed of the vocabulary", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class RetrievalSettings:
    """How many places are looked at, and when the answer is no."""

    top_k: int = _setting(20, "candidates a query gets", low=1, high=1000)
    min_valid_patches: float = _setting(
        0.1,
        "a query with a smaller share of describable patches is refused: a blank wall is no place",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class RoomSettings:
    """Names of rooms and floors by the vote of the candidates."""

    enabled: bool = _setting(True, "publish rooms and floors")
    voters: int = _setting(5, "best candidates that vote", low=1, high=1000)
    min_share: float = _setting(0.5, "a label with a smaller share of the vote is `unknown`", low=0.0, high=1.0)


@dataclass(frozen=True)
class MapSettings:
    """Which frames become keyframes, and what is kept of them. The first limit that is reached makes a keyframe."""

    keyframe_distance_m: float = _setting(0.25, "a keyframe after this far", low=0.0, high=1000.0)
    keyframe_angle_deg: float = _setting(15.0, "a keyframe after this turn", low=0.0, high=180.0)
    keyframe_interval_s: float = _setting(
        1.0, "where frames have no pose: a keyframe after this long", low=0.0, high=3600.0
    )
    max_pose_gap_s: float = _setting(
        0.5, "frames between poses further apart than this have no pose", low=0.001, high=60.0
    )
    thumbnail_px: int = _setting(160, "long side of the thumbnails kept for pictures; 0 keeps none", low=0, high=1024)


@dataclass(frozen=True)
class NodeSettings:
    """The ROS node."""

    rate_hz: float = _setting(5.0, "localizations a second at most", low=0.01, high=1000.0)
    max_age_s: float = _setting(1.0, "older images are dropped and counted", low=0.01, high=3600.0)
    map_frame: str = _setting("map", "frame that poses are published in")
    base_frame: str = _setting("base_link", "the robot's frame")


@dataclass(frozen=True)
class Settings:
    """Everything that can be set."""

    image: ImageSettings = field(default_factory=ImageSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    aggregation: AggregationSettings = field(default_factory=AggregationSettings)
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    rooms: RoomSettings = field(default_factory=RoomSettings)
    map: MapSettings = field(default_factory=MapSettings)
    node: NodeSettings = field(default_factory=NodeSettings)

    def __post_init__(self) -> None:
        if self.rooms.voters > self.retrieval.top_k:
            raise SettingsError(
                f"rooms.voters={self.rooms.voters} asks for more candidates than "
                f"retrieval.top_k={self.retrieval.top_k} yields; lower the one or raise the other"
            )
