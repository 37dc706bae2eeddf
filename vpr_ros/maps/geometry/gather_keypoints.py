"""Keypoints of keyframes as these come by, in scratch files: nothing but their counts stays in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.check_intrinsics import check_intrinsics
from vpr_ros.core.records import Array, FloatArray, Frame, Intrinsics, KeypointExtractor, Keypoints, Matrix4, Rejected
from vpr_ros.maps.geometry.depth_points import points_from_depth
from vpr_ros.maps.write_rows import RowsWriter

NO_POSE = "no pose"
MakeRows = Callable[[str, npt.DTypeLike, int], RowsWriter]


@dataclass(frozen=True, eq=False)
class KeyframeCamera:
    """What of a keyframe is kept in memory."""

    intrinsics: Intrinsics
    map_from_base: Matrix4
    base_from_camera: Matrix4

    @property
    def map_from_camera(self) -> Matrix4:
        return np.asarray(self.map_from_base @ self.base_from_camera, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Gathered:
    """Keypoints of n keyframes, the strongest of each first. Rows of keyframe i: offsets[i] to offsets[i + 1].

    cameras: None where a keyframe has none to compute with; it has no keypoints then. points_base: float32 [m, 3] from
    depth, NaN where not known. skipped: why keyframes have no keypoints, and how many.
    """

    offsets: npt.NDArray[np.int64]
    cameras: tuple[KeyframeCamera | None, ...]
    pixels: FloatArray
    descriptors: Array
    points_base: FloatArray
    with_depth: int
    skipped: Counter[str]

    def rows(self, keyframe: int) -> slice:
        """Where the keypoints of one keyframe stand."""
        return slice(int(self.offsets[keyframe]), int(self.offsets[keyframe + 1]))

    def keypoints(self, keyframe: int) -> Keypoints:
        """What a matcher is given."""
        rows, camera = self.rows(keyframe), self.cameras[keyframe]
        size = (camera.intrinsics.width, camera.intrinsics.height) if camera is not None else (1, 1)
        descriptors = self.descriptors[rows]
        if descriptors.dtype == np.float16:
            descriptors = descriptors.astype(np.float32)
        return Keypoints(
            np.asarray(self.pixels[rows]), np.asarray(descriptors), np.ones(rows.stop - rows.start, np.float32), size
        )


@dataclass
class KeypointGatherer:
    """Extracts the keypoints of one keyframe after another, and from its depth where they lie.

    Depth is left alone where range_m is None. make_rows: scratch space, by name, type and columns.
    """

    extractor: KeypointExtractor
    most: int
    range_m: tuple[float, float] | None
    make_rows: MakeRows
    with_depth: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    _counts: list[int] = field(default_factory=list)
    _cameras: list[KeyframeCamera | None] = field(default_factory=list)
    _files: tuple[RowsWriter, RowsWriter, RowsWriter] | None = None

    def add(self, frame: Frame) -> None:
        """The next keyframe. One that cannot be computed with is counted among the skipped."""
        camera = self._camera(frame)
        self._cameras.append(camera)
        if camera is None:
            self._counts.append(0)
            return
        found = self.extractor.extract(frame.image, self.most)
        order = np.argsort(-found.scores, kind="stable")
        pixels, descriptors = found.pixels[order], found.descriptors[order]
        points: Array = np.full((len(pixels), 3), np.nan)
        if frame.depth_m is not None:
            self.with_depth += 1
            if self.range_m is not None:
                seen = points_from_depth(pixels, frame.depth_m, camera.intrinsics, self.range_m)
                points = seen @ camera.base_from_camera[:3, :3].T + camera.base_from_camera[:3, 3]
        self._append(pixels, descriptors, points)

    def _camera(self, frame: Frame) -> KeyframeCamera | None:
        wrong = Rejected(NO_POSE) if frame.map_from_base is None else check_intrinsics(frame)
        if wrong is not None:
            self.skipped[wrong.reason] += 1
        if wrong is not None or frame.intrinsics is None or frame.map_from_base is None:
            return None
        if frame.base_from_camera is None:  # was looked at above; the type does not know
            return None
        return KeyframeCamera(frame.intrinsics, frame.map_from_base, frame.base_from_camera)

    def _append(self, pixels: Array, descriptors: Array, points: Array) -> None:
        if self._files is None:
            kept_as = np.uint8 if descriptors.dtype == np.uint8 else np.float16
            self._files = (
                self.make_rows("keypoint-pixels", np.float32, 2),
                self.make_rows("keypoint-descriptors", kept_as, descriptors.shape[1]),
                self.make_rows("keypoint-points", np.float32, 3),
            )
        for file, rows in zip(self._files, (pixels, descriptors, points), strict=True):
            file.append(rows)
        self._counts.append(len(pixels))

    def gathered(self) -> Gathered | None:
        """Everything so far, None when no keyframe has a keypoint. Nothing is added afterwards."""
        if self._files is None or not any(self._counts):
            return None
        pixels, descriptors, points = (file.rows() for file in self._files)
        offsets = np.concatenate([[0], np.cumsum(self._counts)]).astype(np.int64)
        cameras = tuple(self._cameras)
        return Gathered(offsets, cameras, pixels, descriptors, points, self.with_depth, self.skipped)

    def close(self) -> None:
        """Give the files up."""
        for file in self._files or ():
            file.close()


def in_base(points_map: Array, map_from_base: Matrix4) -> Array:
    """[k, 3] of the map frame -> of a keyframe's base."""
    base_from_map = invert_pose(map_from_base)
    return np.asarray(points_map @ base_from_map[:3, :3].T + base_from_map[:3, 3])
