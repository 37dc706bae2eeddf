"""A folder of images: photos that may say where they were taken, or a drive whose poses stand in a trajectory file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.sources.folders.file_source import SECOND_NS, FileRow, FileSource
from vpr_ros.sources.images.decode_image import IMAGE_SUFFIXES
from vpr_ros.sources.natural_order import list_files
from vpr_ros.sources.positions.folder_positions import (
    FROM_NAMES,
    NONE,
    Positions,
    find_positions,
    is_database,
    is_queries,
)
from vpr_ros.sources.positions.geo_position import poses_of
from vpr_ros.sources.source import FrameEntry, SourceOptions
from vpr_ros.sources.stamp_text import stamps_from_names
from vpr_ros.sources.trajectory_file import poses_at, read_trajectory

TRAJECTORY_NAMES = ("trajectory.txt", "groundtruth.txt")


class ImageFolder(FileSource):
    """All images below a folder in natural order, as a Source. Decoding errors name the file."""

    kind = "image folder"

    def __init__(self, folder: Path, options: SourceOptions) -> None:
        files = list_files(folder, IMAGE_SUFFIXES)
        if not files:
            raise SourceError(f"{folder}: no images in it (looked for {', '.join(IMAGE_SUFFIXES)})")
        _check_one_set(folder, files)
        notes: list[str] = []
        trajectory = options.trajectory or (None if options.positions else _find_trajectory(folder))
        positions = find_positions(folder, files, NONE if trajectory is not None else options.positions)
        if positions.of_files:
            rows = _located_rows(folder, files, positions, notes)
        else:
            rows = _rows(folder, files, trajectory, options, notes)
        super().__init__(folder, rows, [*notes, *positions.notes], options.max_megapixels)


def _rows(
    folder: Path, files: Sequence[Path], trajectory: Path | None, options: SourceOptions, notes: list[str]
) -> list[FileRow]:
    """Images whose poses, if any, stand in a trajectory; they are taken as those of the camera."""
    named = stamps_from_names([file.stem for file in files])
    if named is None:
        notes.append("file names are no stamps: frames count as 1 s apart")
    stamps_ns = [index * SECOND_NS for index in range(len(files))] if named is None else named
    poses = _match_poses(folder, len(files), trajectory, options, named, notes)
    rooms = _room_names(files, notes)
    return [
        FileRow(
            FrameEntry(
                number,
                stamps_ns[number],
                file.as_posix(),
                "camera",
                pose,
                Labels(room=room),
                has_stamp=named is not None,
            ),
            folder / file,
            base_from_camera=None if pose is None else np.eye(4),
        )
        for number, (file, pose, room) in enumerate(zip(files, poses, rooms, strict=True))
    ]


def _located_rows(folder: Path, files: Sequence[Path], positions: Positions, notes: list[str]) -> list[FileRow]:
    """Images that say themselves where they were taken. Folders of coordinates are tiles of a city, not rooms."""
    poses = iter(poses_of([position for position in positions.of_files if position is not None]))
    rooms = [None] * len(files) if positions.origin == FROM_NAMES else _room_names(files, notes)
    rows = []
    for number, (file, position, room) in enumerate(zip(files, positions.of_files, rooms, strict=True)):
        entry = FrameEntry(
            number,
            number * SECOND_NS if position is None or position.stamp_ns is None else position.stamp_ns,
            file.as_posix(),
            "camera",
            None if position is None else next(poses),
            Labels(room=room),
            has_heading=position is None or position.heading_deg is not None,
            has_stamp=position is not None and position.stamp_ns is not None,
        )
        mount = None if position is None else position.base_from_camera
        rows.append(FileRow(entry, folder / file, base_from_camera=mount))
    return rows


def _match_poses(
    folder: Path,
    count: int,
    path: Path | None,
    options: SourceOptions,
    stamps: list[int] | None,
    notes: list[str],
) -> list[Matrix4 | None]:
    if path is None:
        why = "no poses, as asked" if options.positions == NONE else "no trajectory"
        notes.append(f"{why}: a map of these images knows places, but no poses")
        return [None] * count
    notes.append(f"poses from {path}, taken as those of the camera (base = camera)")
    if stamps is None:
        _, poses = read_trajectory(path)
        if len(poses) != count:
            raise SourceError(
                f"{path}: {len(poses)} poses for {count} images whose names are no stamps; "
                "name the images by their stamps or give one line per image"
            )
        notes.append("poses belong to the images in order, as there are as many")
        return list(poses)
    return poses_at(path, stamps, str(folder), options.max_pose_gap_s, notes)


def _room_names(files: Sequence[Path], notes: list[str]) -> list[str | None]:
    folders = {file.parts[0] for file in files if len(file.parts) > 1}
    if len(folders) < 2 or any(len(file.parts) == 1 for file in files):
        return [None] * len(files)
    notes.append(f"room labels are the names of the {len(folders)} sub-folders")
    return [file.parts[0] for file in files]


def _find_trajectory(folder: Path) -> Path | None:
    return next((folder / name for name in TRAJECTORY_NAMES if (folder / name).is_file()), None)


def _check_one_set(folder: Path, files: Sequence[Path]) -> None:
    """A data set's database makes the map, and its queries are looked up in it: never both at once."""
    inside: dict[Path, set[str]] = {}
    for directory in {file.parent for file in files}:
        for each in (directory, *directory.parents):
            inside.setdefault(each.parent, set()).add(each.name)
    for parent, names in inside.items():
        queries = next((name for name in sorted(names) if is_queries(name)), None)
        if queries is not None and any(is_database(name) for name in names):
            raise SourceError(
                f"{folder}: a data set's map and its queries; name one of them: "
                f"{folder / parent / 'database'} or {folder / parent / queries}"
            )
