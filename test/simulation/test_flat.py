from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vpr_ros.simulation.camera import intrinsics_from_fov
from vpr_ros.simulation.expose import SensorSettings
from vpr_ros.simulation.flat import STOREY_M, Floor, build_floor, obstacles
from vpr_ros.simulation.floor_plan import CEILING_M, CORRIDOR, OUTER_WALL_M, ROOM_NAMES, make_plan
from vpr_ros.simulation.render import FloorRenderer
from vpr_ros.simulation.solids import Solids
from vpr_ros.simulation.style import Difference

SEEDS = (1, 2, 3, 7)


def _columns(solids: Solids) -> bytes:
    return b"".join(
        np.ascontiguousarray(getattr(solids, column.name)).tobytes()
        for column in dataclasses.fields(Solids)
        if column.name != "names"
    )


def test_same_seed_gives_the_same_bytes_and_another_seed_another_flat() -> None:
    first, again, other = (build_floor(seed, 1, Difference(), paint=False) for seed in (5, 5, 6))
    assert _columns(first.solids) == _columns(again.solids)
    assert _columns(first.solids) != _columns(other.solids)


def test_floors_share_their_walls_but_not_everything() -> None:
    ground, first = (build_floor(1, index, Difference(), paint=False) for index in (0, 1))
    assert ground.plan == first.plan
    shells = [
        [
            floor.solids.centre[row] - [0, 0, floor.z]
            for row, name in enumerate(floor.solids.names)
            if name.endswith("/shell")
        ]
        for floor in (ground, first)
    ]
    np.testing.assert_allclose(shells[0], shells[1], atol=1e-9)
    furniture = [
        {
            (name, *np.round(floor.solids.centre[row] - [0, 0, floor.z], 3))
            for row, name in enumerate(floor.solids.names)
        }
        for floor in (ground, first)
    ]
    assert 0.1 < len(furniture[0] & furniture[1]) / len(furniture[0]) < 0.9


def test_without_differences_the_upper_floor_is_a_copy() -> None:
    same = Difference(surfaces=0.0, prints=0.0, furniture=0.0, places=0.0)
    ground, first = (build_floor(2, index, same, paint=False).solids for index in (0, 1))
    inside = first.room >= 0
    np.testing.assert_allclose(first.centre[inside] - [0, 0, STOREY_M], ground.centre[ground.room >= 0], atol=1e-9)
    np.testing.assert_array_equal(first.texture, ground.texture)


@pytest.mark.parametrize("seed", SEEDS)
def test_plan_has_five_rooms_and_a_corridor_that_do_not_overlap(seed: int) -> None:
    plan = make_plan(seed)
    assert [room.name for room in plan.rooms] == [*ROOM_NAMES, CORRIDOR]
    for a in plan.rooms:
        assert plan.room_at(*a.middle) is a
        assert any(opening.kind == "door" for opening in a.openings)
        assert any(opening.kind == "window" for opening in a.openings)
        for b in plan.rooms[a.index + 1 :]:
            assert a.east < b.west or b.east < a.west or a.north < b.south or b.north < a.south


@pytest.mark.parametrize("seed", SEEDS)
def test_every_room_holds_what_it_is_known_by(seed: int) -> None:
    known_by = ("kitchen/counter", "living_room/sofa set", "bathroom/toilet", "bedroom/bed set", "study/desk set")
    for index in (0, 1):
        names = set(build_floor(seed, index, Difference(), paint=False).solids.names)
        assert set(known_by) <= names


def test_furniture_stands_clear_of_doorways() -> None:
    for seed in SEEDS:
        floor = build_floor(seed, 0, Difference(), paint=False)
        for room in floor.plan.rooms:
            for opening in room.openings:
                if opening.kind != "door":
                    continue
                fixed, _, _ = room.side_line(opening.side)
                middle = (opening.start + opening.end) / 2
                door = np.array([middle, fixed] if opening.side in ("north", "south") else [fixed, middle])
                boxes = obstacles(floor, 0.1)
                away = np.maximum(np.maximum(boxes[:, 0] - door, door - boxes[:, 1]), 0)
                assert np.linalg.norm(away, axis=1).min() > 0.35


def _open_to_sky_or_street(floor: Floor, origin: np.ndarray, ray: np.ndarray) -> bool:
    """Whether the ray leaves the building through a window."""
    for room in floor.plan.rooms:
        for opening in room.openings:
            if opening.kind != "window":
                continue
            fixed, _, _ = room.side_line(opening.side)
            axis = 1 if opening.side in ("south", "north") else 0
            if abs(ray[axis]) < 1e-9:
                continue
            step = (fixed - origin[axis]) / ray[axis]
            at = origin + step * ray
            along, height = at[1 - axis], at[2] - floor.z
            inside = (
                opening.start - 0.02 <= along <= opening.end + 0.02
                and opening.sill - 0.02 <= height <= opening.top + 0.02
            )
            if step > 0 and inside:
                return True
    return False


def test_nothing_is_seen_through_walls_or_seams(lit_floor, looking) -> None:
    floor, light = lit_floor
    renderer = FloorRenderer(floor, light, intrinsics_from_fov(160, 120, 85.0), SensorSettings())
    leaks = looked = 0
    for room in floor.plan.rooms:
        x, y = room.middle
        for turn in range(4):
            hits, _ = renderer.trace(looking(x + 0.013, y - 0.017, turn * np.pi / 2 + 0.3, 1.1))
            outside = (hits.solid < 0) | (floor.solids.room[hits.solid] < 0)
            rays = hits.directions[:, outside].T.astype(np.float64)
            leaks += sum(not _open_to_sky_or_street(floor, hits.origin, ray) for ray in rays[::3])
            looked += len(rays[::3])
    assert looked > 500
    assert leaks == 0


def test_ceiling_and_floor_are_where_they_should_be(lit_floor, looking, small_camera) -> None:
    floor, light = lit_floor
    renderer = FloorRenderer(floor, light, small_camera, SensorSettings())
    x, y = floor.plan.room_named("living_room").middle
    hits, _ = renderer.trace(looking(x, y, 0.2))
    points = hits.origin[:, None, None] + hits.directions * hits.depth_m
    inside = floor.solids.room[hits.solid] >= 0
    assert points[2][inside].min() > -0.25
    assert points[2][inside].max() < CEILING_M + 0.21
    bounds = floor.plan.bounds()
    assert (points[0][inside] > bounds[:, 0, 0].min() - OUTER_WALL_M - 0.01).all()


def test_lamps_are_warm_and_daylight_is_not(lit_floor) -> None:
    floor, day = lit_floor
    night = floor.lit("night")
    kitchen = floor.solids.room == floor.plan.room_named("kitchen").index  # no lamps by day, unlike the corridor
    (day_red, _, day_blue), (night_red, _, night_blue) = (
        light.cubes[kitchen].mean(axis=(0, 1)) for light in (day, night)
    )
    assert night_red / night_blue > 1.5 * day_red / day_blue
    shade = floor.solids.names.index("living_room/ceiling lamp") + 1  # the wire comes first
    assert night.cubes[shade].max() > 2 * day.cubes[shade].max()


def test_shadows_fall_behind_what_stands_in_the_light(lit_floor) -> None:
    floor, day = lit_floor
    # The floor under the bed gets less light than the floor in the middle of the room.
    row = next(
        row
        for row, name in enumerate(floor.solids.names)
        if name == "bedroom/shell" and floor.solids.centre[row, 2] < 0 and floor.solids.half[row, :2].min() > 1
    )
    first, columns, rows = floor.solids.lit[row * 6 + 4]
    grid = day.texels[first : first + columns * rows, :3].reshape(rows, columns, 3).mean(axis=2)
    assert np.percentile(grid, 5) < 0.3 * np.percentile(grid, 80)
