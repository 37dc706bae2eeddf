"""Which way the camera looks from the base, as turns and drives show it: no map and no depth needed.

What the base's turns and the camera's have in common gives two angles of the mounting (where the robot's vertical is in
the image), where the camera goes when the base drives gives the third. Corners are then asked directly: a corner must
lie on the line that the base's motion, through the mounting, lets it move on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, Matrix4
from vpr_ros.doctor.time_offset import CORRELATED, MAX_GAP_S, base_motions, matrix_of, rotation_vectors
from vpr_ros.doctor.visual_motion import Motion, fit_rotation
from vpr_ros.sources.pose_track import PoseTrack

FEWEST_MOTIONS = 10
ENOUGH_TURN_RAD = 0.02
ENOUGH_SHIFT_M = 0.08
CORNERS = 60
ROUNDS = 12
_STEP_RAD = 1e-4
_NEAR_FOCUS = 0.05
"""Corners within 3 degrees of where the camera goes hardly move, and tell nothing."""


@dataclass(frozen=True, eq=False)
class Mounting:
    """base_from_camera: rotation [3, 3]. off: rotation vector in the base frame (roll, pitch, yaw, radians) that takes
    what TF says to it; deviation: of each of these three, very large where no motion shows it. turns, drives: motions
    used. agrees_turns, agrees_drives: median cosine of what TF predicts with what the images show; None without any.
    """

    base_from_camera: Array
    off: Array
    deviation: Array
    turns: int
    drives: int
    agrees_turns: float | None
    agrees_drives: float | None


def fit_mounting(
    motions: Sequence[Motion], reference: PoseTrack, late_s: float, base_from_camera: Matrix4
) -> Mounting | None:
    """None where the base neither turns nor drives enough while the camera sees it. base_from_camera: as TF has it."""
    evidence = _gather(motions, reference, late_s, base_from_camera[:3, 3])
    turns, drives = len(evidence.told), len(evidence.shifts)
    if max(turns, drives) < FEWEST_MOTIONS:
        return None
    said = base_from_camera[:3, :3]
    rotation, deviation = _refine(_fit_robustly(evidence, said), evidence)
    off = rotation_vectors((rotation @ said.T)[None])[0]
    agrees_turns = _cosine(evidence.told, evidence.seen @ said.T) if turns >= FEWEST_MOTIONS else None
    agrees_drives = _cosine(evidence.shifts, evidence.ways @ said.T) if drives >= FEWEST_MOTIONS else None
    return Mounting(rotation, off, deviation, turns, drives, agrees_turns, agrees_drives)


@dataclass(frozen=True, eq=False)
class _Evidence:
    """told, seen: turns of base and camera, rotation vectors [n, 3].

    Of each of m motions in which the camera moved on: shifts [m, 3], where it went as the base's motion has it, in the
    base frame at the start; shift_turns [m, 3, 3], how the base turned; ways [m, 3], where it went as it saw itself;
    corners: rays at the start and at the end.
    """

    told: Array
    seen: Array
    shifts: Array
    shift_turns: Array
    ways: Array
    corners: Sequence[tuple[Array, Array]]

    def turns_at(self, rotation: Array) -> tuple[Array, Array]:
        """(residuals of the turns' directions, their slopes by a small turn of the mounting in the base), radians.

        Slopes are those of what the base says: noise of the images would seem to tell the angle that no turn shows.
        """
        told = _unit(self.told)
        slope = np.stack([np.cross(told, axis) for axis in np.eye(3)], axis=-1)
        return (told - _unit(self.seen) @ rotation.T).ravel(), slope.reshape(-1, 3)

    def corners_at(self, rotation: Array) -> tuple[Array, Array]:
        """The same of `off_their_lines`."""
        now = self.off_their_lines(rotation)
        moved = [self.off_their_lines(matrix_of(_STEP_RAD * axis) @ rotation) for axis in np.eye(3)]
        return now, (np.stack(moved, axis=1) - now[:, None]) / _STEP_RAD

    def off_their_lines(self, rotation: Array) -> Array:
        """Residuals of corners, radians: each start ray lies in the plane of its end ray and the camera's way.

        Both are predicted from the base's motion, which is better than the turn that a few corners tell.
        """
        rows = []
        for shift, turn, (start, end) in zip(self.shifts, self.shift_turns, self.corners, strict=True):
            way = rotation.T @ (shift / np.linalg.norm(shift))
            normals = np.cross(way, end @ (rotation.T @ turn @ rotation).T)
            length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), _NEAR_FOCUS)
            rows.append(np.sum(start * normals / length, axis=1))
        return np.concatenate(rows) if rows else np.zeros(0)


def _gather(motions: Sequence[Motion], reference: PoseTrack, late_s: float, lever: Array) -> _Evidence:
    """lever: where the camera sits in the base frame; it swings when the base turns."""
    covered = [motion for motion, yes in zip(motions, _known(motions, reference, late_s), strict=True) if yes]
    nothing = np.zeros((0, 3))
    if not covered:
        return _Evidence(nothing, nothing, nothing, np.zeros((0, 3, 3)), nothing, [])
    base = base_motions(covered, reference, late_s)
    told, seen = rotation_vectors(base), np.stack([motion.turn for motion in covered])
    turning = np.linalg.norm(told, axis=1) > ENOUGH_TURN_RAD
    shifts = base[:, :3, 3] + base[:, :3, :3] @ lever - lever
    far = np.linalg.norm(shifts, axis=1) > ENOUGH_SHIFT_M
    driving = [index for index, motion in enumerate(covered) if far[index] and motion.shift is not None]
    driving = driving if len(driving) >= FEWEST_MOTIONS else []  # a handful would tell an angle, and not how wrongly
    ways = np.array([covered[index].shift for index in driving], np.float64).reshape(-1, 3)
    corners = [_some_corners(covered[index]) for index in driving]
    return _Evidence(told[turning], seen[turning], shifts[driving], base[driving, :3, :3], ways, corners)


def _known(motions: Sequence[Motion], reference: PoseTrack, late_s: float) -> list[bool]:
    ends = np.array([[each.start_ns, each.end_ns] for each in motions], np.int64).reshape(-1, 2) - round(late_s * 1e9)
    known = reference.at(ends.ravel(), MAX_GAP_S)[1].reshape(-1, 2)
    return [bool(each.all()) for each in known]


def _some_corners(motion: Motion) -> tuple[Array, Array]:
    rows = np.linspace(0, len(motion.start_rays) - 1, min(CORNERS, len(motion.start_rays))).astype(int)
    return motion.start_rays[rows], motion.end_rays[rows]


def _fit_robustly(evidence: _Evidence, towards: Array) -> Array:
    """From directions alone; where they leave a choice, as TF has it."""
    to = np.vstack([_unit(evidence.told), _unit(evidence.shifts)])
    given = np.vstack([_unit(evidence.seen), evidence.ways])
    weights = np.ones(len(to))
    for _ in range(ROUNDS):
        rotation = fit_rotation(to, given, weights, towards)
        off = np.linalg.norm(to - given @ rotation.T, axis=1)
        weights = 1 / (1 + (off / max(float(np.median(off)), 1e-3)) ** 2)
    return rotation


def _refine(rotation: Array, evidence: _Evidence) -> tuple[Array, Array]:
    """Gauss-Newton over all turns and corners, outliers with little weight -> (rotation, deviations in the base)."""
    for _ in range(ROUNDS):
        information: Array = 1e-9 * np.eye(3)
        pull: Array = np.zeros(3)
        for now, slope in (evidence.turns_at(rotation), evidence.corners_at(rotation)):
            if not len(now):
                continue
            spread = max(1.4826 * float(np.median(np.abs(now))), 1e-5)
            weights = 1 / (1 + (now / (2 * spread)) ** 2) / spread**2
            information = information + (slope * weights[:, None]).T @ slope
            pull = pull + (slope * weights[:, None]).T @ now
        change = -np.linalg.solve(information, pull)
        rotation = matrix_of(np.clip(change, -0.2, 0.2)) @ rotation
    return rotation, np.sqrt(CORRELATED * np.diag(np.linalg.inv(information)))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def _cosine(a: Array, b: Array) -> float:
    """Median of the vectors' own."""
    return float(np.median(np.sum(_unit(a) * _unit(b), axis=1)))
