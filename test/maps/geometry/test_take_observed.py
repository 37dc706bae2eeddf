from __future__ import annotations

import numpy as np
import pytest
from point_scene import LENSES, cloud, drive_past, in_map

from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.maps.geometry.take_observed import SAME_PX, take_observed


def test_keypoints_beside_observations_take_their_points() -> None:
    points = cloud(80)
    gathered, which = drive_past(points, LENSES["plumb_bob"])
    names = [str(keyframe) for keyframe in range(len(gathered.cameras))]

    def observed(name: str) -> ObservedPoints | None:
        if name == "2":
            return None
        rows = gathered.rows(int(name))
        seen = which[rows]
        pixels = gathered.pixels[rows].astype(np.float64) + np.array([0.6, -0.4])
        pixels[::4] += 3 * SAME_PX
        return ObservedPoints(pixels, points[seen], seen)

    placed = take_observed(gathered, names, observed)
    known = np.isfinite(placed.points_base[:, 0])
    assert not known[gathered.rows(2)].any()
    assert 0.6 < known.mean() < 0.8
    assert (placed.tracks[known] == which[known]).mean() > 0.97  # now and then another observation is as near
    right = known & (placed.tracks == which)
    assert in_map(gathered, placed.points_base)[right] == pytest.approx(points[which][right], abs=1e-5)
    assert (placed.tracks[~known] == -1).all()


def test_a_point_that_its_image_cannot_have_seen_there_is_left() -> None:
    gathered, which = drive_past(cloud(40), LENSES["none"])
    names = [str(keyframe) for keyframe in range(len(gathered.cameras))]

    def observed(name: str) -> ObservedPoints:
        rows = gathered.rows(int(name))
        behind = np.full((len(which[rows]), 3), [-5.0, 0.0, 0.0])
        return ObservedPoints(gathered.pixels[rows].astype(np.float64), behind, which[rows])

    assert not np.isfinite(take_observed(gathered, names, observed).points_base).any()
