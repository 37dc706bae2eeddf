"""Which frames of a drive become places of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.records import Array
from vpr_ros.core.settings import MapSettings
from vpr_ros.sources.source import FrameEntry
from vpr_ros.sources.thin_positions import thin_positions

_BLOCK = 64
"""Frames compared with a keyframe at once; the next keyframe is rarely further away."""
_DAY_NS = 86_400 * 10**9
_FIRST_DATED_NS = 10**18
"""September 2001, as for stamps in names: earlier ones count from the start of something, not from 1970."""


@dataclass(frozen=True)
class Keyframes:
    """Numbers of frames, ascending, and remarks for a person on what was left out."""

    numbers: list[int]
    notes: tuple[str, ...] = ()


def select_keyframes(entries: Sequence[FrameEntry], settings: MapSettings) -> list[int]:
    """Numbers of the keyframes, ascending; see `choose_keyframes`."""
    return choose_keyframes(entries, settings).numbers


def choose_keyframes(entries: Sequence[FrameEntry], settings: MapSettings) -> Keyframes:
    """The first frame is a keyframe; the next is the first that reaches a limit from it. Then they are thinned.

    Limits are distance and turn where frames have poses, time where none has. In a source with poses the frames without
    one cannot be places and are left out; the source's notes say how many there are. Each visit is chosen from by
    itself (`map.visits`), so that what was seen again another day stays twice.
    """
    posed = [entry for entry in entries if entry.map_from_base is not None]
    if not posed:
        notes = ("map.thinning_m does nothing: no frame has a position",) if settings.thinning_m and entries else ()
        return Keyframes(_select_by_time(entries, settings.keyframe_interval_s), notes)
    visits = _visits(posed, settings)
    chosen: list[int] = []
    thinned = 0
    for visit in visits:
        poses = np.stack([np.asarray(entry.map_from_base) for entry in visit])
        indices = np.array(_select_by_pose(poses, [entry.has_heading for entry in visit], settings))
        stays = thin_positions(poses[indices, :3, 3], settings.thinning_m)
        thinned += int((~stays).sum())
        chosen += [visit[index].number for index in indices[stays]]
    return Keyframes(sorted(chosen), tuple(_remarks(thinned, len(chosen), len(visits), settings)))


def visit_of(entry: FrameEntry) -> int | None:
    """The day (UTC) of a frame, counted from 1970; None where its stamp is no date."""
    return entry.stamp_ns // _DAY_NS if entry.stamp_ns >= _FIRST_DATED_NS else None


def _visits(entries: Sequence[FrameEntry], settings: MapSettings) -> list[list[FrameEntry]]:
    if settings.visits == "one":
        return [list(entries)]
    by_day: dict[int | None, list[FrameEntry]] = {}
    for entry in entries:
        by_day.setdefault(visit_of(entry), []).append(entry)
    return list(by_day.values())


def _remarks(thinned: int, kept: int, visits: int, settings: MapSettings) -> list[str]:
    if not settings.thinning_m:
        return []
    days = f", in each of {visits} visits by itself (map.visits)" if visits > 1 else ""
    near = f"nearer than {settings.thinning_m:g} m to another"
    return [f"thinning left out {thinned} of {thinned + kept} keyframes {near}{days}"]


def _select_by_time(entries: Sequence[FrameEntry], interval_s: float) -> list[int]:
    chosen: list[int] = []
    last_ns = 0
    for entry in entries:
        if not chosen or abs(entry.stamp_ns - last_ns) >= interval_s * 1e9:
            chosen.append(entry.number)
            last_ns = entry.stamp_ns
    return chosen


def _select_by_pose(poses: Array, has_heading: Sequence[bool], settings: MapSettings) -> list[int]:
    """Where it is unknown which way a camera looked, nothing says that it saw the same: each such frame is chosen."""
    unjudged = ~np.array(has_heading, dtype=bool)
    chosen = [0]
    while (following := _next_keyframe(poses, unjudged, chosen[-1], settings)) is not None:
        chosen.append(following)
    return chosen


def _next_keyframe(poses: Array, unjudged: Array, last: int, settings: MapSettings) -> int | None:
    if last + 1 < len(poses) and unjudged[last + 1]:
        return last + 1
    limit_rad = np.deg2rad(settings.keyframe_angle_deg)
    for start in range(last + 1, len(poses), _BLOCK):
        block = poses[start : start + _BLOCK]
        far = distance_m(poses[last], block) >= settings.keyframe_distance_m
        turned = rotation_between_rad(poses[last], block) >= limit_rad
        reached = np.flatnonzero(far | turned | unjudged[start : start + _BLOCK])
        if len(reached):
            return start + int(reached[0])
    return None
