"""Views of a wall: how much two of them share follows from geometry."""

from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.camera_lens import Lens, make_lens
from vpr_ros.core.records import Intrinsics
from vpr_ros.core.view_overlap import Views, depth_on_grid, mutual_overlap, overlap_shares

WIDE = Intrinsics(np.array([[80.0, 0, 79.5], [0, 80, 59.5], [0, 0, 1]]), 160, 120)


@pytest.fixture(scope="module")
def lens() -> Lens:
    return make_lens(WIDE, (60, 80), "a camera")


def wall_views(lens: Lens, *shifts_m: float, away_m: float = 2.0) -> Views:
    """A camera that looks straight at a wall, moved along it; at 2 m it sees 4 m of it."""
    poses = np.tile(np.eye(4), (len(shifts_m), 1, 1))
    poses[:, 0, 3] = shifts_m
    poses[:, 2, 3] = 2.0 - away_m
    return Views(lens, np.full((len(shifts_m), 60, 80), round(away_m * 1000), np.uint16), poses)


@pytest.mark.parametrize(("shift_m", "share"), [(0.0, 1.0), (1.0, 0.75), (-2.0, 0.5), (3.0, 0.25), (4.5, 0.0)])
def test_the_share_of_a_wall_that_both_see(lens: Lens, shift_m: float, share: float):
    one, other = wall_views(lens, 0.0), wall_views(lens, shift_m)
    assert mutual_overlap(one, other) == pytest.approx([share], abs=0.04)


def test_the_smaller_direction_counts(lens: Lens):
    near, far = wall_views(lens, 0.0, away_m=1.0), wall_views(lens, 0.0, away_m=2.0)
    assert overlap_shares(near, far) == pytest.approx([1.0], abs=0.02)
    assert overlap_shares(far, near) == pytest.approx([0.25], abs=0.04)
    assert mutual_overlap(near, far) == pytest.approx([0.25], abs=0.04)


def test_one_against_many_is_each_by_itself(lens: Lens):
    one, shifts = wall_views(lens, 0.0), (0.0, 1.0, -2.0, 9.0)
    together = mutual_overlap(one, wall_views(lens, *shifts))
    assert together.tolist() == [mutual_overlap(one, wall_views(lens, shift))[0] for shift in shifts]


def test_a_surface_in_front_is_not_the_wall(lens: Lens):
    one, other = wall_views(lens, 0.0), wall_views(lens, 0.0)
    other.depth_mm[:, :, 40:] = 1500
    assert mutual_overlap(one, other) == pytest.approx([0.5], abs=0.04)
    other.depth_mm[:, :, 40:] = 1850
    assert mutual_overlap(one, other) == pytest.approx([1.0], abs=0.04)


def test_looking_the_other_way_shares_nothing(lens: Lens):
    one = wall_views(lens, 0.0)
    turned = Views(lens, one.depth_mm, np.diag([-1.0, 1.0, -1.0, 1.0])[None])
    assert mutual_overlap(one, turned) == pytest.approx([0.0])


@pytest.mark.parametrize("depth_m", [np.nan, np.inf, -np.inf, -1.0, 65.535, 70.0, 1e30])
def test_depth_that_is_none_is_unknown(depth_m: float):
    assert (depth_on_grid(np.full((4, 6), depth_m, np.float32), (2, 3)) == 0).all()
    assert (depth_on_grid(np.full((4, 6), 65.5, np.float32), (4, 6)) == 65500).all()


def test_unknown_depth_is_no_pixel_and_all_unknown_is_no_overlap(lens: Lens):
    one, other = wall_views(lens, 0.0), wall_views(lens, 0.0)
    one.depth_mm[:, :30] = 0
    assert overlap_shares(one, other) == pytest.approx([1.0], abs=0.01)
    one.depth_mm[:] = 0
    assert mutual_overlap(one, other).tolist() == [0]
    assert mutual_overlap(other, one).tolist() == [0]


def test_nothing_is_seen_beyond_the_reach(lens: Lens):
    view = wall_views(lens, 0.0)
    farthest = np.linalg.norm(lens.sampled * view.sampled_depth(), axis=0).max()
    assert farthest <= view.reach_m()[0] < 2 * np.sqrt(3) + 0.1


def test_the_red_kitchens_matrix(shared):
    """overlap.npz was computed by somebody else, on full depth images."""
    import cv2

    from vpr_ros.sources.open_source import open_source
    from vpr_ros.sources.source import SourceOptions

    folder = shared / "data" / "seven_scenes_redkitchen"
    frames = list(open_source(folder, SourceOptions()).frames(range(0, 250, 25)))
    lens = make_lens(frames[0].intrinsics, (60, 80), "a camera")
    small = [cv2.resize(frame.depth_m, (80, 60), interpolation=cv2.INTER_NEAREST) for frame in frames]
    depth = (np.stack(small) * 1000).round().astype(np.uint16)
    poses = np.stack([frame.map_from_base for frame in frames])
    views = Views(lens, depth, poses)
    ours = np.stack(
        [overlap_shares(Views(lens, depth[i : i + 1], poses[i : i + 1]), views) for i in range(len(frames))]
    )
    with np.load(folder / "overlap.npz") as loaded:
        theirs = loaded["overlap"].astype(float)[::25, ::25]
    assert np.abs(ours - theirs).mean() < 0.01
    assert np.abs(ours - theirs).max() < 0.05
