"""Which frames of a drive become places of a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.records import Array
from vpr_ros.core.settings import MapSettings
from vpr_ros.sources.source import FrameEntry

_BLOCK = 64
"""Frames compared with a keyframe at once; the next keyframe is rarely further away."""


def select_keyframes(entries: Sequence[FrameEntry], settings: MapSettings) -> list[int]:
    """Numbers of the keyframes, ascending. The first frame is one; the next is the first that reaches a limit from it.

    Limits are distance and turn where frames have poses, time where none has. In a source with poses the frames without
    one cannot be places and are left out; the source's notes say how many there are.
    """
    posed = [entry for entry in entries if entry.map_from_base is not None]
    if not posed:
        return _select_by_time(entries, settings.keyframe_interval_s)
    poses = np.stack([np.asarray(entry.map_from_base) for entry in posed])
    return [posed[index].number for index in _select_by_pose(poses, settings)]


def _select_by_time(entries: Sequence[FrameEntry], interval_s: float) -> list[int]:
    chosen: list[int] = []
    last_ns = 0
    for entry in entries:
        if not chosen or abs(entry.stamp_ns - last_ns) >= interval_s * 1e9:
            chosen.append(entry.number)
            last_ns = entry.stamp_ns
    return chosen


def _select_by_pose(poses: Array, settings: MapSettings) -> list[int]:
    chosen = [0]
    while (following := _next_keyframe(poses, chosen[-1], settings)) is not None:
        chosen.append(following)
    return chosen


def _next_keyframe(poses: Array, last: int, settings: MapSettings) -> int | None:
    limit_rad = np.deg2rad(settings.keyframe_angle_deg)
    for start in range(last + 1, len(poses), _BLOCK):
        block = poses[start : start + _BLOCK]
        far = distance_m(poses[last], block) >= settings.keyframe_distance_m
        turned = rotation_between_rad(poses[last], block) >= limit_rad
        reached = np.flatnonzero(far | turned)
        if len(reached):
            return start + int(reached[0])
    return None
