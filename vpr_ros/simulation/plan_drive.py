"""The default drive: through every room by its doors, at a robot's speed, turning in rooms to look around."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Array
from vpr_ros.simulation.drive import Drive
from vpr_ros.simulation.flat import Floor
from vpr_ros.simulation.flat_config import DriveConfig
from vpr_ros.simulation.floor_plan import CORRIDOR
from vpr_ros.simulation.free_space import CELL_M, ROBOT_RADIUS_M, FreeSpace, find_way, free_space, smooth_way

STEP_S = 0.02
ACCELERATION_M_S2 = 0.5
USUAL_ROOM_M2 = 15.0
FINER = 4
"""Points of a leg for one of its rope: speeds change in steps this much smaller."""


def plan_drive(floors: list[Floor], config: DriveConfig, lift_s: float, seed: int) -> Drive:
    """Floors in this order, by lift from the corridor's east end. Raises SettingsError when a room is out of reach."""
    tracks = [_drive_floor(floor, config, seed) for floor in floors]
    step = round(STEP_S * 1e9)
    stamps, poses = [], []
    now = config.start_s * 10**9
    for floor, track in zip(floors, tracks, strict=True):
        stamps.append(now + np.arange(len(track), dtype=np.int64) * step)
        poses += [planar_pose(x, y, yaw, floor.z) for x, y, yaw in track.tolist()]
        now = int(stamps[-1][-1]) + round(lift_s * 1e9)
    return Drive(np.concatenate(stamps), np.stack(poses))


def _drive_floor(floor: Floor, config: DriveConfig, seed: int) -> Array:
    """x, y, yaw every STEP_S."""
    space = free_space(floor)
    rng = np.random.default_rng([seed, floor.index, config.variant, 5])
    home = _lift(floor, space)
    stops = _stops(floor, space, config, rng, home)
    comfort = (0.55, 0.38)[config.variant % 2]
    track = [np.array([[home[0], home[1], np.pi]])]
    at = home
    for number, (goal, turn) in enumerate([*stops, (home, 0.0)]):
        rope = smooth_way(space, find_way(space, at, goal, comfort))
        leg = _travel(rope, config)
        here = next(part[-1] for part in reversed(track) if len(part))
        track.append(_face(here, float(leg[0, 2]), config))
        track.append(leg)
        if turn:
            sign = 1 if number % 2 == config.variant % 2 else -1
            track.append(_spin(leg[-1], sign * turn, config))
        at = goal
    track.append(_face(leg[-1], np.pi, config))
    return np.concatenate(track)


def _lift(floor: Floor, space: FreeSpace) -> Array:
    """The free point in the corridor nearest to its east end; the same on every floor where it is free."""
    corridor = floor.plan.corridor
    ideal = np.array([corridor.east - 0.6, (corridor.south + corridor.north) / 2])
    rows, columns = np.nonzero((space.room == corridor.index) & (space.clearance_m >= ROBOT_RADIUS_M + 0.1))
    if not len(rows):
        raise SettingsError(f"floor {floor.name}: no room to stand in the corridor; try another seed")
    points = space.points(rows, columns)
    return np.asarray(points[np.argmin(np.linalg.norm(points - ideal, axis=1))])


def _stops(
    floor: Floor, space: FreeSpace, config: DriveConfig, rng: np.random.Generator, home: Array
) -> list[tuple[Array, float]]:
    """Way points in the order of the visit, each with the turn on the spot (radians) made there."""
    wanted = [room for room in floor.plan.rooms if room.name in config.rooms]
    rooms = sorted(wanted, key=lambda room: -room.middle[0])
    if config.backwards:
        rooms = rooms[::-1]
    stops: list[tuple[Array, float]] = []
    for room in rooms:
        area = (room.east - room.west) * (room.north - room.south)
        share = max(1, round(config.stops * area / USUAL_ROOM_M2))
        count = config.corridor_stops if room.name == CORRIDOR else share
        points = _spread(space, room.index, count, rng, stops[-1][0] if stops else home)
        for number, point in enumerate(points):
            turn = config.spin_deg if number == 0 else config.glance_deg
            stops.append((point, float(np.radians(turn))))
    return stops


def _spread(space: FreeSpace, room: int, count: int, rng: np.random.Generator, last: Array) -> Array:
    """Free points of a room, far from each other, in the order of a short walk from `last`."""
    for margin in (0.45, 0.3, 0.15, 0.05, 0.0):
        rows, columns = np.nonzero((space.room == room) & (space.clearance_m >= ROBOT_RADIUS_M + margin))
        if len(rows) * CELL_M**2 > 0.12 * count:
            break
    if not len(rows):
        raise SettingsError(f"no room to stand in room {room}; try another seed")
    points = space.points(rows, columns)
    chosen = [points[int(rng.integers(0, len(points)))]]
    while len(chosen) < count:
        away = np.min([np.linalg.norm(points - other, axis=1) for other in chosen], axis=0)
        far = np.flatnonzero(away >= 0.7 * away.max())
        chosen.append(points[int(rng.choice(far))])
    ordered = []
    while chosen:
        nearest = int(np.argmin([np.linalg.norm(point - last) for point in chosen]))
        last = chosen.pop(nearest)
        ordered.append(last)
    return np.array(ordered)


def _face(pose: Array, heading: float, config: DriveConfig) -> Array:
    """On the spot to a heading, the short way round."""
    return _spin(pose, float((heading - pose[2] + np.pi) % (2 * np.pi) - np.pi), config)


def _spin(pose: Array, angle: float, config: DriveConfig) -> Array:
    """On the spot by an angle, with a gentle start and end; nothing for an angle that no camera notices."""
    steps = int(np.ceil(abs(angle) * 1.5 / config.turn_rad_s / STEP_S))
    if abs(angle) < 0.01:
        return np.empty((0, 3))
    share = (np.arange(steps) + 1) / steps
    eased = share * share * (3 - 2 * share)
    return np.column_stack([np.full(steps, pose[0]), np.full(steps, pose[1]), pose[2] + angle * eased])


def _travel(rope: Array, config: DriveConfig) -> Array:
    """Along the rope, facing forward; slower in bends, gently off and to a stop."""
    along = np.arange(0, len(rope) - 1 + 1e-9, 1 / FINER)
    rope = np.stack([np.interp(along, np.arange(len(rope)), rope[:, axis]) for axis in range(2)], axis=1)
    step = np.linalg.norm(np.diff(rope, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(step)])
    heading = np.unwrap(np.arctan2(*np.gradient(rope, axis=0).T[::-1]))
    reach = min(30, len(heading) // 4)
    kernel = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(heading, reach, mode="edge")
    heading = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    bend = np.abs(np.gradient(heading) / np.maximum(np.gradient(length), 1e-6))
    speed = np.minimum(config.speed_m_s, config.turn_rad_s / np.maximum(bend, 1e-6))
    speed[0] = speed[-1] = 0.0
    for order in (range(1, len(speed)), range(len(speed) - 2, -1, -1)):
        for index in order:
            neighbour = index - 1 if order.step > 0 else index + 1
            gap = abs(length[index] - length[neighbour])
            speed[index] = min(speed[index], np.sqrt(speed[neighbour] ** 2 + 2 * ACCELERATION_M_S2 * gap))
    pace = np.maximum((speed[1:] + speed[:-1]) / 2, 0.02)
    times = np.concatenate([[0.0], np.cumsum(step / pace)])
    ticks = np.arange(0, times[-1], STEP_S)
    return np.column_stack([np.interp(ticks, times, values) for values in (rope[:, 0], rope[:, 1], heading)])
