"""A drive as training uses it, read and described once, in a folder: an interrupted training does not begin again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SourceError
from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.records import Array, Frame, Intrinsics
from vpr_ros.core.view_overlap import depth_on_grid
from vpr_ros.maps.camera_json import camera_of_json, json_of_camera
from vpr_ros.maps.checked_json import Fields, loads_strictly
from vpr_ros.maps.npy_file import create_npy
from vpr_ros.maps.place_map import CameraCalibration
from vpr_ros.maps.storage_errors import storage_errors
from vpr_ros.training.shared_points import cells_of_points
from vpr_ros.training.view_versions import VersionMaker
from vpr_ros.training.warp_depth import FINE

ABOUT = "about.json"
CELLS = GRID[0] * GRID[1]
Observed = Callable[[str], "ObservedPoints | None"]


@dataclass(frozen=True, eq=False)
class PreparedDrive:
    """n views of a drive, those with a pose and something to describe.

    pooled: float16 [n, V, P, R] and valid: bool [n, V, P], as `ViewVersions` has them, in a file. sizes: [n, 2], width
    and height. map_from_camera: [n, 4, 4]. depth_mm: uint16 [n, *FINE]. intrinsics: one object for a camera. points: of
    each view, as `cells_of_points` has them; None for a drive with depth.
    """

    name: str
    pooled: npt.NDArray[np.float16]
    valid: npt.NDArray[np.bool_]
    sizes: Array
    map_from_camera: Array
    depth_mm: npt.NDArray[np.uint16]
    intrinsics: tuple[Intrinsics, ...]
    points: tuple[npt.NDArray[np.int64], ...] | None

    def __len__(self) -> int:
        return len(self.sizes)


def prepare_drive(
    folder: Path,
    name: str,
    frames: Iterable[Frame],
    count: int,
    maker: VersionMaker,
    seed: int,
    observed: Observed | None = None,
) -> PreparedDrive:
    """Read and describe at most `count` frames into a new folder. Raises SourceError where none can be used.

    observed: the points that structure from motion saw in an image, by the frame's source name; they stand for depth.
    Frames without either, without pose or calibration, and those that nothing can be described in, are passed over.
    """
    with storage_errors("working memory on disk", folder):
        folder.mkdir(parents=True)
        shape = (count, maker.versions, CELLS)
        arrays = {
            "pooled": create_npy(folder / "pooled.npy", "<f2", (*shape, maker.dimension)),
            "valid": create_npy(folder / "valid.npy", "|b1", shape),
            "depth": create_npy(folder / "depth.npy", "<u2", (count, *FINE)),
            "poses": create_npy(folder / "poses.npy", "<f8", (count, 4, 4)),
            "sizes": create_npy(folder / "sizes.npy", "<i8", (count, 2)),
        }
        filled = _Filling(arrays, maker, seed, observed)
        for number, frame in enumerate(frames):
            filled.add(frame, number)
        if not filled.camera_of:
            raise SourceError(nothing_to_learn(name, filled.flat > 0))
        for array in arrays.values():
            array.flush()
        points = np.concatenate([np.empty((0, 2), np.int64), *filled.points])
        np.save(folder / "points.npy", points, allow_pickle=False)
        about = {
            "name": name,
            "cameras": [json_of_camera(each) for each in filled.cameras],
            "camera_of": filled.camera_of,
            "points": None if observed is None else [len(each) for each in filled.points],
        }
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    return open_prepared(folder)


def open_prepared(folder: Path) -> PreparedDrive:
    """A drive that was prepared to its end. Raises SourceError where that is not what is there."""
    try:
        about = Fields(loads_strictly((folder / ABOUT).read_text(encoding="utf-8")), "")
        camera_of: list[int] = about.take("camera_of", list)
        cameras = [camera_of_json(fields).intrinsics for fields in about.objects("cameras")]
        counts = None if about.is_null("points") else about.take("points", list)
        points = np.load(folder / "points.npy", allow_pickle=False)
        rows = {
            part: np.load(folder / f"{part}.npy", mmap_mode="r", allow_pickle=False)[: len(camera_of)]
            for part in ("pooled", "valid", "depth", "poses", "sizes")
        }
        intrinsics = tuple(cameras[number] for number in camera_of)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise SourceError(f"{folder}: is no drive prepared for training ({error}); start again with --force") from error
    return PreparedDrive(
        about.text("name"),
        rows["pooled"],
        np.array(rows["valid"]),
        np.array(rows["sizes"]),
        np.array(rows["poses"]),
        np.array(rows["depth"]),
        tuple(each for each in intrinsics if each is not None),
        None if counts is None else tuple(np.split(points, np.cumsum(counts)[:-1])),
    )


def is_prepared(folder: Path) -> bool:
    """Whether the folder was filled to its end; what says so is written last."""
    return (folder / ABOUT).is_file()


class _Filling:
    """Rows of the arrays, one frame after the other. flat: frames without depth or points."""

    def __init__(self, arrays: dict[str, Any], maker: VersionMaker, seed: int, observed: Observed | None) -> None:
        self._arrays, self._maker, self._seed, self._observed = arrays, maker, seed, observed
        self.cameras: list[CameraCalibration] = []
        self.camera_of: list[int] = []
        self.points: list[npt.NDArray[np.int64]] = []
        self.flat = 0

    def add(self, frame: Frame, number: int) -> None:
        if frame.map_from_base is None:
            return
        points = self._points_in(frame)
        depth = frame.depth_m if self._observed is None else None
        if frame.intrinsics is None or not (len(points) or (depth is not None and np.nan_to_num(depth).any())):
            self.flat += 1
            return
        versions = self._maker.describe(frame.image, (self._seed, number))
        if not versions.valid[0].any():
            return
        row, arrays = len(self.camera_of), self._arrays
        arrays["pooled"][row], arrays["valid"][row] = versions.pooled, versions.valid
        if depth is not None:
            arrays["depth"][row] = depth_on_grid(depth, FINE)
        mount = np.eye(4) if frame.base_from_camera is None else frame.base_from_camera
        arrays["poses"][row] = frame.map_from_base @ mount
        arrays["sizes"][row] = versions.size_px
        self.points.append(points)
        self.camera_of.append(_number_of(self.cameras, frame))

    def _points_in(self, frame: Frame) -> npt.NDArray[np.int64]:
        seen = None if self._observed is None else self._observed(frame.source_name)
        if seen is None:
            return np.empty((0, 2), np.int64)
        return cells_of_points(seen, (frame.image.shape[1], frame.image.shape[0]))


def nothing_to_learn(name: str, no_depth: bool) -> str:
    """The sentence about a source that training can do nothing with."""
    if no_depth:
        return (
            f"{name}: has no depth and calibration beside its images; record a depth topic aligned to the image "
            "(--depth names it), or train on a COLMAP model with points"
        )
    return f"{name}: no frame has a pose and anything to see; record poses in the map frame (--pose names them)"


def _number_of(cameras: list[CameraCalibration], frame: Frame) -> int:
    for number, camera in enumerate(cameras):
        if camera.name == frame.camera and camera.intrinsics is frame.intrinsics:
            return number
    cameras.append(CameraCalibration(frame.camera, frame.intrinsics, None))
    return len(cameras) - 1
