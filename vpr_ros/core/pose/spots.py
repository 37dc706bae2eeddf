"""Keypoints that stand on one spot of a picture are one observation, however many ways they are described.

SIFT gives a corner with two orientations twice; both are found again together, right or wrong. Counted twice they make
a pose look better held than it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array

STEPS_A_PIXEL = 4
"""Keypoints nearer to each other than such a step are on one spot; no extractor tells corners so near apart."""


def spots_of(pixels: Array) -> npt.NDArray[np.int64]:
    """[N, 2] -> [N], the same number for keypoints on the same spot."""
    steps = np.round(np.asarray(pixels, dtype=np.float64) * STEPS_A_PIXEL).astype(np.int64)
    _, spots = np.unique(steps[:, 0] * _MOST_STEPS + steps[:, 1], return_inverse=True)
    return np.asarray(spots.reshape(-1), dtype=np.int64)


_MOST_STEPS = 1 << 31
