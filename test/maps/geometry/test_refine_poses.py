"""Poses that a drive believed, moved to where its images agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from point_scene import LENSES, cloud, drive_past, in_map, no_bar

from vpr_ros.core.geometry import distance_m, planar_pose, rotation_between_rad
from vpr_ros.features.matchers.mutual_ratio import MutualRatio
from vpr_ros.maps.geometry.gather_keypoints import Gathered
from vpr_ros.maps.geometry.triangulate import triangulate


def believed(gathered: Gathered, seed: int, scale: float = 1.0) -> Gathered:
    """Poses off by centimetres, and by a degree nearly."""
    rng = np.random.default_rng(seed)
    errors = [
        planar_pose(*rng.normal(0, 0.02 * scale, 2), rng.normal(0, np.radians(0.8) * scale)) for _ in gathered.cameras
    ]
    cameras = zip(gathered.cameras, errors, strict=True)
    return replace(
        gathered, cameras=tuple(replace(each, map_from_base=each.map_from_base @ error) for each, error in cameras)
    )


def solved(gathered: Gathered, refine: bool):
    looks = np.eye(len(gathered.cameras), dtype=np.float32)
    placed = triangulate(gathered, MutualRatio(0.9), looks, no_bar, refine)
    return placed, gathered if placed.refined is None else replace(gathered, cameras=placed.refined.cameras)


def poses_of(gathered: Gathered) -> np.ndarray:
    return np.array([camera.map_from_base for camera in gathered.cameras])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_poses_and_points_come_nearer_to_the_truth(seed: int) -> None:
    points = cloud()
    true, which = drive_past(points, LENSES["plumb_bob"], noise_px=0.3)
    off_m, turned, missed = {}, {}, {}
    for refine in (False, True):
        placed, now = solved(believed(true, seed), refine)
        off_m[refine] = np.median(distance_m(poses_of(true), poses_of(now)))
        turned[refine] = np.median(rotation_between_rad(poses_of(true), poses_of(now)))
        known = np.isfinite(placed.points_base[:, 0])
        missed[refine] = np.median(np.linalg.norm(in_map(now, placed.points_base) - points[which], axis=1)[known])
    assert off_m[True] < 0.75 * off_m[False]
    assert turned[True] < 0.5 * turned[False]
    assert missed[True] < 0.5 * missed[False]


def test_right_poses_stay_and_the_drive_as_a_whole_too() -> None:
    true, _ = drive_past(cloud(), LENSES["none"])
    placed, now = solved(true, True)
    assert distance_m(poses_of(true), poses_of(now)).max() < 1e-4
    assert placed.refined.note.startswith("poses of 8 keyframes refined: moved by 0.0 cm (median), 0.0 cm (most)")
    wrong = believed(true, 5)
    _, moved = solved(wrong, True)
    drift = (poses_of(moved) - poses_of(wrong))[:, :3, 3]
    assert np.abs(drift).max() > 0.005
    camera = np.array([each.map_from_camera[:3, 3] for each in moved.cameras]).mean(axis=0)
    assert camera == pytest.approx(np.mean([each.map_from_camera[:3, 3] for each in wrong.cameras], axis=0), abs=1e-6)


def test_keyframes_that_nothing_ties_stay_where_they_are() -> None:
    gathered, _ = drive_past(cloud(20), LENSES["none"])
    placed, now = solved(gathered, True)
    assert placed.refined.note == "poses were not refined: too few points tie keyframes together"
    assert np.array_equal(poses_of(now), poses_of(gathered))
