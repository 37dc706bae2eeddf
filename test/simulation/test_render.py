from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.lens import project_points
from vpr_ros.simulation.camera import intrinsics_from_fov, pixel_rays
from vpr_ros.simulation.expose import SensorSettings
from vpr_ros.simulation.people import Pose2
from vpr_ros.simulation.render import FloorRenderer


def _renderer(lit_floor, camera) -> FloorRenderer:
    return FloorRenderer(*lit_floor, camera, SensorSettings())


def test_points_of_one_view_are_found_in_the_next_at_their_depth_and_colour(lit_floor, looking) -> None:
    camera = intrinsics_from_fov(160, 120, 85.0, "plumb_bob", (-0.2, 0.04, 0.001, -0.001, 0.0))
    renderer = _renderer(lit_floor, camera)
    x, y = lit_floor[0].plan.room_named("study").middle
    poses = [looking(x, y, 0.3), looking(x + 0.12, y - 0.08, 0.42)]
    (first, colour_first), (second, colour_second) = (renderer.trace(pose) for pose in poses)
    there = pixel_rays(camera).directions.reshape(3, -1) * first.depth_m.ravel()
    second_from_first = invert_pose(poses[1]) @ poses[0]
    moved = (second_from_first[:3, :3] @ there + second_from_first[:3, 3:]).T
    pixels = np.rint(project_points(camera, moved)).astype(int)
    inside = (pixels >= 1).all(axis=1) & (pixels[:, 0] < 159) & (pixels[:, 1] < 119) & (first.solid.ravel() >= 0)
    columns, rows = pixels[inside].T
    # Half a pixel is lost by rounding: compare with the range of depths around.
    around = np.stack([second.depth_m[rows + dy, columns + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    depth = moved[inside, 2]
    fits = (around.min(axis=0) * 0.999 <= depth) & (depth <= around.max(axis=0) * 1.001)
    assert inside.mean() > 0.6
    assert fits.mean() > 0.97
    same = np.sqrt(colour_first.reshape(-1, 3)[inside]) - np.sqrt(colour_second[rows, columns])
    assert np.median(np.abs(same)) < 0.02


def test_same_noise_gives_the_same_bytes(lit_floor, looking, small_camera) -> None:
    renderer = _renderer(lit_floor, small_camera)
    pose = looking(*lit_floor[0].plan.room_named("kitchen").middle, 1.0)
    views = [renderer.render(pose, np.random.default_rng(seed), np.full(6, 0.2)) for seed in (4, 4, 5)]
    assert views[0].image.tobytes() == views[1].image.tobytes()
    assert views[0].image.tobytes() != views[2].image.tobytes()
    assert views[0].depth_m.tobytes() == views[2].depth_m.tobytes()


def test_person_stands_in_front_of_the_room_and_leaves_no_trace(lit_floor, looking, small_camera) -> None:
    renderer = _renderer(lit_floor, small_camera)
    x, y = lit_floor[0].plan.room_named("living_room").middle
    pose = looking(x, y, 0.0)
    before, _ = renderer.trace(pose)
    during, _ = renderer.trace(pose, ((0, Pose2(x + 1.6, y, 0.0, 0.5)),))
    after, _ = renderer.trace(pose)
    person = during.solid >= len(lit_floor[0].solids)
    assert 0.05 < person.mean() < 0.6
    assert np.abs(np.median(during.depth_m[person]) - 1.5) < 0.2
    np.testing.assert_array_equal(before.depth_m, after.depth_m)


def test_rooms_look_different_by_day(lit_floor, looking, small_camera) -> None:
    renderer = _renderer(lit_floor, small_camera)
    for room in lit_floor[0].plan.rooms:
        view = renderer.render(looking(*room.middle, 0.5), np.random.default_rng(0))
        assert 25 < view.image.mean() < 200  # neither black nor burnt out
        assert view.image.std() > 12
        assert (view.depth_m[view.solid >= 0] > 0.05).all()
