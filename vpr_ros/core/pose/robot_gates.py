"""What a robot on wheels cannot do: hover, lean, or be where no robot was. Learned from the map's own poses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.gate_settings import GateSettings
from vpr_ros.core.records import Array, Matrix4, Rejected

OFF_THE_FLOOR = "not at the height of a floor"
TILTED = "tilted as no robot on a floor is"
AWAY = "too far from where robots drove"

NEIGHBOURS = 5
LEAST_KEYFRAMES = 5
"""Fewer poses do not show whether a robot drives on floors."""
FLAT_M, UPRIGHT_RAD = 0.15, np.radians(3.0)
"""A floor is no thicker and no robot on it leans more; where ramps are steeper, `on` says so."""
BETWEEN_LEVELS_M = 0.5
MOST_OF_THEM = 0.95


@dataclass(frozen=True, eq=False)
class RobotGates:
    """Where robots drove: bases of keyframes, float64 [n, 4, 4]."""

    map_from_base: Array
    settings: GateSettings

    def check(self, map_from_base: Matrix4) -> Rejected | None:
        """Why a robot cannot be there, None where it can."""
        away_m, height_m, tilt_rad = self.measure(map_from_base)
        limits = self.settings
        if not away_m <= limits.max_away_m:
            return Rejected(AWAY, {"away_m": away_m, "limit_m": limits.max_away_m})
        if not abs(height_m) <= limits.max_height_m:
            return Rejected(OFF_THE_FLOOR, {"height_m": height_m, "limit_m": limits.max_height_m})
        if not np.degrees(tilt_rad) <= limits.max_tilt_deg:
            return Rejected(TILTED, {"tilt_deg": float(np.degrees(tilt_rad)), "limit_deg": limits.max_tilt_deg})
        return None

    def measure(self, map_from_base: Matrix4) -> tuple[float, float, float]:
        """Distance from where robots drove, height above their bases there (metres), angle between ups (radians)."""
        height, up = floor_under(map_from_base, self.map_from_base)
        nearest_m = float(np.linalg.norm(self.map_from_base[:, :3, 3] - map_from_base[:3, 3], axis=1).min())
        along_m = float(np.sqrt(max(nearest_m**2 - height**2, 0.0)))
        return along_m, height, _angle(up, map_from_base[:3, 2])


def learn_robot_gates(map_from_base: Array | None, settings: GateSettings) -> RobotGates | None:
    """The gates of a map; None where they are off, or `auto` and the map's cameras were carried, not driven."""
    if settings.robot == "off" or map_from_base is None or not len(map_from_base):
        return None
    poses = np.asarray(map_from_base, dtype=np.float64)
    if settings.robot == "auto" and not drove_on_floors(poses):
        return None
    return RobotGates(poses, settings)


def floor_under(map_from_base: Matrix4, bases: Array) -> tuple[float, Array]:
    """Height above the nearest of these bases, metres, along their own up (a ramp is a floor too), and that up."""
    distances = np.linalg.norm(bases[:, :3, 3] - map_from_base[:3, 3], axis=1)
    there = bases[np.argsort(distances, kind="stable")[:NEIGHBOURS]]
    up = _mean_up(there)
    return float(np.median((map_from_base[:3, 3] - there[:, :3, 3]) @ up)), up


def drove_on_floors(map_from_base: Array) -> bool:
    """Whether nearly all bases are equally upright and stand on a few levels, as no camera in a hand does."""
    if len(map_from_base) < LEAST_KEYFRAMES:
        return False
    up = _mean_up(map_from_base)
    tilts = np.array([_angle(up, each[:3, 2]) for each in map_from_base])
    heights = np.sort(map_from_base[:, :3, 3] @ up)
    levels = np.split(heights, np.flatnonzero(np.diff(heights) > BETWEEN_LEVELS_M) + 1)
    thickest = max(float(np.subtract(*np.quantile(level, [1 - MOST_OF_THEM, MOST_OF_THEM])[::-1])) for level in levels)
    return bool(np.quantile(tilts, MOST_OF_THEM) < UPRIGHT_RAD and thickest < FLAT_M)


def _mean_up(poses: Array) -> Array:
    up = poses[:, :3, 2].mean(axis=0)
    return np.asarray(up / max(float(np.linalg.norm(up)), 1e-12))


def _angle(a: Array, b: Array) -> float:
    return float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))
