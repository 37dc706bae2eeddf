"""How late the images' stamps are, by when the camera turned and when odometry says that the robot did.

Turns are compared as vectors, up to one rotation that is the same all the time: where the camera sits need not be
known, nor whether TF says it right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.geometry import invert_pose, quaternion_from_matrix
from vpr_ros.core.records import Array
from vpr_ros.doctor.visual_motion import Motion, fit_rotation
from vpr_ros.sources.pose_track import PoseTrack

SEARCHED_S = 1.0
COARSE_S, FINE_S = 0.02, 0.002
FEWEST_MOTIONS = 10
MAX_GAP_S = 0.5
ROUNDS = 10
CORRELATED = 2.0
"""Errors of neighbouring motions are not independent (slip, a near wall): they weigh as if each were counted twice."""


@dataclass(frozen=True, eq=False)
class Offset:
    """late_s: the images' stamps are this much later than odometry's of the same moment; deviation_s: its standard
    deviation. alike: correlation of the turns at that offset, 0..1. scale: how much the camera turned for each radian
    of odometry. motions: those that odometry covers, used for all of this.
    """

    late_s: float
    deviation_s: float
    alike: float
    scale: float
    motions: int


def find_offset(motions: Sequence[Motion], reference: PoseTrack) -> Offset | None:
    """None where too few motions are covered by the reference at every offset that is tried."""
    covered = [each for each in motions if _is_covered(each, reference)]
    if len(covered) < FEWEST_MOTIONS:
        return None
    turns = np.stack([motion.turn for motion in covered])
    if not np.linalg.norm(turns, axis=1).max() > 0:
        return None
    weights = np.ones(len(covered))
    best = 0.0
    # The second time without what odometry and images do not agree on at all.
    for _ in range(2):
        steps = np.arange(-SEARCHED_S, SEARCHED_S + COARSE_S / 2, COARSE_S)
        best = _best(covered, turns, reference, steps, weights)
        best = _best(covered, turns, reference, best + np.arange(-COARSE_S, COARSE_S + FINE_S / 2, FINE_S), weights)
        told = base_turns(covered, reference, best)
        seen, scale = _seen_from_base(told, turns, weights)
        off = np.linalg.norm(told - seen / scale, axis=1)
        weights = 1 / (1 + (off / max(3 * float(np.median(off)), 1e-4)) ** 2)
    return _describe(covered, turns, reference, best, weights)


def base_turns(motions: Sequence[Motion], reference: PoseTrack, late_s: float) -> Array:
    """Rotation vectors [n, 3] of the base during the motions, where images are stamped that late."""
    return rotation_vectors(base_motions(motions, reference, late_s))


def base_motions(motions: Sequence[Motion], reference: PoseTrack, late_s: float) -> Array:
    """start_from_end [n, 4, 4] of the base."""
    shift_ns = round(late_s * 1e9)
    starts, _ = reference.at(np.array([each.start_ns for each in motions], np.int64) - shift_ns, MAX_GAP_S)
    ends, _ = reference.at(np.array([each.end_ns for each in motions], np.int64) - shift_ns, MAX_GAP_S)
    return np.asarray(invert_pose(starts) @ ends)


def rotation_vectors(poses: Array) -> Array:
    """[n, 4, 4] -> [n, 3]."""
    q = quaternion_from_matrix(poses)
    sine = np.linalg.norm(q[:, :3], axis=1)
    angle = 2 * np.arctan2(sine, q[:, 3])
    return np.asarray(q[:, :3] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0)[:, None])


def matrix_of(vector: Array) -> Array:
    """A rotation vector as a matrix."""
    return np.asarray(cv2.Rodrigues(np.asarray(vector, np.float64))[0])


def _is_covered(motion: Motion, reference: PoseTrack) -> bool:
    """At every offset, so that all offsets are judged by the same motions."""
    reach = round((SEARCHED_S + COARSE_S) * 1e9)
    around = np.linspace(motion.start_ns - reach, motion.end_ns + reach, 9).astype(np.int64)
    return bool(reference.at(around, MAX_GAP_S)[1].all())


def _best(motions: Sequence[Motion], turns: Array, reference: PoseTrack, steps: Array, weights: Array) -> float:
    alike = [_alike(turns, base_turns(motions, reference, float(step)), weights) for step in steps]
    return float(steps[int(np.argmax(alike))])


def _alike(turns: Array, told: Array, weights: Array) -> float:
    """Correlation, 0..1, after the rotation that makes it largest."""
    left, right = turns * weights[:, None], told
    strengths = np.linalg.svd(left.T @ right)[1]
    sizes = np.sum(weights * np.sum(turns**2, axis=1)) * np.sum(weights * np.sum(told**2, axis=1))
    return float(strengths.sum() / max(float(sizes) ** 0.5, 1e-12))


def _describe(motions: Sequence[Motion], turns: Array, reference: PoseTrack, late_s: float, weights: Array) -> Offset:
    told = base_turns(motions, reference, late_s)
    step = 0.01
    slope = (base_turns(motions, reference, late_s + step) - base_turns(motions, reference, late_s - step)) / (2 * step)
    seen, scale = _seen_from_base(told, turns, weights)
    spread = float(np.sum(weights * np.sum((told - seen / scale) ** 2, axis=1)) / max(np.sum(weights) - 2, 1))
    information = float(np.sum(weights * np.sum(slope**2, axis=1)))
    deviation = CORRELATED**0.5 * (spread / max(information, 1e-12)) ** 0.5
    return Offset(late_s, deviation, _alike(turns, told, weights), scale, len(motions))


def _seen_from_base(told: Array, turns: Array, weights: Array) -> tuple[Array, float]:
    """(the camera's turns as the base would see them, how many times as far they go)."""
    seen = turns @ fit_rotation(told, turns, weights).T
    along, size = (float(np.sum(weights * np.sum(each * told, axis=1))) for each in (seen, told))
    return seen, max(along / max(size, 1e-12), 1e-3)
