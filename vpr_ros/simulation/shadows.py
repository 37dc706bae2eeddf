"""What stands in the way of light: rays [3, m] against the boxes of a room."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.simulation.solids import Solids

AMBIENT_REACH_M = 0.9
Box = tuple[Array, Array, float]
"""Centre, half sizes, yaw of something that throws shadows."""


def obstacles_in(solids: Solids, room: Array) -> list[Box]:
    """What throws shadows in a room; sticks and sheets do not."""
    reach = np.hypot(solids.half[:, 0], solids.half[:, 1])
    near = np.ones(len(solids), dtype=bool)
    for axis in range(3):
        extent = solids.half[:, 2] if axis == 2 else reach
        near &= (solids.centre[:, axis] + extent > room[0, axis] - 0.4) & (
            solids.centre[:, axis] - extent < room[1, axis] + 0.4
        )
    sizes = np.sort(solids.half, axis=1)
    solid_enough = (sizes[:, 0] > 0.014) & (sizes[:, 1] > 0.07)
    lamp = solids.emission.reshape(-1, 6).max(axis=1) > 0
    rows = np.flatnonzero(near & solid_enough & ~lamp)
    return [(solids.centre[row], solids.half[row], float(solids.yaw[row])) for row in rows]


def _distance(start: FloatArray, along: FloatArray, box: Box) -> FloatArray:
    """Where rays [3, m] enter a box, in units of `along`; infinite where they miss it, 0 from inside."""
    centre, half, yaw = box
    offset = start - centre[:, None].astype(np.float32)
    if yaw:
        cos, sin = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]], dtype=np.float32)
        offset, along = turn @ offset, turn @ along
    slope = 1 / np.where(np.abs(along) < 1e-6, np.float32(1e-6), along)
    middle = -offset * slope
    width = np.abs(slope) * half[:, None].astype(np.float32)
    near, far = middle - width, middle + width
    entry = np.maximum(np.maximum(near[0], near[1]), near[2])
    leave = np.minimum(np.minimum(far[0], far[1]), far[2])
    return np.where((entry < leave) & (leave > 0), np.maximum(entry, 0), np.float32(np.inf))


def blocked(start: FloatArray, along: FloatArray, reach: float, boxes: list[Box]) -> Array:
    """Whether anything stands within `reach` (in units of `along`) of each ray [3, m]."""
    hit = np.zeros(start.shape[1], dtype=bool)
    for box in boxes:
        hit |= _distance(start, along, box) < reach
    return hit


def buried(position: FloatArray, boxes: list[Box]) -> Array:
    """Points [3, m] inside a box: nobody sees them."""
    inside = np.zeros(position.shape[1], dtype=bool)
    for centre, half, yaw in boxes:
        if not yaw:
            inside |= (np.abs(position - centre[:, None].astype(np.float32)) < half[:, None]).all(axis=0)
    return inside


def openness_of(position: FloatArray, normal: FloatArray, boxes: list[Box]) -> Array:
    """How far each point [3, m] sees around itself, 0..1: near obstacles count more."""
    helper = np.where(np.abs(normal[2]) > 0.9, np.array([[1.0], [0], [0]]), np.array([[0.0], [0], [1]]))
    tangent = np.cross(normal, helper, axis=0)
    tangent /= np.linalg.norm(tangent, axis=0)
    other = np.cross(normal, tangent, axis=0)
    leans = [(0, 0)] + [(35, turn) for turn in (0, 90, 180, 270)] + [(65, turn) for turn in (45, 135, 225, 315)]
    nearest = np.full((len(leans), position.shape[1]), AMBIENT_REACH_M, dtype=np.float32)
    for box in boxes:
        reach = box[1] + AMBIENT_REACH_M if not box[2] else np.full(3, np.linalg.norm(box[1]) + AMBIENT_REACH_M)
        near = np.flatnonzero((np.abs(position - box[0][:, None]) < reach[:, None]).all(axis=0))
        for row, (lean, turn) in enumerate(leans):
            up, round_ = np.radians(lean), np.radians(turn)
            side = np.cos(round_) * tangent[:, near] + np.sin(round_) * other[:, near]
            ray = (np.cos(up) * normal[:, near] + np.sin(up) * side).astype(np.float32)
            nearest[row, near] = np.minimum(nearest[row, near], _distance(position[:, near], ray, box))
    return np.asarray(np.sqrt(nearest / AMBIENT_REACH_M).mean(axis=0))
