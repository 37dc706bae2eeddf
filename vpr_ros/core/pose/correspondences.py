"""Pairs of a pixel of the query and a point of the map: what poses are solved from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vpr_ros.core.pose.spots import spots_of
from vpr_ros.core.records import Array, Intrinsics, Keypoints, Matrix4


@dataclass(frozen=True, eq=False)
class QueryView:
    """One camera's image of the query. camera_from_base: with the base where it stood at the newest view's stamp."""

    keypoints: Keypoints
    intrinsics: Intrinsics
    camera_from_base: Matrix4

    @cached_property
    def spots(self) -> npt.NDArray[np.int64]:
        """Which spot of the picture each keypoint stands on."""
        return spots_of(self.keypoints.pixels)


@dataclass(frozen=True, eq=False)
class Correspondences:
    """M pairs. pixels: float64 [M, 2] in the view's image; points_map: float64 [M, 3].

    views, keypoints: int64 [M], which view and which of its keypoints. rows, points: int64 [M], which keyframe (row of
    the table) and which of its points. spots, place_spots: int64 [M], where in their pictures these stand (`spots_of`).
    """

    pixels: Array
    points_map: Array
    views: npt.NDArray[np.int64]
    keypoints: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    points: npt.NDArray[np.int64]
    spots: npt.NDArray[np.int64]
    place_spots: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pixels)

    def select(self, which: Array) -> Correspondences:
        """Those of a mask or of row numbers."""
        return Correspondences(*(getattr(self, each.name)[which] for each in fields(self)))

    def seen(self) -> int:
        """How many different things were seen: no more than spots of the query, nor than spots of the keyframes."""
        return min(len(np.unique(self._of_query())), len(np.unique(self.rows * _MOST_SPOTS + self.place_spots)))

    def merged(self) -> Correspondences:
        """One pair a spot of the query, its point the mean of those it was paired with."""
        _, first, group = np.unique(self._of_query(), return_index=True, return_inverse=True)
        group = group.reshape(-1)
        sums = np.zeros((len(first), 3))
        np.add.at(sums, group, self.points_map)
        means = sums / np.bincount(group, minlength=len(first))[:, None]
        return replace(self.select(first), points_map=means)

    def _of_query(self) -> npt.NDArray[np.int64]:
        return np.asarray(self.views * _MOST_SPOTS + self.spots)


_MOST_SPOTS = 1 << 32


def join(parts: Sequence[Correspondences]) -> Correspondences:
    """All of them, one after the other."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Correspondences(np.zeros((0, 2)), np.zeros((0, 3)), *[none] * 6)
    return Correspondences(
        *(np.concatenate([getattr(p, each.name) for p in parts]) for each in fields(Correspondences))
    )
