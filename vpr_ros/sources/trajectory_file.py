"""Trajectories in TUM's format: a line `stamp tx ty tz qx qy qz qw` a pose, seconds and metres, `#` for remarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.paths import expand_path
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.sources.bags.pose_notes import check_overlap, describe_missing
from vpr_ros.sources.pose_track import PoseTrack, make_track
from vpr_ros.sources.stamp_text import seconds_to_ns

_COLUMNS = "stamp tx ty tz qx qy qz qw"


def read_trajectory(path: Path) -> tuple[list[int], Array]:
    """(stamps in nanoseconds, poses [N, 4, 4]) in the order of the lines. Raises SourceError naming file and line."""
    try:
        text = expand_path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{path}: the trajectory cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not a text file; expected lines `{_COLUMNS}`") from error
    stamps: list[int] = []
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].split()
        if content:
            stamp_ns, values = _parse(content, f"{path}, line {number}")
            stamps.append(stamp_ns)
            rows.append(values)
    if not rows:
        raise SourceError(f"{path}: no pose in it; expected lines `{_COLUMNS}`")
    values_array = np.array(rows)
    return stamps, pose_matrix(values_array[:, :3], values_array[:, 3:])


def read_track(path: Path) -> PoseTrack:
    """The trajectory in order of its stamps."""
    stamps, poses = read_trajectory(path)
    return make_track(np.array(stamps), poses)


def poses_at(
    path: Path, stamps_ns: Sequence[int], source: str, max_gap_s: float, notes: list[str]
) -> list[Matrix4 | None]:
    """Poses of the trajectory at a source's stamps, None where it has a gap, which the notes then say.

    Raises SourceError where none of the stamps lies within it.
    """
    track = read_track(path)
    wanted = np.array(stamps_ns, dtype=np.int64)
    check_overlap(source, wanted, track.stamps_ns, str(path))
    found, known = track.at(wanted, max_gap_s)
    notes += describe_missing(source, known, max_gap_s)
    return [pose if there else None for pose, there in zip(found, known, strict=True)]


def _parse(content: list[str], where: str) -> tuple[int, list[float]]:
    if len(content) != 8:
        raise SourceError(f"{where}: {len(content)} columns, expected `{_COLUMNS}`")
    try:
        stamp_ns = seconds_to_ns(content[0])
        values = [float(each) for each in content[1:]]
    except (ValueError, ArithmeticError) as error:
        raise SourceError(f"{where}: not a number in it; expected `{_COLUMNS}`") from error
    if not all(math.isfinite(value) for value in values):
        raise SourceError(f"{where}: a number in it is not finite")
    if math.sqrt(sum(value * value for value in values[3:])) < 1e-6:
        raise SourceError(f"{where}: its quaternion is zero")
    return stamp_ns, values
