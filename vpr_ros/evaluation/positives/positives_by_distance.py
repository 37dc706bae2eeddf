"""A place is right when it was taken near the query, and looking the same way where an angle is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.errors import UsageError
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame
from vpr_ros.evaluation.positives.positives import FloorCheck, Judgement


class DistancePositives:
    """Positions at most `distance_m` apart and, unless None, headings at most `angle_deg`."""

    def __init__(self, table: PlaceTable, distance_m: float, angle_deg: float | None) -> None:
        if table.map_from_base is None:
            raise UsageError(
                "--positives distance: the map has no poses; judge places by label=... or a JSON file of right ones"
            )
        self.text = f"distance={distance_m:g}" + ("" if angle_deg is None else f",angle={angle_deg:g}")
        self._distance_m = distance_m
        # The angle of a rotation is at most a where its trace is at least 1 + 2 cos a.
        self._least_trace = None if angle_deg is None else 1 + 2 * np.cos(np.radians(min(angle_deg, 180.0)))
        poses = np.asarray(table.map_from_base)
        self._positions = np.ascontiguousarray(poses[:, :3, 3])
        self._rotations = np.ascontiguousarray(poses[:, :3, :3])
        self._floors = FloorCheck(table)

    def judge(self, frame: Frame, index: int, rows: Sequence[int]) -> Judgement | None:  # noqa: ARG002
        if frame.map_from_base is None:
            return None
        away_m = np.linalg.norm(self._positions - frame.map_from_base[:3, 3], axis=1)
        right = (away_m <= self._distance_m) & self._floors.possible(frame)
        if self._least_trace is not None:
            near = np.flatnonzero(right)
            traces = np.einsum("nij,ij->n", self._rotations[near], frame.map_from_base[:3, :3])
            right[near] = traces >= self._least_trace - 1e-12
        found = np.flatnonzero(right)
        nearest = int(found[np.argmin(away_m[found])]) if len(found) else None
        return Judgement(tuple(right[list(rows)].tolist()), len(found) > 0, nearest)
