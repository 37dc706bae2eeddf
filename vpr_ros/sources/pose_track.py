"""Poses over time, and what they were at an image's stamp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.geometry import interpolate_poses, pose_matrix
from vpr_ros.core.records import Array

Stamps = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PoseTrack:
    """stamps_ns: int64 [N], strictly ascending. poses: float64 [N, 4, 4]. Made by `make_track`."""

    stamps_ns: Stamps
    poses: Array

    def at(self, stamps_ns: Stamps, max_gap_s: float) -> tuple[Array, npt.NDArray[np.bool_]]:
        """(poses [M, 4, 4], known [M]) at these stamps; the pose is the identity where it is not known.

        A pose is known at a stamp of the track, and between two that are at most `max_gap_s` apart. Never outside.
        """
        result = np.tile(np.eye(4), (len(stamps_ns), 1, 1))
        if not len(self.stamps_ns):
            return result, np.zeros(len(stamps_ns), dtype=bool)
        after = np.clip(np.searchsorted(self.stamps_ns, stamps_ns), 0, len(self.stamps_ns) - 1)
        exact = self.stamps_ns[after] == stamps_ns
        before = np.where(exact, after, np.maximum(after - 1, 0))
        start, end = self.stamps_ns[before], self.stamps_ns[after]
        known = exact | ((start < stamps_ns) & (stamps_ns < end) & (end - start <= max_gap_s * 1e9))
        if known.any():
            span = np.maximum(end - start, 1)
            share = (stamps_ns - start) / span
            between = interpolate_poses(self.poses[before[known]], self.poses[after[known]], share[known])
            result[known] = np.where(exact[known, None, None], self.poses[after[known]], between)
        return result, known


def make_track(stamps_ns: Array, poses: Array) -> PoseTrack:
    """In order of stamps; of several poses with one stamp the last counts."""
    stamps = np.asarray(stamps_ns, dtype=np.int64)
    order = np.argsort(stamps, kind="stable")
    stamps, ordered = stamps[order], np.asarray(poses, dtype=np.float64).reshape(-1, 4, 4)[order]
    last = np.append(stamps[1:] != stamps[:-1], True) if len(stamps) else np.zeros(0, dtype=bool)
    return PoseTrack(stamps[last], ordered[last])


def track_from_values(stamps_ns: Array, values: Array) -> tuple[PoseTrack, int]:
    """Rows of x y z qx qy qz qw -> (track, how many rows were no pose and left out: not finite, no rotation)."""
    stamps, rows = np.asarray(stamps_ns, dtype=np.int64), np.asarray(values, dtype=np.float64).reshape(-1, 7)
    valid = np.isfinite(rows).all(axis=1) & (np.linalg.norm(rows[:, 3:], axis=1) > 1e-6)
    return make_track(stamps[valid], pose_matrix(rows[valid, :3], rows[valid, 3:])), int((~valid).sum())
