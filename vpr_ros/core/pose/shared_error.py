"""What is wrong in the same way in a whole image, and so cannot be told from that image: it is asked of the map.

Depth beside its colour image, a wrong focal length, poses of the map that are off: seen from where a keyframe stood,
its points look right, and the further a view is moved or turned from there, the more they lead astray. A map that is
asked for the poses of its own keyframes, each without itself, knows by how much; fixes on it are as uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import distance_m, invert_pose, rotation_between_rad
from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.records import Array, Matrix4

REACH_M = 2.0
"""How far away things are, about: moving by a share of it changes a view as much as turning by so many radians."""
SHARE, CHI_SQUARED = 0.8, 1.642
"""A Gaussian's squares, in variances, are smaller than the second in the first of all cases."""


@dataclass(frozen=True)
class SharedError:
    """Standard deviations along every axis, a unit of `views_apart` away from the keyframe."""

    position_m: float = 0.0
    turn_rad: float = 0.0

    def covariance(self, apart: float) -> Array:
        """6x6 in REP-103 order, to be added to what one image says."""
        return np.asarray(np.diag([(self.position_m * apart) ** 2] * 3 + [(self.turn_rad * apart) ** 2] * 3))


def views_apart(one: Matrix4, other: Matrix4) -> float:
    """How much the view changes from one camera's pose to another, about in radians."""
    return float(np.hypot(distance_m(one, other) / REACH_M, rotation_between_rad(one, other)))


def pairs_apart(
    pairs: Correspondences, map_from_base: Matrix4, views: Sequence[QueryView], cameras: Mapping[int, Matrix4]
) -> float:
    """The same between the views and the keyframes that these pairs are of, root mean square over the pairs.

    cameras: map_from_camera of each keyframe, by its row.
    """
    groups, counts = np.unique(np.column_stack([pairs.views, pairs.rows]), axis=0, return_counts=True)
    apart = [
        views_apart(map_from_base @ invert_pose(views[view].camera_from_base), cameras[row])
        for view, row in groups.tolist()
    ]
    return float(np.sqrt(np.average(np.square(apart), weights=counts)))


def fit_shared_error(errors: Array, variances: Array, apart: Array) -> SharedError:
    """errors, variances: [n, 6] of solved poses, as they were and as their covariances have them; apart: [n]."""
    squares, far = np.square(errors), np.square(apart)[:, None]
    return SharedError(_fit(squares[:, :3], variances[:, :3], far), _fit(squares[:, 3:], variances[:, 3:], far))


def _fit(squares: Array, variances: Array, far: Array) -> float:
    """The smallest deviation with which as many errors are as small as they should be."""
    lacking = (squares / CHI_SQUARED - variances) / far  # the square of what each error would ask for
    return float(np.sqrt(max(float(np.quantile(lacking, SHARE)), 0.0)))
