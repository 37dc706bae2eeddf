"""A place is right when its view and the query's show the same surfaces: needs depth, poses and calibration of both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.camera_lens import Lens, make_lens
from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Array, Frame, Intrinsics
from vpr_ros.core.view_overlap import CONSISTENT, Views, depth_on_grid, mutual_overlap
from vpr_ros.evaluation.positives.positives import FloorCheck, Judgement
from vpr_ros.maps.place_map import PlaceMap

AT_ONCE = 32
"""Places that are compared with a query together while a right one is looked for."""


class OverlapPositives:
    """Views that overlap by more than `least`, and are turned by less than `angle_deg` from each other."""

    def __init__(self, place_map: PlaceMap, least: float, angle_deg: float) -> None:
        self.text = f"overlap={least:g},angle={angle_deg:g}"
        table = place_map.table
        if table.map_from_base is None or place_map.depth is None:
            lacks = "poses" if table.map_from_base is None else "depth"
            raise UsageError(
                f"--positives overlap: the map has no {lacks}; judge by distance=..., label=... or a JSON file, or "
                "build it from a source with depth and poses"
            )
        self._least = least
        self._least_trace = 1 + 2 * np.cos(np.radians(min(angle_deg, 180.0)))
        depth = place_map.depth
        self._grid = (int(depth.shape[1]), int(depth.shape[2]))
        lenses, mounts, self._camera_of = _lenses(place_map, self._grid)
        poses = np.asarray(table.map_from_base)
        map_from_camera = poses @ np.stack(mounts)[self._camera_of]
        self._views = [Views(lens, depth, map_from_camera) for lens in lenses]
        self._turns = map_from_camera[:, :3, :3].reshape(len(table), 9)
        self._origins = np.ascontiguousarray(map_from_camera[:, :3, 3])
        rows = range(0, len(table), 256)
        self._reach_m = np.concatenate([self._reach(np.arange(row, min(row + 256, len(table)))) for row in rows])
        self._floors = FloorCheck(table)
        self._query_lens: Lens | None = None

    def judge(self, frame: Frame, index: int, rows: Sequence[int]) -> Judgement | None:  # noqa: ARG002
        view = self._view_of(frame)
        if view is None:
            return None
        possible, away_m = self._possible(view, frame)
        asked = np.array(rows, dtype=np.int64)
        right = np.zeros(len(asked), dtype=bool)
        right[possible[asked]] = self._overlapping(view, asked[possible[asked]])
        if right.any():
            found: int | None = int(asked[np.argmax(right)])
        else:
            possible[asked] = False
            others = np.flatnonzero(possible)
            found = self._first_overlapping(view, others[np.argsort(away_m[others], kind="stable")])
        return Judgement(tuple(right.tolist()), found is not None, found)

    def _possible(self, view: Views, frame: Frame) -> tuple[Array, Array]:
        """(rows not ruled out by angle, floor or distance, how far each is). What cannot overlap is not projected."""
        ours = view.map_from_camera[0]
        traces = self._turns @ ours[:3, :3].ravel()
        apart_m = self._origins - ours[:3, 3]
        away_m = np.sqrt(np.einsum("ni,ni->n", apart_m, apart_m))
        within = away_m <= view.reach_m() + (1 + CONSISTENT) * self._reach_m
        return (traces > self._least_trace) & within & self._floors.possible(frame), away_m

    def _first_overlapping(self, view: Views, rows: Array) -> int | None:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            right = self._overlapping(view, some)
            if right.any():
                return int(some[np.argmax(right)])
        return None

    def _overlapping(self, view: Views, rows: Array) -> Array:
        right = np.zeros(len(rows), dtype=bool)
        for camera in np.unique(self._camera_of[rows]):
            mine = self._camera_of[rows] == camera
            right[mine] = mutual_overlap(view, self._views[camera].some(rows[mine]), self._least) > self._least
        return right

    def _reach(self, rows: Array) -> Array:
        reach = np.zeros(len(rows))
        for camera in np.unique(self._camera_of[rows]):
            mine = self._camera_of[rows] == camera
            reach[mine] = self._views[camera].some(rows[mine]).reach_m()
        return reach

    def _view_of(self, frame: Frame) -> Views | None:
        if frame.depth_m is None or frame.intrinsics is None or frame.base_from_camera is None:
            return None
        if frame.map_from_base is None:
            return None
        depth_mm = depth_on_grid(frame.depth_m, self._grid)
        pose = frame.map_from_base @ frame.base_from_camera
        return Views(self._lens_of(frame.intrinsics), depth_mm[None], pose[None])

    def _lens_of(self, intrinsics: Intrinsics) -> Lens:
        if self._query_lens is None or self._query_lens.intrinsics is not intrinsics:
            self._query_lens = make_lens(intrinsics, self._grid, "the source's camera")
        return self._query_lens


def _lenses(place_map: PlaceMap, grid: tuple[int, int]) -> tuple[list[Lens], list[Array], Array]:
    """(lenses, base_from_camera, which of them saw each place)."""
    lenses: list[Lens] = []
    mounts: list[Array] = []
    number_of: dict[str, int] = {}
    seen = set(place_map.table.cameras)
    for camera in place_map.cameras:
        if camera.name not in seen:
            continue
        if camera.intrinsics is None or camera.base_from_camera is None:
            lacks = "calibration" if camera.intrinsics is None else "place on the robot"
            raise UsageError(f"--positives overlap: the map does not know the {lacks} of camera {camera.name!r}")
        number_of[camera.name] = len(lenses)
        lenses.append(make_lens(camera.intrinsics, grid, f"the map's camera {camera.name!r}"))
        mounts.append(np.asarray(camera.base_from_camera, dtype=np.float64))
    return lenses, mounts, np.array([number_of[name] for name in place_map.table.cameras])
