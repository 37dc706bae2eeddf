"""Which depth image belongs to an image, where both are stamped by themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.sources.pose_track import Stamps

DEPTH_TOLERANCE_NS = 20_000_000
"""A depth image this far in time from the image still shows what it shows; drivers that align them stamp them alike."""


def nearest_depth(depth_ns: Stamps, image_ns: Stamps) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """(index of the nearest depth image [N], whether it is near enough [N]); depth_ns is ascending and not empty."""
    right = np.clip(np.searchsorted(depth_ns, image_ns), 0, len(depth_ns) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(abs(depth_ns[left] - image_ns) < abs(depth_ns[right] - image_ns), left, right)
    return nearest, abs(depth_ns[nearest] - image_ns) <= DEPTH_TOLERANCE_NS
