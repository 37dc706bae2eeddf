"""How the robot moved during the last seconds, as its odometry says. Knows no rclpy; from any thread."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import distance_m, interpolate_poses, invert_pose, rotation_between_rad
from vpr_ros.core.records import Matrix4

KEPT_S = 20.0
MAX_GAP_S = 0.5
# Odometry that moves faster, or jumps further at once, began anew somewhere else.
MOST_M_S, MOST_JUMP_M = 20.0, 0.5
MOST_RAD_S, MOST_TURN_RAD = 10.0, 0.5
# Who has been silent for long has not been everywhere that it could have reached.
LONGEST_S = 1.0
# A driver that was restarted begins at nothing.
NOTHING_M, NOTHING_RAD = 0.02, 0.02


@dataclass(frozen=True, eq=False)
class OdometrySample:
    """odom_from_base at a stamp; speeds are those of the message's twist, in the base's frame."""

    stamp_ns: int
    odom_from_base: Matrix4
    speed_m_s: float = 0.0
    turn_rad_s: float = 0.0


def began_anew(last: OdometrySample, sample: OdometrySample) -> bool:
    """Whether the two do not belong together: time went back, or the odometry was reset, its driver restarted."""
    passed_s = (sample.stamp_ns - last.stamp_ns) / 1e9
    if passed_s < 0:
        return True
    driving_s = min(passed_s, LONGEST_S)
    moved_m, turned_rad = _apart(last.odom_from_base, sample.odom_from_base)
    if moved_m > MOST_M_S * driving_s + MOST_JUMP_M or turned_rad > MOST_RAD_S * driving_s + MOST_TURN_RAD:
        return True
    away = moved_m > 5 * NOTHING_M or turned_rad > 5 * NOTHING_RAD
    return passed_s > MAX_GAP_S and away and _is_nothing(sample.odom_from_base)


class OdometryBuffer:
    """Filled in order of stamps; a sample that does not go on from the last one (`began_anew`) empties it first."""

    def __init__(self, kept_s: float = KEPT_S, max_gap_s: float = MAX_GAP_S) -> None:
        self._kept_ns, self._max_gap_ns = round(kept_s * 1e9), round(max_gap_s * 1e9)
        self._samples: list[OdometrySample] = []
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)

    def add(self, sample: OdometrySample) -> None:
        """The newest sample. One with the stamp of the last one replaces it."""
        with self._lock:
            if self._samples and began_anew(self._samples[-1], sample):
                self._samples.clear()
            if self._samples and sample.stamp_ns == self._samples[-1].stamp_ns:
                self._samples.pop()
            self._samples.append(sample)
            first = bisect_left(self._samples, sample.stamp_ns - self._kept_ns, key=_stamp)
            del self._samples[:first]
            self._came.notify_all()

    def newest(self) -> OdometrySample | None:
        """The last sample; None while there is none."""
        with self._lock:
            return self._samples[-1] if self._samples else None

    def wait_for(self, stamp_ns: int, patience_s: float) -> Matrix4 | None:
        """As `at`, but where odometry comes and has not come this far yet, it is waited for: images may be quicker."""
        with self._came:
            newest_ns = self._samples[-1].stamp_ns if self._samples else None
            if newest_ns is not None and newest_ns < stamp_ns <= newest_ns + self._max_gap_ns:
                self._came.wait_for(lambda: not self._samples or self._samples[-1].stamp_ns >= stamp_ns, patience_s)
        return self.at(stamp_ns)

    def at(self, stamp_ns: int) -> Matrix4 | None:
        """odom_from_base, interpolated; None outside of what is held and in gaps. Never extrapolated."""
        with self._lock:
            after = bisect_left(self._samples, stamp_ns, key=_stamp)
            if after == len(self._samples):
                return None
            end = self._samples[after]
            if end.stamp_ns == stamp_ns:
                return end.odom_from_base
            if after == 0:
                return None
            start = self._samples[after - 1]
        span_ns = end.stamp_ns - start.stamp_ns
        if span_ns > self._max_gap_ns:
            return None
        share = (stamp_ns - start.stamp_ns) / span_ns
        between = interpolate_poses(start.odom_from_base[None], end.odom_from_base[None], np.array([share]))
        return np.asarray(between[0], dtype=np.float64)

    def moved(self, from_ns: int, to_ns: int) -> Matrix4 | None:
        """The base at the one stamp from the base at the other; None where either is not known."""
        first, second = self.at(from_ns), self.at(to_ns)
        return None if first is None or second is None else invert_pose(first) @ second

    def clear(self) -> None:
        """Forget everything: the clock jumped."""
        with self._lock:
            self._samples.clear()
            self._came.notify_all()


def _stamp(sample: OdometrySample) -> int:
    return sample.stamp_ns


def _apart(one: Matrix4, other: Matrix4) -> tuple[float, float]:
    """Metres and radians."""
    return float(distance_m(one, other)), float(rotation_between_rad(one, other))


def _is_nothing(pose: Matrix4) -> bool:
    moved_m, turned_rad = _apart(np.eye(4), pose)
    return moved_m < NOTHING_M and turned_rad < NOTHING_RAD
