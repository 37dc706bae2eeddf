"""What overlap prediction is judged on: keyframes, queries, and how much each two of them share by depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.run_vpr import run_vpr
from vpr_ros.core.camera_lens import make_lens
from vpr_ros.core.errors import UsageError
from vpr_ros.core.geometry import rotation_between_rad
from vpr_ros.core.records import Array, Frame
from vpr_ros.core.settings import Settings
from vpr_ros.core.view_overlap import Views, depth_on_grid, mutual_overlap
from vpr_ros.evaluation.summary.sequences import sequence_numbers
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.select_keyframes import select_keyframes
from vpr_ros.sources.source import Source, SourceOptions

SHARED, TURNED_DEG = 0.25, 45.0
"""A place is right when it shares more than this with the query and is turned by less."""
BLOCK, DRAWN_TOGETHER = 30, 10
"""Kitchen: frames of a stretch of map or queries; queries of a stretch that the bootstrap draws together."""
SEQUENCE_S = 30.0
DEPTH_GRID = (60, 80)


@dataclass(frozen=True, eq=False)
class Task:
    """keyframes of `drive` are the map, `queries` of `visit` are asked; sequences: which of them are drawn together."""

    name: str
    drive: Source
    keyframes: Sequence[int]
    visit: Source
    queries: Sequence[int]
    sequences: Sequence[int]


@dataclass(frozen=True, eq=False)
class Seen:
    """Where frames were taken and what of depth they saw. floors: "" where nobody said."""

    views: Views
    floors: Array


def kitchen(folder: Path, half: int) -> Task:
    """One half (0 or 1) of the red kitchen's 250 frames, blocks of 30 for map and queries in turn."""
    source = open_source(folder, SourceOptions())
    frames = range(125 * half, 125 * half + 125)
    queries = [number for place, number in enumerate(frames) if place // BLOCK % 2]
    keyframes = [number for place, number in enumerate(frames) if not place // BLOCK % 2]
    sequences = [place // DRAWN_TOGETHER for place in range(len(queries))]
    name = f"red kitchen, {('first', 'second')[half]} half"
    return Task(name, source, keyframes, source, queries, sequences)


def flat(seed: int, folder: Path, stride: int) -> Task:
    """A simulated flat: the map of its mapping drive by day, every stride-th image of a second visit at dusk.

    The drives are looked for in the folder as SEED_mapping and SEED_second_visit, and simulated where they are not.
    """
    bags = {}
    for drive in ("mapping", "second_visit"):
        path = folder / f"{seed}_{drive}"
        if not path.exists():
            run_vpr("simulate", "-o", path, "--drive", drive, "--seed", seed)
        bags[drive] = open_source(path, SourceOptions())
    entries = bags["second_visit"].entries()[::stride]
    sequences = sequence_numbers(range(len(entries)), [entry.stamp_ns for entry in entries], SEQUENCE_S)
    keyframes = select_keyframes(bags["mapping"].entries(), Settings().map)
    numbers = [entry.number for entry in entries]
    return Task(f"flat {seed} at dusk", bags["mapping"], keyframes, bags["second_visit"], numbers, sequences)


class SeenBy:
    """Gathers `Seen` while frames go by."""

    def __init__(self) -> None:
        self._depth: list[Array] = []
        self._poses: list[Array] = []
        self._floors: list[str] = []
        self._frame: Frame | None = None

    def add(self, frame: Frame) -> None:
        """Raises UsageError for a frame without depth, pose or calibration."""
        if frame.depth_m is None or frame.map_from_base is None or frame.base_from_camera is None:
            raise UsageError(f"{frame.source_name}: overlap wants depth, a pose and the camera's place on the robot")
        self._depth.append(depth_on_grid(frame.depth_m, DEPTH_GRID))
        self._poses.append(frame.map_from_base @ frame.base_from_camera)
        self._floors.append(frame.labels.floor or "")
        self._frame = frame

    def done(self) -> Seen:
        """All frames, which are of one camera."""
        assert self._frame is not None
        assert self._frame.intrinsics is not None
        lens = make_lens(self._frame.intrinsics, DEPTH_GRID, self._frame.camera)
        return Seen(Views(lens, np.stack(self._depth), np.stack(self._poses)), np.array(self._floors))


def overlaps(queries: Seen, places: Seen) -> Array:
    """[q, k]: the share both ways, the smaller one; 0 between floors."""
    found = np.zeros((len(queries.floors), len(places.floors)))
    for row, floor in enumerate(queries.floors):
        there = np.flatnonzero((places.floors == floor) | (places.floors == "") | (floor == ""))
        if len(there):
            found[row, there] = mutual_overlap(queries.views.some(np.array([row])), places.views.some(there))
    return found


def turned_deg(queries: Seen, places: Seen) -> Array:
    """[q, k]: how far views are turned from each other."""
    ours, theirs = queries.views.map_from_camera, places.views.map_from_camera
    return np.asarray(np.degrees(rotation_between_rad(ours[:, None], theirs[None])))
