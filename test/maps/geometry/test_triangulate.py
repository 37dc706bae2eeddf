from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from point_scene import LENSES, cloud, drive_past, in_map, no_bar

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Keypoints
from vpr_ros.features.matchers.mutual_ratio import MutualRatio
from vpr_ros.maps.geometry.gather_keypoints import Gathered
from vpr_ros.maps.geometry.triangulate import triangulate

MATCHER = MutualRatio(0.9)


def looks(gathered: Gathered) -> np.ndarray:
    return np.eye(len(gathered.cameras), dtype=np.float32)


@pytest.mark.parametrize("name", LENSES)
def test_exact_pixels_give_exact_points(name: str) -> None:
    points = cloud()
    gathered, which = drive_past(points, LENSES[name])
    placed = triangulate(gathered, MATCHER, looks(gathered), no_bar)
    known = np.isfinite(placed.points_base[:, 0])
    assert known.mean() > 0.9
    assert np.abs(in_map(gathered, placed.points_base) - points[which])[known].max() < 2e-3
    assert np.median(placed.errors_px) < 0.01
    # Each track is one point of the world, and no point of the world is two tracks.
    assert ((placed.tracks >= 0) == known).all()
    pairs = set(zip(placed.tracks[known].tolist(), which[known].tolist(), strict=True))
    assert len(pairs) == len(set(placed.tracks[known])) == len(set(which[known]))


def test_noise_of_half_a_pixel_moves_points_by_centimetres() -> None:
    points = cloud()
    gathered, which = drive_past(points, LENSES["plumb_bob"], noise_px=0.5)
    placed = triangulate(gathered, MATCHER, looks(gathered), no_bar)
    known = np.isfinite(placed.points_base[:, 0])
    off_m = np.linalg.norm(in_map(gathered, placed.points_base) - points[which], axis=1)[known]
    assert known.mean() > 0.8
    assert np.median(off_m) < 0.04


def test_poses_that_are_a_little_off_still_make_points() -> None:
    points = cloud()
    gathered, which = drive_past(points, LENSES["plumb_bob"], noise_px=0.3)
    rng = np.random.default_rng(2)
    off = [planar_pose(*rng.normal(0, 0.01, 2), rng.normal(0, np.radians(0.8))) for _ in gathered.cameras]
    believed = replace(
        gathered,
        cameras=tuple(
            replace(camera, map_from_base=camera.map_from_base @ error)
            for camera, error in zip(gathered.cameras, off, strict=True)
        ),
    )
    placed = triangulate(believed, MATCHER, looks(believed), no_bar)
    known = np.isfinite(placed.points_base[:, 0])
    assert known.mean() > 0.8
    off_m = np.linalg.norm(in_map(gathered, placed.points_base) - points[which], axis=1)[known]
    assert np.median(off_m) < 0.5


class Scrambled:
    """A matcher that is wrong every third time."""

    name = "scrambled"

    def match(self, query: Keypoints, place: Keypoints) -> np.ndarray:
        matches = MATCHER.match(query, place)
        matches[::3, 1] = np.roll(matches[::3, 1], 1)
        return matches


def test_wrong_matches_do_not_make_points() -> None:
    points = cloud()
    gathered, which = drive_past(points, LENSES["none"])
    placed = triangulate(gathered, Scrambled(), looks(gathered), no_bar)
    known = np.isfinite(placed.points_base[:, 0])
    off_m = np.linalg.norm(in_map(gathered, placed.points_base) - points[which], axis=1)[known]
    assert known.mean() > 0.5
    assert np.mean(off_m > 0.05) < 0.02


def test_turning_on_the_spot_shows_no_points() -> None:
    gathered, _ = drive_past(cloud(), LENSES["none"])
    still = gathered.cameras[0]
    placed = triangulate(replace(gathered, cameras=(still,) * len(gathered.cameras)), MATCHER, looks(gathered), no_bar)
    assert not np.isfinite(placed.points_base).any()


def test_keyframes_that_cannot_be_computed_with_are_passed_over() -> None:
    gathered, _ = drive_past(cloud(), LENSES["none"])
    start, end = gathered.offsets[3], gathered.offsets[4]
    keep = np.r_[0:start, end : len(gathered.pixels)]
    offsets = np.concatenate([gathered.offsets[:4], gathered.offsets[4:] - (end - start)])
    cameras = (*gathered.cameras[:3], None, *gathered.cameras[4:])
    some = Gathered(
        offsets, cameras, gathered.pixels[keep], gathered.descriptors[keep], gathered.points_base[keep], 0, Counter()
    )
    placed = triangulate(some, MATCHER, looks(some), no_bar)
    assert np.isfinite(placed.points_base[:, 0]).mean() > 0.8


def test_the_library_says_nothing_on_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    gathered, _ = drive_past(cloud(40), LENSES["none"], keyframes=4)
    triangulate(gathered, MATCHER, looks(gathered), no_bar)
    assert capfd.readouterr() == ("", "")
