"""Where a robot can stand on a floor, and ways between such points."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Array
from vpr_ros.simulation.flat import Floor, obstacles

CELL_M = 0.08
ROBOT_RADIUS_M = 0.24


@dataclass(frozen=True, eq=False)
class FreeSpace:
    """clearance_m: float [rows, columns], distance to the nearest obstacle, on a grid of CELL_M from `origin`.

    room: int [rows, columns], index of the room or -1.
    """

    clearance_m: Array
    room: Array
    origin: tuple[float, float]

    @property
    def free(self) -> Array:
        return np.asarray(self.clearance_m >= ROBOT_RADIUS_M)

    def cells(self, points: Array) -> tuple[Array, Array]:
        """Rows and columns of points [..., 2]."""
        column = np.rint((points[..., 0] - self.origin[0]) / CELL_M).astype(int)
        row = np.rint((points[..., 1] - self.origin[1]) / CELL_M).astype(int)
        height, width = self.room.shape
        return np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)

    def points(self, rows: Array, columns: Array) -> Array:
        """Points [..., 2] of cells."""
        return np.stack([columns * CELL_M + self.origin[0], rows * CELL_M + self.origin[1]], axis=-1)

    def clearance_at(self, points: Array) -> Array:
        """Distance to the nearest obstacle at points [..., 2], to half a cell."""
        return np.asarray(self.clearance_m[self.cells(points)])

    def sees(self, a: Array, b: Array, radius_m: float = ROBOT_RADIUS_M) -> bool:
        """Whether a straight way from a to b keeps this distance from everything."""
        steps = max(2, int(np.linalg.norm(b - a) / (CELL_M / 2)))
        line = a + np.linspace(0, 1, steps)[:, None] * (b - a)
        return bool((self.clearance_at(line) >= radius_m).all())


def free_space(floor: Floor) -> FreeSpace:
    """The floor's grid, from every solid that a robot could run into."""
    bounds = floor.plan.bounds()
    low, high = bounds[:, 0].min(axis=0) - 0.5, bounds[:, 1].max(axis=0) + 0.5
    columns, rows = np.ceil((high - low) / CELL_M).astype(int) + 1
    x, y = np.arange(columns) * CELL_M + low[0], np.arange(rows) * CELL_M + low[1]
    room = np.full((rows, columns), -1)
    for index, ((west, south), (east, north)) in enumerate(bounds):
        room[np.ix_((y >= south) & (y <= north), (x >= west) & (x <= east))] = index
    blocked = np.zeros((rows, columns), dtype=bool)
    for (west, south), (east, north) in obstacles(floor):
        half = CELL_M / 2
        blocked[np.ix_((y >= south - half) & (y <= north + half), (x >= west - half) & (x <= east + half))] = True
    clearance = cv2.distanceTransform((~blocked).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * CELL_M
    return FreeSpace(_without_outside(np.asarray(clearance), bounds, x, y), room, (float(low[0]), float(low[1])))


def _without_outside(clearance: Array, bounds: Array, x: Array, y: Array) -> Array:
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    inside = ((y >= low[1]) & (y <= high[1]))[:, None] & ((x >= low[0]) & (x <= high[0]))[None, :]
    return np.where(inside, clearance, 0.0)


def find_way(space: FreeSpace, start: Array, goal: Array, comfort_m: float) -> Array:
    """Points [n, 2] from start to goal through free cells; keeps `comfort_m` away from things where there is room.

    Raises SettingsError when there is no way.
    """
    free = space.free
    height, width = free.shape
    price = 1 + 6 * np.clip(comfort_m - space.clearance_m, 0, None)
    (first_row, first_column), (last_row, last_column) = space.cells(start), space.cells(goal)
    source, target = int(first_row) * width + int(first_column), int(last_row) * width + int(last_column)
    open_cells = free.ravel().tolist()
    prices = price.ravel().tolist()
    steps = [(dr * width + dc, float(np.hypot(dr, dc))) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if dr or dc]
    best, came = {source: 0.0}, {source: source}
    queue = [(0.0, source)]
    while queue:
        _, cell = heapq.heappop(queue)
        if cell == target:
            break
        for offset, length in steps:
            near = cell + offset
            if not 0 <= near < height * width or not open_cells[near]:
                continue
            cost = best[cell] + length * prices[near]
            if cost < best.get(near, np.inf):
                best[near], came[near] = cost, cell
                ahead = np.hypot(near // width - int(last_row), near % width - int(last_column))
                heapq.heappush(queue, (cost + float(ahead), near))
    if target not in came:
        raise SettingsError(
            f"no way from ({start[0]:.2f}, {start[1]:.2f}) to ({goal[0]:.2f}, {goal[1]:.2f}) for a robot of "
            f"{ROBOT_RADIUS_M} m radius; try another seed"
        )
    chain = [target]
    while chain[-1] != source:
        chain.append(came[chain[-1]])
    cells = np.array(chain[::-1])
    way = space.points(cells // width, cells % width)
    way[0], way[-1] = start, goal
    return way


def smooth_way(space: FreeSpace, way: Array, step_m: float = 0.02) -> Array:
    """The way as a rope: evenly sampled, corners rounded, nowhere nearer to things than the robot's radius."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    count = max(3, int(length[-1] / step_m) + 1)
    even = np.linspace(0, length[-1], count)
    rope = np.stack([np.interp(even, length, way[:, axis]) for axis in range(2)], axis=1)
    for _ in range(4):
        for _ in range(60):
            pulled = rope.copy()
            pulled[1:-1] = 0.25 * rope[:-2] + 0.5 * rope[1:-1] + 0.25 * rope[2:]
            fits = space.clearance_at(pulled) >= ROBOT_RADIUS_M
            rope = np.where(fits[:, None], pulled, rope)
        length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rope, axis=0), axis=1))])
        even = np.linspace(0, length[-1], count)
        rope = np.stack([np.interp(even, length, rope[:, axis]) for axis in range(2)], axis=1)
    return rope
