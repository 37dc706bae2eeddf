from __future__ import annotations

import numpy as np
from point_scene import LENSES, cloud, drive_past

from vpr_ros.maps.geometry.gather_keypoints import Gathered
from vpr_ros.maps.geometry.guide_matches import guide_matches
from vpr_ros.maps.geometry.match_keyframes import Seen, rays_of, seen_of


def seen(gathered: Gathered, keyframe: int) -> Seen:
    found = seen_of(gathered, keyframe, rays_of(gathered, keyframe))
    assert found is not None
    return found


def guided(one: Seen, two: Seen, least_alike: float = 0.5) -> np.ndarray:
    poses = one.map_from_camera, two.map_from_camera
    return guide_matches((one.descriptors, two.descriptors), (one.rays, two.rays), poses, 0.005, least_alike)


def test_of_two_that_look_the_same_the_one_on_the_line_is_found() -> None:
    gathered, which = drive_past(cloud(60), LENSES["plumb_bob"])
    # Points look alike in twos: in the whole image no match is clear.
    look = np.random.default_rng(1).normal(size=(60, 32)).astype(np.float32)
    twins = Gathered(
        gathered.offsets,
        gathered.cameras,
        gathered.pixels,
        look[which // 2 * 2],
        gathered.points_base,
        0,
        gathered.skipped,
    )
    matches = guided(seen(twins, 1), seen(twins, 4))
    one, two = which[twins.rows(1)][matches[:, 0]], which[twins.rows(4)][matches[:, 1]]
    assert len(matches) > 15
    assert np.mean(one == two) > 0.85
    assert len(set(matches[:, 0].tolist())) == len(set(matches[:, 1].tolist())) == len(matches)


def test_what_is_not_alike_enough_is_left() -> None:
    gathered, _ = drive_past(cloud(60), LENSES["none"])
    assert len(guided(seen(gathered, 1), seen(gathered, 4), least_alike=1.1)) == 0


def test_from_the_same_spot_there_are_no_lines() -> None:
    gathered, _ = drive_past(cloud(60), LENSES["none"])
    assert len(guided(seen(gathered, 1), seen(gathered, 1))) == 0
