"""Where on the globe a photo was taken: a position in UTM, perhaps a heading and a time, and the pose they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.records import Array, Matrix4

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

    @property
    def base_from_camera(self) -> Matrix4 | None:
        """None where the heading is unknown: then nothing says where the camera looked."""
        return None if self.heading_deg is None else BASE_FROM_LEVEL_CAMERA


def poses_of(positions: Sequence[GeoPosition]) -> Array:
    """[N, 4, 4] map_from_base: x east, y north, z up; x of the base along the heading, along east where there is none.

    Heights count where all have one: a photo at 300 m and one at an assumed 0 would be far apart.
    """
    with_height = all(position.height_m is not None for position in positions)
    heights_m = [position.height_m or 0.0 if with_height else 0.0 for position in positions]
    yaws = np.radians([0.0 if position.heading_deg is None else 90.0 - position.heading_deg for position in positions])
    translations = np.column_stack(
        [[position.east_m for position in positions], [position.north_m for position in positions], heights_m]
    )
    nothing = np.zeros(len(positions))
    return pose_matrix(translations, np.column_stack([nothing, nothing, np.sin(yaws / 2), np.cos(yaws / 2)]))


def describe_positions(positions: Sequence[GeoPosition], origin: str) -> list[str]:
    """Notes for a person. origin: where the positions come from, in words."""
    grids = list(dict.fromkeys(position.grid for position in positions))
    named = f" of UTM {grids[0]}" if len(grids) == 1 and grids[0] else ""
    notes = [f"positions from {origin}: x east and y north{named}, full coordinates in metres, no offset taken off"]
    if len(grids) > 1:
        shown = ", ".join(grid or "unnamed" for grid in grids[:6]) + (", ..." if len(grids) > 6 else "")
        notes.append(f"they lie in {len(grids)} UTM grids ({shown}): distances between grids mean nothing")
    headed = sum(position.heading_deg is not None for position in positions)
    if headed < len(positions):
        notes.append(
            f"{len(positions) - headed} of {len(positions)} positions have no heading: which way those cameras looked "
            "is unknown, the rotation of their poses says nothing, and each of them is a keyframe"
        )
    timed = sum(position.stamp_ns is not None for position in positions)
    if timed < len(positions):
        notes.append(f"{len(positions) - timed} of {len(positions)} of them have no time: frames count as 1 s apart")
    if headed:
        notes.append("headings are taken as those of level cameras looking ahead")
    return notes
