"""The settings, one typed tree. The same names serve YAML files, `--set a.b=c` and ROS parameters.

A field's metadata holds `help` and, for numbers, `low` and `high`; for names, `choices`. Nothing outside is guessed:
`parse_settings.py` stops at the first key or value that does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.rerank_settings import RerankSettings
from vpr_ros.core.setting import setting

AGGREGATIONS = ("vlad", "soft_vlad", "gem", "gem_signed", "global")
LEARNED_HERE = "map"
"""The value of `aggregation.vocabulary` that learns one from the map's own keyframes."""
INDEXES = ("auto", "exact", "flat", "pq_scan", "ivf_pq", "hnsw", "torch")


@dataclass(frozen=True)
class ImageSettings:
    """How pixels are prepared before anything looks at them."""

    long_side_px: int = setting(
        320, "images are resized to this long side, keeping their whole view", low=64, high=4096
    )
    max_megapixels: float = setting(100.0, "larger images are refused before they are decoded", low=0.01, high=1000.0)


@dataclass(frozen=True)
class AggregationSettings:
    """How patches become one descriptor."""

    name: str = setting(
        "vlad",
        "vlad, soft_vlad; gem (clamped, for CNNs), gem_signed (AnyLoc's, for transformers); global: the vector that "
        "the network makes of the whole image (DINOv2's class token, SALAD's descriptor, ...)",
        choices=AGGREGATIONS,
    )
    clusters: int = setting(128, "centres of the vocabulary (AnyLoc: 32)", low=1, high=4096)
    temperature: float = setting(1.0, "soft VLAD: sharpness of the assignment to centres", low=0.0, high=1000.0)
    anyloc_compat: bool = setting(
        False, "soft VLAD as AnyLoc's code has it: every slot sums the residuals to all centres"
    )
    gem_power: float = setting(3.0, "GeM: the power of the mean", low=0.1, high=100.0)
    vocabulary: str = setting(
        LEARNED_HERE, "`map`: learned from this map's keyframes; or a vocabulary file (`vpr train vocabulary`)"
    )
    keep_clusters: tuple[int, ...] = setting(
        (), "clusters that descriptors are made of; empty keeps all", low=0, high=4095, may_be_empty=True
    )
    drop_clusters: tuple[int, ...] = setting(
        (), "clusters left out of descriptors (people, sky)", low=0, high=4095, may_be_empty=True
    )
    dimensions: int = setting(
        512, "length of the descriptor after PCA, at most keyframes - 1; 0 switches PCA off", low=0, high=65536
    )
    whitening: bool = setting(
        False,
        "scale principal directions to equal variance, shrunk towards their mean (Ledoit-Wolf); for large maps",
    )
    vocabulary_frames: int = setting(
        300, "keyframes that the vocabulary is learned from, spread over the drive", low=1, high=100000
    )
    seed: int = setting(0, "seed of the vocabulary", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class EnsembleSettings:
    """Several descriptors of an image as one."""

    members: tuple[str, ...] = setting(
        (),
        "FEATURES+AGGREGATION of each, e.g. [dense_sift+vlad, cnn+gem]; empty: features.name+aggregation.name",
        may_be_empty=True,
    )
    combine: str = setting(
        "concatenate",
        "descriptors of unit length are joined or, where equally long, averaged",
        choices=("concatenate", "average"),
    )


@dataclass(frozen=True)
class RetrievalSettings:
    """How many places are looked at, and when the answer is no."""

    top_k: int = setting(20, "candidates a query gets", low=1, high=1000, live=True)
    index: str = setting(
        "auto",
        "how near descriptors are found: exact (numpy), flat, pq_scan, ivf_pq, hnsw (FAISS), torch (exact, GPU); auto "
        "is exact up to 100,000 places and pq_scan above",
        choices=INDEXES,
    )
    min_valid_patches: float = setting(
        0.1,
        "a query with a smaller share of describable patches is refused: a blank wall is no place",
        low=0.0,
        high=1.0,
        live=True,
    )


@dataclass(frozen=True)
class RoomSettings:
    """Names of rooms and floors by the vote of the candidates."""

    enabled: bool = setting(True, "publish rooms and floors", live=True)
    voters: int = setting(5, "best candidates that vote", low=1, high=1000, live=True)
    min_share: float = setting(
        0.5, "a label with a smaller share of the vote is `unknown`", low=0.0, high=1.0, live=True
    )


@dataclass(frozen=True)
class MapSettings:
    """Which frames become keyframes, and what is kept of them. The first limit that is reached makes a keyframe."""

    keyframe_distance_m: float = setting(0.25, "a keyframe after this far", low=0.0, high=1000.0)
    keyframe_angle_deg: float = setting(15.0, "a keyframe after this turn", low=0.0, high=180.0)
    keyframe_interval_s: float = setting(
        1.0, "where frames have no pose: a keyframe after this long", low=0.0, high=3600.0
    )
    thinning_m: float = setting(
        0.0, "no two keyframes of a visit nearer than this; the first stays; 0 keeps all", low=0.0, high=100000.0
    )
    visits: str = setting(
        "date",
        "date: keyframes of each day (UTC) are chosen and thinned by themselves, so that a place of two days stays "
        "twice; one: all frames are taken together",
        choices=("date", "one"),
    )
    max_pose_gap_s: float = setting(
        0.5, "frames between poses further apart than this have no pose", low=0.001, high=60.0
    )
    thumbnail_px: int = setting(160, "long side of the thumbnails kept for pictures; 0 keeps none", low=0, high=1024)


@dataclass(frozen=True)
class Settings:
    """Everything that can be set."""

    image: ImageSettings = field(default_factory=ImageSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    aggregation: AggregationSettings = field(default_factory=AggregationSettings)
    ensemble: EnsembleSettings = field(default_factory=EnsembleSettings)
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    pose: PoseSettings = field(default_factory=PoseSettings)
    rerank: RerankSettings = field(default_factory=RerankSettings)
    rooms: RoomSettings = field(default_factory=RoomSettings)
    map: MapSettings = field(default_factory=MapSettings)
    node: NodeSettings = field(default_factory=NodeSettings)

    def __post_init__(self) -> None:
        if self.rooms.voters > self.retrieval.top_k:
            raise SettingsError(
                f"rooms.voters={self.rooms.voters} asks for more candidates than "
                f"retrieval.top_k={self.retrieval.top_k} yields; lower the one or raise the other"
            )
        if self.aggregation.whitening and not self.aggregation.dimensions:
            raise SettingsError(
                "aggregation.whitening=true scales what PCA makes, and aggregation.dimensions=0 switches PCA off; "
                "set aggregation.dimensions, e.g. 512, or leave out whitening"
            )
        if self.pose.min_depth_m >= self.pose.max_depth_m:
            raise SettingsError(
                f"pose.min_depth_m={self.pose.min_depth_m} and pose.max_depth_m={self.pose.max_depth_m} leave no depth "
                "between them; lower the one or raise the other"
            )
