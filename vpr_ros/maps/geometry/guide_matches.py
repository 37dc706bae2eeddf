"""More matches of two keyframes, sought only along each other's epipolar lines: there less is alike, so that what a
matcher left out as ambiguous in the whole image may be clear.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, Matrix4

RATIO = 0.8


def guide_matches(
    descriptors: tuple[Array, Array],
    rays: tuple[Array, Array],
    map_from_camera: tuple[Matrix4, Matrix4],
    band: float,
    least_alike: float,
) -> npt.NDArray[np.int64]:
    """[M, 2] rows of two keyframes: on each other's lines, each other's best there, clearly better than the second.

    descriptors: [N, D], rows of unit length. rays: [N, 3], unit, in the cameras. band: half the width of a line, as a
    share of the focal length. least_alike: cosine. None where both cameras stood in the same spot.
    """
    none = np.zeros((0, 2), np.int64)
    (one, two), (here, there) = descriptors, map_from_camera
    if not len(one) or not len(two):
        return none
    normals = np.cross(there[:3, 3] - here[:3, 3], rays[0] @ here[:3, :3].T)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    if not (lengths > 0).any():
        return none
    away = np.abs((normals / np.maximum(lengths, 1e-12)) @ (rays[1] @ there[:3, :3].T).T)
    alike = np.where(away <= band, one @ two.T, -1.0)
    rows = np.arange(len(one))
    nearest = alike.argmax(axis=1)
    best = alike[rows, nearest]
    mutual = (best >= least_alike) & (alike.argmax(axis=0)[nearest] == rows) & (lengths[:, 0] > 0)
    alike[rows, nearest] = -1.0
    # Of unit vectors the squared distance is 2 - 2 cos.
    clear = 1 - best < RATIO**2 * (1 - alike.max(axis=1))
    found = rows[mutual & clear]
    return np.column_stack([found, nearest[found]]).astype(np.int64)
