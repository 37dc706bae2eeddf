"""Points that somebody's structure from motion saw in an image: what a source may bring along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array


@dataclass(frozen=True, eq=False)
class ObservedPoints:
    """pixels: float64 [k, 2], (0, 0) the middle of the first pixel. points_map: float64 [k, 3], where they lie in the
    map frame. numbers: int64 [k], of the points, the same in every image that sees one.
    """

    pixels: Array
    points_map: Array
    numbers: npt.NDArray[np.int64]
