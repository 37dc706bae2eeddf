"""What a map knows of one keyframe's points, and who has it: the seam between verifying and the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vpr_ros.core.pose.shared_error import SharedError
from vpr_ros.core.pose.spots import spots_of
from vpr_ros.core.records import Array, FloatArray, Intrinsics, Keypoints, Matrix4


@dataclass(frozen=True, eq=False)
class KeyframePoints:
    """One keyframe as the verifier sees it.

    pixels: float32 [N, 2] and descriptors [N, D], as `Keypoints` has them. points_map: float64 [N, 3], where each lies
    in the map frame, metres (perhaps in a country's grid: in single precision half a metre would be lost); NaN rows
    where nobody knows (all of them where the map has no geometry).
    """

    place_id: int
    pixels: FloatArray
    descriptors: Array
    points_map: Array
    intrinsics: Intrinsics
    map_from_base: Matrix4
    base_from_camera: Matrix4

    def keypoints(self) -> Keypoints:
        """What a matcher is given. The map keeps no scores: all are 1."""
        size = (self.intrinsics.width, self.intrinsics.height)
        return Keypoints(self.pixels, self.descriptors, np.ones(len(self.pixels), np.float32), size)

    @cached_property
    def spots(self) -> npt.NDArray[np.int64]:
        """Which spot of the picture each keypoint stands on."""
        return spots_of(self.pixels)

    @property
    def map_from_camera(self) -> Matrix4:
        """Where the camera stood."""
        return np.asarray(self.map_from_base @ self.base_from_camera, dtype=np.float64)


class MapPoints(Protocol):
    """The points of a map, keyframe by keyframe. Rows are those of the map's `PlaceTable`."""

    @property
    def shared_error(self) -> SharedError:
        """What its points are wrong by together, as far as the map knows."""

    def keyframe(self, row: int) -> KeyframePoints | None:
        """None where this keyframe has no points, no pose, no intrinsics or no mounting."""

    def covisible(self, row: int, most: int) -> Sequence[int]:
        """Rows of other keyframes that see the same points, those that share most first; at most so many."""
