"""Keypoints of a map and where they lie, whatever told it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.maps.geometry.refine_poses import RefinedPoses


@dataclass(frozen=True, eq=False)
class PlacedPoints:
    """points_base: float32 [m, 3], in the base of their keyframe, NaN where unknown. tracks: int32 [m], -1 where none.

    errors_px: how far from the points the images have them, as far as that was measured; any length. refined: of the
    keyframes, where their poses were moved to fit the images.
    """

    points_base: FloatArray
    tracks: npt.NDArray[np.int32]
    errors_px: Array
    refined: RefinedPoses | None = None

    @classmethod
    def nowhere(cls, count: int) -> PlacedPoints:
        """Keypoints of which nobody knows where they lie."""
        return cls(np.full((count, 3), np.nan, np.float32), np.full(count, -1, np.int32), np.zeros(0))
