"""A TUM RGB-D sequence: rgb.txt and depth.txt list stamped images, groundtruth.txt holds the camera's poses.

Lines are `stamp file` in the lists and `stamp tx ty tz qx qy qz qw` in groundtruth.txt, seconds and metres; depth is
16-bit PNG of 5000 a metre, aligned to the image. Base = camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.sources.folders.file_source import FileRow, FileSource, stored_size
from vpr_ros.sources.folders.nearest_depth import nearest_depth
from vpr_ros.sources.folders.tum_camera import find_intrinsics
from vpr_ros.sources.source import FrameEntry, SourceOptions
from vpr_ros.sources.stamp_text import seconds_to_ns
from vpr_ros.sources.trajectory_file import poses_at

_UNITS_PER_METRE = 5000.0
_IMAGES, _DEPTH, _POSES = "rgb.txt", "depth.txt", "groundtruth.txt"


def is_tum_folder(folder: Path) -> bool:
    """Whether both lists are there."""
    return (folder / _IMAGES).is_file() and (folder / _DEPTH).is_file()


class TumFolder(FileSource):
    """The images of rgb.txt in order of their stamps, with depth that is at most 20 ms away, as a Source."""

    kind = "TUM RGB-D sequence"

    def __init__(self, folder: Path, options: SourceOptions) -> None:
        images, depths = _read_list(folder, _IMAGES), _read_list(folder, _DEPTH)
        if not images:
            raise SourceError(f"{folder / _IMAGES}: no image in it; expected lines `stamp file`")
        intrinsics, calibration_note = find_intrinsics(folder, stored_size(folder / images[0][1]))
        notes = ["base = camera", calibration_note]
        stamps_ns = [stamp_ns for stamp_ns, _ in images]
        poses = _poses(folder, stamps_ns, options, notes)
        depth_of = _match_depth(folder, stamps_ns, depths, notes)
        rows = [
            FileRow(
                FrameEntry(number, stamp_ns, name, "camera", pose, Labels()),
                folder / name,
                intrinsics,
                depth,
                np.eye(4),
            )
            for number, ((stamp_ns, name), pose, depth) in enumerate(zip(images, poses, depth_of, strict=True))
        ]
        super().__init__(folder, rows, notes, options.max_megapixels, units_per_metre=_UNITS_PER_METRE)


def _poses(
    folder: Path, stamps_ns: Sequence[int], options: SourceOptions, notes: list[str]
) -> Sequence[Matrix4 | None]:
    path = options.trajectory or folder / _POSES
    if options.trajectory is None and not path.is_file():
        notes.append(f"no {_POSES}: a map of this sequence knows places, but no poses")
        return [None] * len(stamps_ns)
    notes.append(f"poses from {path}, taken as those of the camera")
    return poses_at(path, stamps_ns, str(folder), options.max_pose_gap_s, notes)


def _match_depth(
    folder: Path, stamps_ns: Sequence[int], depths: Sequence[tuple[int, str]], notes: list[str]
) -> list[Path | None]:
    if not depths:
        notes.append(f"{_DEPTH} lists no image: frames have no depth")
        return [None] * len(stamps_ns)
    depth_ns = np.array([stamp_ns for stamp_ns, _ in depths], dtype=np.int64)
    nearest, near = nearest_depth(depth_ns, np.array(stamps_ns, dtype=np.int64))
    if not near.all():
        notes.append(f"{int((~near).sum())} of {len(near)} frames have no depth within 20 ms")
    return [folder / depths[index][1] if there else None for index, there in zip(nearest.tolist(), near, strict=True)]


def _read_list(folder: Path, name: str) -> list[tuple[int, str]]:
    """(stamp in nanoseconds, file) in order of stamps. Raises SourceError naming the line that makes no sense."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'no text'}") from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        content = line.partition("#")[0].split(maxsplit=1)
        if content:
            found.append(_listed(folder, content, f"{path}, line {number}"))
    return sorted(found)


def _listed(folder: Path, content: list[str], where: str) -> tuple[int, str]:
    try:
        stamp_ns, name = seconds_to_ns(content[0]), content[1].strip()
    except (ValueError, ArithmeticError, IndexError) as error:
        raise SourceError(f"{where}: expected `stamp file`, seconds and a path") from error
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise SourceError(f"{where}: {name!r} leads out of the folder")
    if not (folder / name).is_file():
        raise SourceError(f"{where}: there is no file {name!r}; is the sequence unpacked to its end?")
    return stamp_ns, name
