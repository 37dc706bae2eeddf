"""What a person wants to know of a map before trusting a robot to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from vpr_ros.maps.map_format import ENCODER_NEEDS, KEYPOINT_FILES, NOT_COUNTED, VOCABULARIES
from vpr_ros.maps.place_map import PlaceMap

_GROUPS = {
    "descriptors": ("descriptors",),
    "vocabulary and PCA": (*VOCABULARIES, "projection_mean", "projection_components", "projection_whitening"),
    "patch embeddings": (*ENCODER_NEEDS, "overlap_projection"),
    "thumbnails": ("thumbnails", "thumbnail_offsets"),
    "depth": ("depth",),
    "keypoints and points": KEYPOINT_FILES,
}
_REST = "poses, stamps, names, labels"


@dataclass(frozen=True)
class Extent:
    """The box that the origins of the poses lie in, metres in the map frame, and how far the drive went."""

    low_m: tuple[float, float, float]
    high_m: tuple[float, float, float]
    path_m: float


@dataclass(frozen=True)
class MapSummary:
    """Figures of a map. `rooms` counts places by (floor, room), None where nobody gave a name.

    `group_bytes` says what each part costs on disk; `bytes_a_keyframe` is told without thumbnails and depth, which
    serve people and evaluation.
    """

    places: int
    rooms: tuple[tuple[str | None, str | None, int], ...]
    extent: Extent | None
    seconds: float
    group_bytes: dict[str, int]
    bytes_a_keyframe: float


def summarize_map(place_map: PlaceMap) -> MapSummary:
    """The figures of an open map."""
    table = place_map.table
    counts = Counter((labels.floor, labels.room) for labels in table.labels)
    rooms = sorted(((*key, count) for key, count in counts.items()), key=lambda row: (row[0] or "~", row[1] or "~"))
    counted = sum(size for name, size in place_map.file_bytes.items() if name not in NOT_COUNTED)
    return MapSummary(
        places=len(table),
        rooms=tuple(rooms),
        extent=_extent(place_map),
        seconds=float(np.ptp(np.asarray(table.stamps_ns).astype(np.float64)) / 1e9),
        group_bytes=_group_bytes(place_map),
        bytes_a_keyframe=counted / len(table),
    )


def _extent(place_map: PlaceMap) -> Extent | None:
    poses = place_map.table.map_from_base
    if poses is None:
        return None
    origins = poses[:, :3, 3]
    low, high = (tuple(float(value) for value in corner) for corner in (origins.min(axis=0), origins.max(axis=0)))
    steps = np.linalg.norm(np.diff(origins, axis=0), axis=1)
    return Extent((low[0], low[1], low[2]), (high[0], high[1], high[2]), float(steps.sum()))


def _group_bytes(place_map: PlaceMap) -> dict[str, int]:
    sizes = place_map.file_bytes
    groups = {group: sum(sizes.get(name, 0) for name in names) for group, names in _GROUPS.items()}
    grouped = {name for names in _GROUPS.values() for name in names}
    groups[_REST] = sum(size for name, size in sizes.items() if name not in grouped)
    return {group: size for group, size in groups.items() if size}
