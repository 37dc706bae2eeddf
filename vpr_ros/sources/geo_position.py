"""Where on the globe a photo was taken: a position in UTM, perhaps a heading and a time, and the pose they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Matrix4

BASE_FROM_LEVEL_CAMERA: Matrix4 = np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""A camera (x right, y down, z forward) that looks ahead and level from its base (x forward, y left, z up)."""


@dataclass(frozen=True)
class GeoPosition:
    """Metres in a UTM grid such as `32N`. heading_deg: clockwise from north. What nobody said is None."""

    east_m: float
    north_m: float
    grid: str
    height_m: float | None = None
    heading_deg: float | None = None
    stamp_ns: int | None = None

    def map_from_base(self, *, with_height: bool) -> Matrix4:
        """x east, y north, z up; x of the base along the heading, along east where there is none."""
        yaw = 0.0 if self.heading_deg is None else math.radians(90.0 - self.heading_deg)
        return planar_pose(self.east_m, self.north_m, yaw, (self.height_m or 0.0) if with_height else 0.0)

    @property
    def base_from_camera(self) -> Matrix4 | None:
        """None where the heading is unknown: then nothing says where the camera looked."""
        return None if self.heading_deg is None else BASE_FROM_LEVEL_CAMERA


def have_heights(positions: Sequence[GeoPosition]) -> bool:
    """Whether every position has a height: one at 300 m and one at an assumed 0 would be far apart."""
    return bool(positions) and all(position.height_m is not None for position in positions)


def describe_positions(positions: Sequence[GeoPosition], origin: str) -> list[str]:
    """Notes for a person. origin: where the positions come from, in words."""
    grids = list(dict.fromkeys(position.grid for position in positions))
    named = f" of UTM {grids[0]}" if len(grids) == 1 and grids[0] else ""
    notes = [f"positions from {origin}: x east and y north{named}, in whole UTM metres (no offset is taken off)"]
    if len(grids) > 1:
        shown = ", ".join(grid or "unnamed" for grid in grids[:6]) + (", ..." if len(grids) > 6 else "")
        notes.append(f"they lie in {len(grids)} UTM grids ({shown}): distances between grids mean nothing")
    headed = sum(position.heading_deg is not None for position in positions)
    if headed < len(positions):
        notes.append(
            f"{len(positions) - headed} of {len(positions)} positions have no heading: where those cameras looked is "
            "unknown, their rotation says nothing, and each of them is a keyframe"
        )
    if headed:
        notes.append("headings are taken as those of level cameras looking ahead")
    return notes
