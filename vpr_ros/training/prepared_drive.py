"""A drive as training uses it, read and described once, in a folder: an interrupted training does not begin again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SourceError
from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.records import Array, Frame, Intrinsics
from vpr_ros.core.view_overlap import depth_on_grid
from vpr_ros.maps.camera_json import camera_of_json, json_of_camera
from vpr_ros.maps.checked_json import Fields, loads_strictly
from vpr_ros.maps.npy_file import create_npy
from vpr_ros.maps.place_map import CameraCalibration
from vpr_ros.maps.storage_errors import storage_errors
from vpr_ros.training.view_versions import VersionMaker
from vpr_ros.training.warp_depth import FINE

ABOUT = "about.json"
CELLS = GRID[0] * GRID[1]


@dataclass(frozen=True, eq=False)
class PreparedDrive:
    """n views of a drive, those with a pose and something to describe.

    pooled: float16 [n, V, P, R] and valid: bool [n, V, P], as `ViewVersions` has them, in a file. sizes: [n, 2], width
    and height. map_from_camera: [n, 4, 4]. depth_mm: uint16 [n, *FINE]. intrinsics: one object for a camera.
    """

    name: str
    pooled: npt.NDArray[np.float16]
    valid: npt.NDArray[np.bool_]
    sizes: Array
    map_from_camera: Array
    depth_mm: npt.NDArray[np.uint16]
    intrinsics: tuple[Intrinsics, ...]

    def __len__(self) -> int:
        return len(self.sizes)


def prepare_drive(
    folder: Path, name: str, frames: Iterable[Frame], count: int, maker: VersionMaker, seed: int
) -> PreparedDrive:
    """Read and describe at most `count` frames into a new folder. Raises SourceError where none can be used.

    Frames without depth, calibration or anything to describe are passed over.
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
        cameras, camera_of = _fill(arrays, name, frames, maker, seed)
        for array in arrays.values():
            array.flush()
        about = {"name": name, "cameras": [json_of_camera(each) for each in cameras], "camera_of": camera_of}
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    return open_prepared(folder)


def open_prepared(folder: Path) -> PreparedDrive:
    """A drive that was prepared to its end. Raises SourceError where that is not what is there."""
    try:
        about = Fields(loads_strictly((folder / ABOUT).read_text(encoding="utf-8")), "")
        camera_of: list[int] = about.take("camera_of", list)
        cameras = [camera_of_json(fields).intrinsics for fields in about.objects("cameras")]
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
    )


def is_prepared(folder: Path) -> bool:
    """Whether the folder was filled to its end; what says so is written last."""
    return (folder / ABOUT).is_file()


def _fill(
    arrays: dict[str, Any], name: str, frames: Iterable[Frame], maker: VersionMaker, seed: int
) -> tuple[list[CameraCalibration], list[int]]:
    """The cameras, and which of them saw each row."""
    cameras: list[CameraCalibration] = []
    camera_of: list[int] = []
    without_depth = 0
    for number, frame in enumerate(frames):
        if frame.map_from_base is None:
            continue
        if frame.depth_m is None or frame.intrinsics is None or not np.nan_to_num(frame.depth_m).any():
            without_depth += 1
            continue
        versions = maker.describe(frame.image, (seed, number))
        if not versions.valid[0].any():
            continue
        row = len(camera_of)
        arrays["pooled"][row], arrays["valid"][row] = versions.pooled, versions.valid
        arrays["depth"][row] = depth_on_grid(frame.depth_m, FINE)
        mount = np.eye(4) if frame.base_from_camera is None else frame.base_from_camera
        arrays["poses"][row] = frame.map_from_base @ mount
        arrays["sizes"][row] = versions.size_px
        camera_of.append(_number_of(cameras, frame))
    if not camera_of:
        raise SourceError(nothing_to_learn(name, without_depth > 0))
    return cameras, camera_of


def nothing_to_learn(name: str, no_depth: bool) -> str:
    """The sentence about a source that training can do nothing with."""
    lacks = "no depth and calibration beside its images" if no_depth else "no frame with a pose and anything to see"
    return (
        f"{name}: has {lacks}; record a depth topic aligned to the image (--depth names it) and poses in the map frame,"
        " or train on a COLMAP model with points"
    )


def _number_of(cameras: list[CameraCalibration], frame: Frame) -> int:
    for number, camera in enumerate(cameras):
        if camera.name == frame.camera and camera.intrinsics is frame.intrinsics:
            return number
    cameras.append(CameraCalibration(frame.camera, frame.intrinsics, None))
    return len(cameras) - 1
