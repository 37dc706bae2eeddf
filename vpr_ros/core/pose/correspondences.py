"""Pairs of a pixel of the query and a point of the map: what poses are solved from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, Intrinsics, Keypoints, Matrix4


@dataclass(frozen=True, eq=False)
class QueryView:
    """One camera's image of the query. camera_from_base: with the base where it stood at the newest view's stamp."""

    keypoints: Keypoints
    intrinsics: Intrinsics
    camera_from_base: Matrix4


@dataclass(frozen=True, eq=False)
class Correspondences:
    """M pairs. pixels: float64 [M, 2] in the view's image; points_map: float64 [M, 3].

    views, keypoints: int64 [M], which view and which of its keypoints. rows, points: int64 [M], which keyframe (row of
    the table) and which of its points.
    """

    pixels: Array
    points_map: Array
    views: npt.NDArray[np.int64]
    keypoints: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    points: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pixels)

    def select(self, which: Array) -> Correspondences:
        """Those of a mask or of row numbers."""
        return Correspondences(*(getattr(self, each.name)[which] for each in fields(self)))

    def seen(self) -> int:
        """How many different keypoints of the query there are; a keypoint may be paired with several keyframes."""
        return len(np.unique(self.views * _MOST_KEYPOINTS + self.keypoints))

    def merged(self) -> Correspondences:
        """One pair a keypoint, its point the mean of those it was paired with: what was seen once counts once."""
        _, first, group = np.unique(
            self.views * _MOST_KEYPOINTS + self.keypoints, return_index=True, return_inverse=True
        )
        group = group.reshape(-1)
        sums = np.zeros((len(first), 3))
        np.add.at(sums, group, self.points_map)
        means = sums / np.bincount(group, minlength=len(first))[:, None]
        single = self.select(first)
        return Correspondences(single.pixels, means, single.views, single.keypoints, single.rows, single.points)


_MOST_KEYPOINTS = 1 << 32


def join(parts: Sequence[Correspondences]) -> Correspondences:
    """All of them, one after the other."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Correspondences(np.zeros((0, 2)), np.zeros((0, 3)), none, none, none, none)
    return Correspondences(
        *(np.concatenate([getattr(p, each.name) for p in parts]) for each in fields(Correspondences))
    )
