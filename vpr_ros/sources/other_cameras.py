"""What a robot's other cameras saw last when one of them took an image: sources of one drive, one camera each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vpr_ros.core.records import Frame
from vpr_ros.sources.source import Source

LONGEST_AGO_S = 0.5
"""A camera that has been silent for longer is left out: odometry would have to bridge too much."""


class OtherCameras:
    """For each frame of a drive, in order, the last frame of each other camera that is not newer."""

    def __init__(self, sources: Sequence[Source], stamps_ns: Sequence[int]) -> None:
        """stamps_ns: of the frames that will be asked for, ascending."""
        self._cameras = [_last_frames(source, stamps_ns) for source in sources]

    def next(self) -> list[Frame]:
        """For the next of the stamps. Reads no more images than are told."""
        found = [next(camera) for camera in self._cameras]
        return [frame for frame in found if frame is not None]


def _last_frames(source: Source, stamps_ns: Sequence[int]) -> Iterator[Frame | None]:
    entries = source.entries()
    known = np.array([entry.stamp_ns for entry in entries], dtype=np.int64)
    asked = np.asarray(stamps_ns, dtype=np.int64)
    rows = np.searchsorted(known, asked, side="right") - 1
    usable = rows >= 0
    usable[usable] = asked[usable] - known[rows[usable]] <= LONGEST_AGO_S * 1e9
    frames = source.frames([entries[row].number for row in np.unique(rows[usable])])
    row, frame = -1, None
    for wanted, is_there in zip(rows.tolist(), usable.tolist(), strict=True):
        if is_there and wanted != row:
            row, frame = wanted, next(frames)
        yield frame if is_there else None
