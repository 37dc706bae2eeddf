"""Where people are during a drive: the first goes ahead of the robot now and then, the others stroll in rooms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import yaw_of
from vpr_ros.core.records import Array
from vpr_ros.simulation.drive import Drive, floor_of
from vpr_ros.simulation.flat import Floor
from vpr_ros.simulation.free_space import FreeSpace, free_space
from vpr_ros.simulation.people import Pose2

AHEAD_M = 1.9
TOGETHER_M, TOGETHER_EVERY_M = 5.0, 11.0
"""The guide goes ahead for so much of every so much of the way, then is elsewhere."""
PERSONAL_SPACE_M = 0.85
"""Nobody is drawn nearer than this to the robot: people step aside."""
WALK_M_S = 0.6
STRIDE_M = 1.3


@dataclass(frozen=True, eq=False)
class _Stroll:
    """To and fro between two points of a floor, resting at both."""

    floor: int
    a: Array
    b: Array
    delay_s: float


class Crowd:
    """The people of one drive; `at` is pure, so that frames can be drawn in any order."""

    def __init__(self, floors: list[Floor], drive: Drive, people: int, seed: tuple[int, ...]) -> None:
        self._drive = drive
        self._storeys = 1 + max(floor.index for floor in floors)
        self._people = people
        step = np.linalg.norm(np.diff(drive.map_from_base[:, :2, 3], axis=0), axis=1)
        self._walked = np.concatenate([[0.0], np.cumsum(step)])
        rng = np.random.default_rng(seed)
        self._strolls = [_stroll(floor, number, rng) for floor in floors for number in range(1, people)]

    def at(self, stamp_ns: int) -> tuple[tuple[int, Pose2], ...]:
        """(number of the wardrobe, where that person stands) for everybody on the robot's floor."""
        if not self._people:
            return ()
        robot = self._drive.poses_at(np.array([stamp_ns]))[0]
        floor = floor_of(robot, self._storeys)
        figures = [self._guide(stamp_ns, floor)]
        strolls = [stroll for stroll in self._strolls if stroll.floor == floor]
        seconds = (stamp_ns - int(self._drive.stamps_ns[0])) / 1e9
        figures += [(number + 1, _along(stroll, seconds)) for number, stroll in enumerate(strolls)]
        near = robot[:2, 3]
        return tuple(
            figure
            for figure in figures
            if figure is not None and np.hypot(figure[1].x - near[0], figure[1].y - near[1]) >= PERSONAL_SPACE_M
        )

    def _guide(self, stamp_ns: int, floor: int) -> tuple[int, Pose2] | None:
        stamps = self._drive.stamps_ns
        walked = float(np.interp(stamp_ns - stamps[0], stamps - stamps[0], self._walked)) + AHEAD_M
        if walked % TOGETHER_EVERY_M > TOGETHER_M:
            return None
        row = int(np.searchsorted(self._walked, walked))
        if row >= len(self._walked) or floor_of(self._drive.map_from_base[row], self._storeys) != floor:
            return None
        there = self._drive.map_from_base[row]
        heading = float(yaw_of(there))
        aside = 0.12
        x, y = float(there[0, 3] - aside * np.sin(heading)), float(there[1, 3] + aside * np.cos(heading))
        return 0, Pose2(x, y, heading, float(np.sin(2 * np.pi * walked / STRIDE_M)))


def _stroll(floor: Floor, number: int, rng: np.random.Generator) -> _Stroll:
    space = free_space(floor)
    rooms = len(floor.plan.rooms)
    room = int((rng.integers(0, rooms) + number) % rooms)
    a = _standing_point(space, room, rng)
    b = a
    for _ in range(40):
        other = _standing_point(space, room, rng)
        if np.linalg.norm(other - a) > np.linalg.norm(b - a) and space.sees(a, other):
            b = other
    return _Stroll(floor.index, a, b, float(rng.uniform(0, 20)))


def _standing_point(space: FreeSpace, room: int, rng: np.random.Generator) -> Array:
    rows, columns = np.nonzero((space.room == room) & space.free)
    chosen = int(rng.integers(0, len(rows)))
    return np.asarray(space.points(rows[chosen], columns[chosen]))


def _along(stroll: _Stroll, seconds: float) -> Pose2:
    length = float(np.linalg.norm(stroll.b - stroll.a))
    walk_s, rest_s = length / WALK_M_S, 4.0
    phase = (seconds + stroll.delay_s) % (2 * (walk_s + rest_s))
    back = phase >= walk_s + rest_s
    walked = min((phase - (walk_s + rest_s if back else 0.0)) * WALK_M_S, length)
    start, end = (stroll.b, stroll.a) if back else (stroll.a, stroll.b)
    direction = (end - start) / max(length, 1e-6)
    x, y = start + walked * direction
    stride = np.sin(2 * np.pi * walked / STRIDE_M) if 0 < walked < length else 0.0
    return Pose2(float(x), float(y), float(np.arctan2(direction[1], direction[0])), float(stride))
