"""Which of the solved poses may be published: sound ones, on the floor that the robot is on, and no mere repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.check_pose import flaw_of_fix
from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Estimate, Matrix4, VerifiedPose

Moved = Callable[[int, int], "Matrix4 | None"]
"""Odometry: the base at the first stamp from the base at the second, nanoseconds; None where it is not known."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What may be done with the pose of one estimate.

    sound: solved, in order and on the active floor: true of this image, as often as one asks. fix: sound, and not a
    repeat of the last one: what may be fused. held_back: why a solved pose is no fix.
    """

    sound: VerifiedPose | None = None
    fix: VerifiedPose | None = None
    held_back: str | None = None


class PublishPolicy:
    """Keeps the last fix: what is solved again from the same spot is wrong in the same way, and no new evidence."""

    def __init__(self) -> None:
        self._last: tuple[int, Matrix4] | None = None

    def judge(self, estimate: Estimate, table: PlaceTable, settings: NodeSettings, moved: Moved) -> Verdict:
        """In order of the estimates' stamps, but for those of several cameras; a fix is taken for published."""
        pose = estimate.pose
        if not isinstance(pose, VerifiedPose):
            return Verdict()
        objection = flaw_of_fix(pose) or _wrong_floor(estimate, table, settings.active_floor)
        if objection is not None:
            return Verdict(held_back=objection)
        repeats = self._repeats(estimate.stamp_ns, pose, settings, moved)
        if repeats is not None:
            return Verdict(sound=pose, held_back=repeats)
        self._last = estimate.stamp_ns, pose.map_from_base
        return Verdict(sound=pose, fix=pose)

    def forget(self) -> None:
        """The last fix was of another time or another map."""
        self._last = None

    def _repeats(self, stamp_ns: int, pose: VerifiedPose, settings: NodeSettings, moved: Moved) -> str | None:
        """By odometry where there is some; a fix that says other than the last one and it together is no repeat."""
        if self._last is None:
            return None
        last_ns, last = self._last
        earliest_s = min(settings.max_age_s, settings.repeat_after_s)  # another camera's image may be a little older
        if not -earliest_s * 1e9 <= stamp_ns - last_ns < settings.repeat_after_s * 1e9:
            return None
        driven = moved(last_ns, stamp_ns)
        driven = np.eye(4) if driven is None else driven
        for start, end in ((np.eye(4), driven), (last @ driven, pose.map_from_base)):
            far_m, turned_deg = float(distance_m(start, end)), float(np.degrees(rotation_between_rad(start, end)))
            if far_m >= settings.min_motion_m or turned_deg >= settings.min_motion_deg:
                return None
        away_m, away_deg = distance_m(last, pose.map_from_base), rotation_between_rad(last, pose.map_from_base)
        return f"moved too little since the last fix ({away_m:.2f} m, {np.degrees(away_deg):.1f} deg)"


def floor_of_fix(estimate: Estimate, table: PlaceTable) -> str:
    """The floor of the place that the estimate's pose stands on, which is its best candidate; `UNKNOWN` without."""
    best = estimate.candidates.best
    return UNKNOWN if best is None else table.labels[table.row_of(best.place_id)].floor or UNKNOWN


def _wrong_floor(estimate: Estimate, table: PlaceTable, active_floor: str) -> str | None:
    """A correct x, y on the wrong floor's grid is a wrong pose."""
    if not active_floor or (floor := floor_of_fix(estimate, table)) == active_floor:
        return None
    floors = sorted({labels.floor for labels in table.labels if labels.floor})
    if active_floor not in floors:
        return f"node.active_floor={active_floor!r} is no floor of the map ({', '.join(floors) or 'it names none'})"
    return f"on floor {floor!r}, node.active_floor is {active_floor!r}"
