from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import yaw_of
from vpr_ros.simulation.crowd import PERSONAL_SPACE_M, Crowd
from vpr_ros.simulation.drive import floor_of
from vpr_ros.simulation.flat import Floor, build_floor, obstacles
from vpr_ros.simulation.flat_config import DriveConfig, Drives
from vpr_ros.simulation.free_space import ROBOT_RADIUS_M, find_way, free_space, smooth_way
from vpr_ros.simulation.plan_drive import plan_drive
from vpr_ros.simulation.style import Difference

SHORT = DriveConfig(stops=1, corridor_stops=1)


@pytest.fixture(scope="module")
def floors() -> list[Floor]:
    return [build_floor(1, index, Difference(), paint=False) for index in (0, 1)]


@pytest.mark.parametrize("seed", [1, 2, 3, 9])
def test_drive_runs_into_nothing_and_sees_every_room(seed: int) -> None:
    floor = build_floor(seed, 0, Difference(), paint=False)
    drive = plan_drive([floor], SHORT, 5.0, seed)
    points = drive.map_from_base[::5, :2, 3]
    boxes = obstacles(floor)
    away = np.maximum(np.maximum(boxes[None, :, 0] - points[:, None], points[:, None] - boxes[None, :, 1]), 0)
    assert np.linalg.norm(away, axis=2).min() > ROBOT_RADIUS_M - 0.07  # a cell of the grid
    assert {floor.plan.room_at(*point).name for point in points} == {room.name for room in floor.plan.rooms}


def test_motion_is_a_robot_s(floors: list[Floor]) -> None:
    config = Drives().mapping
    drive = plan_drive(floors[:1], config, 5.0, 1)
    step = np.diff(drive.map_from_base[:, :2, 3], axis=0)
    seconds = np.diff(drive.stamps_ns) / 1e9
    speed = np.linalg.norm(step, axis=1) / seconds
    turning = np.abs(np.angle(np.exp(1j * np.diff(yaw_of(drive.map_from_base))))) / seconds
    assert speed.max() < config.speed_m_s * 1.05
    assert turning.max() < config.turn_rad_s * 1.6
    moving = speed > 0.2
    heading = np.stack([np.cos(yaw_of(drive.map_from_base)), np.sin(yaw_of(drive.map_from_base))], axis=1)[:-1]
    forward = (step * heading).sum(axis=1)[moving] / np.linalg.norm(step, axis=1)[moving]
    assert np.percentile(forward, 2) > 0.9  # it drives where it looks
    assert np.abs(np.diff(speed)).max() / 0.02 < 3.0


def test_floors_follow_each_other_by_lift(floors: list[Floor]) -> None:
    drive = plan_drive(floors, SHORT, 5.0, 1)
    heights = drive.map_from_base[:, 2, 3]
    change = np.flatnonzero(np.diff(heights))
    assert len(change) == 1
    assert (drive.stamps_ns[change + 1] - drive.stamps_ns[change])[0] == 5 * 10**9
    assert np.linalg.norm(np.diff(drive.map_from_base[change[0] : change[0] + 2, :2, 3], axis=0)) < 1.5


def test_second_visit_goes_another_way(floors: list[Floor]) -> None:
    first, second = (plan_drive(floors[:1], config, 5.0, 1) for config in (Drives().mapping, Drives().second_visit))
    order = [
        list(dict.fromkeys(floors[0].plan.room_at(*point).name for point in drive.map_from_base[::20, :2, 3]))
        for drive in (first, second)
    ]
    assert order[0] != order[1]
    points = first.map_from_base[::20, :2, 3]
    away = [np.linalg.norm(points - point, axis=1).min() for point in second.map_from_base[::20, :2, 3]]
    assert max(away) > 0.25


def test_same_settings_plan_the_same_drive(floors: list[Floor]) -> None:
    first, again = (plan_drive(floors[:1], SHORT, 5.0, 1) for _ in (0, 1))
    np.testing.assert_array_equal(first.map_from_base, again.map_from_base)


def test_ways_keep_clear_and_impossible_ones_are_refused(floors: list[Floor]) -> None:
    space = free_space(floors[0])
    free = np.argwhere(space.free)
    start, goal = (space.points(*free[index]) for index in (0, -1))
    rope = smooth_way(space, find_way(space, start, goal, 0.5))
    assert space.clearance_at(rope).min() >= ROBOT_RADIUS_M
    np.testing.assert_allclose(rope[[0, -1]], [start, goal], atol=1e-9)
    inside_a_wall = np.array([floors[0].plan.rooms[0].west - 0.1, floors[0].plan.rooms[0].south - 0.1])
    with pytest.raises(SettingsError, match="no way"):
        find_way(space, start, inside_a_wall, 0.5)


def test_people_keep_away_from_the_robot_and_out_of_furniture(floors: list[Floor]) -> None:
    drive = plan_drive(floors, SHORT, 5.0, 1)
    crowd = Crowd(floors, drive, 3, (1, 2))
    assert Crowd(floors, drive, 0, (1, 2)).at(int(drive.stamps_ns[50])) == ()
    spaces = [free_space(floor) for floor in floors]
    seen = set()
    for stamp in drive.stamps_ns[::100].tolist():
        robot = drive.poses_at(np.array([stamp]))[0]
        space = spaces[floor_of(robot, 2)]
        for number, person in crowd.at(stamp):
            seen.add(number)
            at = np.array([person.x, person.y])
            assert np.linalg.norm(at - robot[:2, 3]) >= PERSONAL_SPACE_M
            assert space.clearance_at(at) > 0.05
    assert seen == {0, 1, 2}
    stamp = int(drive.stamps_ns[700])
    assert crowd.at(stamp) == Crowd(floors, drive, 3, (1, 2)).at(stamp)
