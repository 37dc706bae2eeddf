"""A folder of images: photos, or a drive whose poses stand in a trajectory file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Array, Frame, Labels
from vpr_ros.sources.damaged_frame import naming_frame
from vpr_ros.sources.decode_image import IMAGE_SUFFIXES, read_image
from vpr_ros.sources.natural_order import list_files
from vpr_ros.sources.pose_notes import check_overlap, describe_missing
from vpr_ros.sources.source import FrameEntry, SourceOptions
from vpr_ros.sources.stamp_text import stamps_from_names
from vpr_ros.sources.trajectory_file import read_track, read_trajectory

TRAJECTORY_NAMES = ("trajectory.txt", "groundtruth.txt")
SECOND_NS = 10**9


class ImageFolder:
    """All images below a folder in natural order, as a Source. Decoding errors name the file."""

    kind = "image folder"

    def __init__(self, folder: Path, options: SourceOptions) -> None:
        self.name = str(folder)
        self._folder = folder
        self._max_megapixels = options.max_megapixels
        self._files = list_files(folder, IMAGE_SUFFIXES)
        if not self._files:
            raise SourceError(f"{folder}: no images in it (looked for {', '.join(IMAGE_SUFFIXES)})")
        notes: list[str] = []
        named = stamps_from_names([file.stem for file in self._files])
        if named is None:
            notes.append("file names are no stamps: frames count as 1 s apart")
        self._stamps_ns = [index * SECOND_NS for index in range(len(self._files))] if named is None else named
        self._poses = self._match_poses(options, named, notes)
        self._rooms = self._room_names(notes)
        self.notes = tuple(notes)

    def entries(self) -> Sequence[FrameEntry]:
        return [
            FrameEntry(number, self._stamps_ns[number], file.as_posix(), "camera", pose, Labels(room=room))
            for number, (file, pose, room) in enumerate(zip(self._files, self._poses, self._rooms, strict=True))
        ]

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        entries = self.entries()
        for number in range(len(entries)) if numbers is None else numbers:
            entry = entries[number]
            with naming_frame(number, len(entries)):
                image = read_image(self._folder / entry.source_name, self._max_megapixels)
            yield Frame(
                image=image,
                stamp_ns=entry.stamp_ns,
                camera=entry.camera,
                source_name=entry.source_name,
                map_from_base=entry.map_from_base,
                base_from_camera=None if entry.map_from_base is None else np.eye(4),
                labels=entry.labels,
            )

    def _match_poses(self, options: SourceOptions, stamps: list[int] | None, notes: list[str]) -> list[Array | None]:
        path = options.trajectory or _find_trajectory(self._folder)
        if path is None:
            notes.append("no trajectory: a map of these images knows places, but no poses")
            return [None] * len(self._files)
        notes.append(f"poses from {path}, taken as those of the camera (base = camera)")
        if stamps is None:
            _, poses = read_trajectory(path)
            if len(poses) != len(self._files):
                raise SourceError(
                    f"{path}: {len(poses)} poses for {len(self._files)} images whose names are no stamps; "
                    "name the images by their stamps or give one line per image"
                )
            notes.append("poses belong to the images in order, as there are as many")
            return list(poses)
        track = read_track(path)
        wanted = np.array(stamps, dtype=np.int64)
        check_overlap(self.name, wanted, track.stamps_ns, str(path))
        found, known = track.at(wanted, options.max_pose_gap_s)
        notes += describe_missing(self.name, known, options.max_pose_gap_s)
        return [pose if there else None for pose, there in zip(found, known, strict=True)]

    def _room_names(self, notes: list[str]) -> list[str | None]:
        folders = {file.parts[0] for file in self._files if len(file.parts) > 1}
        if len(folders) < 2 or any(len(file.parts) == 1 for file in self._files):
            return [None] * len(self._files)
        notes.append(f"room labels are the names of the {len(folders)} sub-folders")
        return [file.parts[0] for file in self._files]


def _find_trajectory(folder: Path) -> Path | None:
    return next((folder / name for name in TRAJECTORY_NAMES if (folder / name).is_file()), None)
