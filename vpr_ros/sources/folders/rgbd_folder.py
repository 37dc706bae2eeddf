"""An RGB-D folder: rgb/, depth_half/ (or depth/), poses.csv and meta.json. Its base is its camera.

rgb/NAME.jpg beside depth_half/NAME.png (uint16 millimetres, 0 unknown, the image's size or an integer fraction of it);
poses.csv with `name,tx,ty,tz,qx,qy,qz,qw`, camera (optical) to world, metres; meta.json with width, height and K.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.records import Intrinsics, Labels, Matrix4
from vpr_ros.sources.folders.file_source import SECOND_NS, FileRow, FileSource
from vpr_ros.sources.images.decode_image import IMAGE_SUFFIXES
from vpr_ros.sources.natural_order import list_files
from vpr_ros.sources.source import FrameEntry, SourceOptions

_COLUMNS = ["name", "tx", "ty", "tz", "qx", "qy", "qz", "qw"]
_DEPTH_FOLDERS = ("depth_half", "depth")


def is_rgbd_folder(folder: Path) -> bool:
    """Whether the files that make one are there."""
    return (folder / "rgb").is_dir() and (folder / "poses.csv").is_file() and (folder / "meta.json").is_file()


class RgbdFolder(FileSource):
    """Frames in natural order of their names, with depth where there is a file for it, as a Source."""

    kind = "RGB-D folder"

    def __init__(self, folder: Path, options: SourceOptions) -> None:
        intrinsics = _read_intrinsics(folder / "meta.json")
        files = list_files(folder / "rgb", IMAGE_SUFFIXES)
        if not files:
            raise SourceError(f"{folder / 'rgb'}: no images in it")
        poses = _read_poses(folder / "poses.csv")
        depth = next((folder / name for name in _DEPTH_FOLDERS if (folder / name).is_dir()), None)
        entries = [_entry(number, file, poses) for number, file in enumerate(files)]
        rows = [
            FileRow(entry, folder / entry.source_name, intrinsics, _existing(depth, file.stem), np.eye(4))
            for entry, file in zip(entries, files, strict=True)
        ]
        super().__init__(folder, rows, list(_remarks(folder, rows, len(poses))), options.max_megapixels)


def _entry(number: int, file: Path, poses: Mapping[str, Matrix4]) -> FrameEntry:
    source_name = f"rgb/{file.as_posix()}"
    pose = poses.get(file.stem)
    return FrameEntry(number, number * SECOND_NS, source_name, "camera", pose, Labels(), has_stamp=False)


def _remarks(folder: Path, rows: Sequence[FileRow], poses: int) -> Iterator[str]:
    yield "base = camera; frames count as 1 s apart"
    frames = len(rows)
    without_pose = sum(row.entry.map_from_base is None for row in rows)
    without_depth = sum(row.depth is None for row in rows)
    if without_pose == frames:
        raise SourceError(f"{folder / 'poses.csv'}: none of its {poses} names is an image in rgb/")
    if without_pose:
        yield f"{without_pose} of {frames} frames have no pose in poses.csv"
    if poses > frames - without_pose:
        yield f"{poses - frames + without_pose} poses in poses.csv have no image"
    if without_depth:
        yield f"{without_depth} of {frames} frames have no depth"


def _existing(folder: Path | None, stem: str) -> Path | None:
    path = None if folder is None else folder / f"{stem}.png"
    return path if path is not None and path.is_file() else None


def _read_poses(path: Path) -> dict[str, Matrix4]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: cannot be read: {error}") from error
    if not lines or lines[0] != _COLUMNS:
        raise SourceError(f"{path}: its first line is not `{','.join(_COLUMNS)}`")
    return {line[0]: _pose(line, f"{path}, line {number}") for number, line in enumerate(lines[1:], 2) if line}


def _pose(line: list[str], where: str) -> Matrix4:
    try:
        values = np.array([float(value) for value in line[1:]])
        if values.shape != (7,) or not np.isfinite(values).all():
            raise ValueError("seven finite numbers are needed")
        return pose_matrix(values[:3], values[3:])
    except ValueError as error:
        raise SourceError(f"{where}: no pose: {error}") from error


def _read_intrinsics(path: Path) -> Intrinsics:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        width, height = int(meta["width"]), int(meta["height"])
        matrix = np.array(meta["K"], dtype=np.float64)
        distortion = meta.get("dist_k1k2p1p2k3")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SourceError(f"{path}: expected an object with width, height and a 3x3 K: {error}") from error
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or min(matrix[0, 0], matrix[1, 1], width, height) <= 0:
        raise SourceError(f"{path}: K, width or height are no calibration")
    if distortion is None:
        return Intrinsics(matrix, width, height)
    return Intrinsics(matrix, width, height, "plumb_bob", _coefficients(distortion, path))


def _coefficients(given: Any, path: Path) -> tuple[float, ...]:
    try:
        values = tuple(float(value) for value in given)
    except (TypeError, ValueError) as error:
        raise SourceError(f"{path}: dist_k1k2p1p2k3 is no list of numbers") from error
    if len(values) != 5 or not all(math.isfinite(value) for value in values):
        raise SourceError(f"{path}: dist_k1k2p1p2k3 holds {len(values)} values, expected 5 finite ones")
    return values
