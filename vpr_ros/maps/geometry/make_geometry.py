"""The geometry of a map being built: keypoints of every keyframe, and where they lie, by the best means at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SettingsError, SourceError
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, FloatArray, Frame, KeypointExtractor, KeypointMatcher
from vpr_ros.maps.geometry.ask_itself import ask_itself
from vpr_ros.maps.geometry.covisibility import cells_of, most_shared
from vpr_ros.maps.geometry.gather_keypoints import Gathered, KeyframeCamera, KeypointGatherer
from vpr_ros.maps.geometry.keypoint_arrays import GeometryOrigin
from vpr_ros.maps.geometry.measure_depth import measure_depth
from vpr_ros.maps.geometry.placed_points import PlacedPoints
from vpr_ros.maps.geometry.take_observed import take_observed
from vpr_ros.maps.geometry.triangulate import triangulate
from vpr_ros.maps.write_map import MapWriter

COVISIBLE = 16
"""Keyframes that are remembered to see the same points as one."""
Track = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class PointMakers:
    """What geometry is made with. observed: the points of the structure from motion that the source is of, by an
    image's source name; None where there is none.
    """

    extractor: KeypointExtractor
    matcher: KeypointMatcher
    settings: PoseSettings
    observed: Callable[[str], ObservedPoints | None] | None = None


@dataclass(frozen=True)
class MadeGeometry:
    """origin: what the manifest says of it, None where there are no keypoints. notes: for a person, one line each.

    map_from_base: of the keyframes, where poses were refined; None where they are what they were.
    """

    origin: GeometryOrigin | None
    notes: tuple[str, ...]
    map_from_base: Array | None = None


class GeometryMaker:
    """Sees every keyframe once, as the map is built, and writes the keypoints in the end."""

    def __init__(self, makers: PointMakers, writer: MapWriter) -> None:
        self._makers = makers
        self._writer = writer
        settings = makers.settings
        if settings.refine_poses and settings.geometry in ("depth", "none"):
            raise SettingsError(
                f"pose.refine_poses=true is for pose.geometry=triangulate, not for pose.geometry={settings.geometry}"
            )
        from_depth = settings.geometry == "depth" or (settings.geometry == "auto" and makers.observed is None)
        range_m = (settings.min_depth_m, settings.max_depth_m) if from_depth else None
        self._gatherer = KeypointGatherer(makers.extractor, settings.max_keypoints, range_m, writer.scratch_rows)
        self._names: list[str] = []

    def add(self, frame: Frame) -> None:
        """The next keyframe of the map."""
        self._names.append(frame.source_name)
        self._gatherer.add(frame)

    def finish(self, place_ids: npt.NDArray[np.int64], descriptors: FloatArray, track: Track) -> MadeGeometry:
        """Write the arrays. descriptors: of the images, [n, d], rows of unit length.

        Raises SourceError when the settings name a geometry that this source cannot give.
        """
        gathered, asked = self._gatherer.gathered(), self._makers.settings.geometry
        if gathered is None:
            return MadeGeometry(None, (self._why_none(asked),))
        kind = self._kind(gathered, asked)
        placed = self._place(kind, gathered, descriptors, track)
        if placed.refined is not None:
            gathered = replace(gathered, cameras=placed.refined.cameras)
        kept = _bounded(gathered, placed.points_base, kind, self._makers.settings.max_keypoints)
        self._write(gathered, placed, kept, place_ids)
        errors = placed.errors_px
        known = np.isfinite(placed.points_base[:, 0])
        shared = ask_itself(gathered, placed.points_base, self._makers.matcher) if known.any() else None
        origin = GeometryOrigin(
            kind=kind,
            fingerprint=self._makers.extractor.fingerprint,
            keyframes=int(np.count_nonzero(np.diff(gathered.offsets))),
            keypoints=int(np.count_nonzero(kept)),
            points=int(np.count_nonzero(known)),
            reprojection_median_px=float(np.median(errors)) if len(errors) else None,
            reprojection_p95_px=float(np.percentile(errors, 95)) if len(errors) else None,
            track_length=_track_length(placed.tracks),
            shared_error_m=None if shared is None else shared.position_m,
            shared_error_rad=None if shared is None else shared.turn_rad,
        )
        notes = (*_remarks(origin, gathered), *self._remarks_on_poses(kind, placed))
        return MadeGeometry(origin, notes, None if placed.refined is None else _poses(placed.refined.cameras))

    def _remarks_on_poses(self, kind: str, placed: PlacedPoints) -> tuple[str, ...]:
        if placed.refined is not None:
            return (placed.refined.note,)
        if self._makers.settings.refine_poses:
            return (f"poses were not refined: points are not triangulated but of another kind ({kind})",)
        return ()

    def _why_none(self, asked: str) -> str:
        skipped = self._gatherer.skipped
        why = " and ".join(reason for reason, _ in skipped.most_common()) or "there are no keypoints in any image"
        if asked in ("depth", "triangulate"):
            raise SourceError(f"pose.geometry={asked} cannot be had: {why}; set pose.geometry=auto to do without")
        return f"no points, so no poses from this map: {why}"

    def _kind(self, gathered: Gathered, asked: str) -> str:
        computable = sum(camera is not None for camera in gathered.cameras)
        if asked == "depth" and not gathered.with_depth:
            raise SourceError(
                "pose.geometry=depth, but no keyframe has depth; name a depth topic (--depth), or set "
                "pose.geometry=triangulate"
            )
        if asked == "auto" and self._makers.observed is not None:
            return "colmap"
        if asked == "depth" or (asked == "auto" and 2 * gathered.with_depth >= computable):
            return "depth"
        return "none" if asked == "none" else "triangulated"

    def _place(self, kind: str, gathered: Gathered, descriptors: FloatArray, track: Track) -> PlacedPoints:
        if kind == "depth":
            return measure_depth(gathered, self._makers.matcher)
        if kind == "colmap" and self._makers.observed is not None:
            return take_observed(gathered, self._names, self._makers.observed)
        if kind == "triangulated":
            return triangulate(gathered, self._makers.matcher, descriptors, track, self._makers.settings.refine_poses)
        return PlacedPoints.nowhere(len(gathered.pixels))

    def _write(
        self, gathered: Gathered, placed: PlacedPoints, kept: npt.NDArray[np.bool_], place_ids: npt.NDArray[np.int64]
    ) -> None:
        owners = np.repeat(np.arange(len(gathered.cameras)), np.diff(gathered.offsets))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(owners[kept], minlength=len(gathered.cameras)))])
        count = int(offsets[-1])
        halves = gathered.descriptors.dtype == np.float16
        name = "keypoint_descriptors_half" if halves else "keypoint_descriptors"
        columns: dict[str, Array] = {"keypoint_pixels": gathered.pixels, name: gathered.descriptors}
        columns |= {"keypoint_points": placed.points_base, "keypoint_tracks": placed.tracks}
        for title, column in columns.items():
            array = self._writer.create_array(title, (count, *column.shape[1:]), column.dtype)
            for keyframe in range(len(gathered.cameras)):
                rows = gathered.rows(keyframe)
                array[offsets[keyframe] : offsets[keyframe + 1]] = column[rows][kept[rows]]
        self._writer.put_array("keypoint_offsets", offsets.astype(np.int64))
        neighbours = _covisible(gathered, placed, owners)
        self._writer.put_array("covisible_ids", np.where(neighbours >= 0, place_ids[neighbours], -1))


def _poses(cameras: Sequence[KeyframeCamera | None]) -> Array:
    """[n, 4, 4] map_from_base, NaN where a keyframe cannot be computed with."""
    return np.stack([np.full((4, 4), np.nan) if camera is None else camera.map_from_base for camera in cameras])


def _bounded(gathered: Gathered, points_base: FloatArray, kind: str, most: int) -> npt.NDArray[np.bool_]:
    """[m]: keypoints that are kept. Those without a point serve where no points are: a quarter of `most` of them."""
    kept = np.isfinite(points_base[:, 0])
    for keyframe in range(len(gathered.cameras)):
        rows = gathered.rows(keyframe)
        others = rows.start + np.flatnonzero(~kept[rows])
        kept[others[: most if kind == "none" else most // 4]] = True
    return kept


def _covisible(gathered: Gathered, placed: PlacedPoints, owners: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """[n, COVISIBLE] rows: by shared tracks where there are any, else by cubes of the map that both see points in."""
    poses = [None if camera is None else camera.map_from_camera for camera in gathered.cameras]
    tracked = np.flatnonzero(placed.tracks >= 0)
    if len(tracked):
        return most_shared(placed.tracks[tracked].astype(np.int64), owners[tracked], poses, COVISIBLE)
    known = np.flatnonzero(np.isfinite(placed.points_base[:, 0]))
    cells: list[Array] = [np.zeros(0, np.int64)]
    for keyframe, camera in enumerate(gathered.cameras):
        if camera is not None:
            points = placed.points_base[gathered.rows(keyframe)].astype(np.float64)
            points = points[np.isfinite(points[:, 0])] @ camera.map_from_base[:3, :3].T + camera.map_from_base[:3, 3]
            cells.append(cells_of(points))
    return most_shared(np.concatenate(cells), owners[known], poses, COVISIBLE)


def _track_length(tracks: npt.NDArray[np.int32]) -> float | None:
    _, lengths = np.unique(tracks[tracks >= 0], return_counts=True)
    return float(lengths.mean()) if len(lengths) else None


def _remarks(origin: GeometryOrigin, gathered: Gathered) -> tuple[str, ...]:
    each = origin.keyframes
    notes = [
        f"{reason}: {count} keyframes are without keypoints, so no pose is solved from them"
        for reason, count in gathered.skipped.most_common()
    ]
    if origin.kind == "none":
        return (*notes, f"{origin.keypoints / each:.0f} keypoints a keyframe, none with a point: pose.geometry=none")
    told = (
        f"{origin.keypoints / each:.0f} keypoints a keyframe, {origin.points / each:.0f} with a point ({origin.kind})"
    )
    if origin.reprojection_median_px is not None:
        told += f", seen {origin.reprojection_median_px:.2f} px from where they are expected (median)"
    if origin.points < 30 * each:
        notes.append("few points: expect few poses; see docs/geometry.md for what helps")
    return (*notes, told)
