"""A sequence of Microsoft's 7-Scenes as it is downloaded: frame-NNNNNN.color.png, .depth.png and .pose.txt.

A pose is a 4x4 matrix, camera (optical frame) to world, metres; depth is 16-bit millimetres, 0 or 65535 unknown.
Base = camera.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Intrinsics, Labels, Matrix4
from vpr_ros.sources.folders.file_source import SECOND_NS, FileRow, FileSource, stored_size
from vpr_ros.sources.natural_order import natural_key
from vpr_ros.sources.source import FrameEntry, SourceOptions

_COLOUR, _DEPTH, _POSE = ".color.png", ".depth.png", ".pose.txt"
_UNKNOWN_DEPTH = 65535
_SIZE = 640, 480
_FOCAL_PX = 585.0
"""Of the depth camera, as the data set says; it gives none for the colour camera."""


def is_seven_scenes_folder(folder: Path) -> bool:
    """Whether it holds colour images with poses beside them."""
    first = next(folder.glob(f"*{_COLOUR}"), None)
    return first is not None and any(True for _ in folder.glob(f"*{_POSE}"))


class SevenScenesFolder(FileSource):
    """Frames in order of their numbers, as a Source."""

    kind = "7-Scenes sequence"

    def __init__(self, folder: Path, options: SourceOptions) -> None:
        stems = [path.name.removesuffix(_COLOUR) for path in folder.glob(f"*{_COLOUR}")]
        stems.sort(key=lambda stem: natural_key(Path(stem)))
        size = stored_size(folder / f"{stems[0]}{_COLOUR}")
        intrinsics = Intrinsics(_matrix(), *_SIZE) if size == _SIZE else None
        rows = [_row(folder, number, stem, intrinsics) for number, stem in enumerate(stems)]
        notes = list(_remarks(rows, calibrated=intrinsics is not None))
        super().__init__(folder, rows, notes, options.max_megapixels, depth_unknown=_UNKNOWN_DEPTH)


def _remarks(rows: Sequence[FileRow], *, calibrated: bool) -> Iterator[str]:
    yield "base = camera; frames count as 1 s apart"
    if calibrated:
        yield "colour and depth are taken as aligned, with the depth camera's calibration: the data set has no other"
    else:
        yield f"no calibration: images are not {_SIZE[0]}x{_SIZE[1]}, as the data set's are"
    without_pose = sum(row.entry.map_from_base is None for row in rows)
    without_depth = sum(row.depth is None for row in rows)
    if without_pose:
        yield f"{without_pose} of {len(rows)} frames have no pose"
    if without_depth:
        yield f"{without_depth} of {len(rows)} frames have no depth"


def _row(folder: Path, number: int, stem: str, intrinsics: Intrinsics | None) -> FileRow:
    colour, depth = f"{stem}{_COLOUR}", folder / f"{stem}{_DEPTH}"
    pose = _read_pose(folder / f"{stem}{_POSE}")
    entry = FrameEntry(number, number * SECOND_NS, colour, "camera", pose, Labels(), has_stamp=False)
    return FileRow(entry, folder / colour, intrinsics, depth if depth.is_file() else None, np.eye(4))


def _matrix() -> Matrix4:
    return np.array([[_FOCAL_PX, 0.0, _SIZE[0] / 2], [0.0, _FOCAL_PX, _SIZE[1] / 2], [0.0, 0.0, 1.0]])


def _read_pose(path: Path) -> Matrix4 | None:
    """None where there is no file, or no pose in it: lost frames are written as numbers that are none."""
    if not path.is_file():
        return None
    try:
        pose = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: expected the 16 numbers of a pose") from error
    if pose.size != 16:
        raise SourceError(f"{path}: expected the 16 numbers of a pose, found {pose.size}")
    matrix: Matrix4 = pose.reshape(4, 4)
    if not np.isfinite(matrix).all():
        return None
    return _orthonormal(matrix, path)


def _orthonormal(pose: Matrix4, path: Path) -> Matrix4:
    """Printed with few digits, its rotation is one only nearly; the nearest rotation is taken."""
    left, stretched, right = np.linalg.svd(pose[:3, :3])
    rotation = left @ right
    if np.linalg.det(rotation) < 0 or abs(stretched - 1).max() > 0.01 or abs(pose[3] - (0, 0, 0, 1)).max() > 1e-6:
        raise SourceError(f"{path}: its matrix is no rotation and translation")
    result = np.eye(4)
    result[:3, :3], result[:3, 3] = rotation, pose[:3, 3]
    return result
