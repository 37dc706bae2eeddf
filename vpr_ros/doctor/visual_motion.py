"""How the camera moved, as its pictures say: corners followed from image to image, their rays, and what turned them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.records import Array, Intrinsics

LONG_SIDE_PX = 320
"""Images are scaled down to it: corners are found to a fifth of a pixel, a fifteenth of a degree of most cameras."""
CORNERS, FEWEST = 200, 30
SHORTEST_S, LONGEST_S = 0.2, 1.0
FAR_PX = 15.0
"""A motion is measured until corners went this far (half of them), so that it stands out from the corners' errors."""
PARALLAX_PX = 1.0
"""Corners that a turn alone does not bring to where they are, by more than this: the camera moved, too."""
ROUNDS = 8
_SAME_PX = 0.5
"""A corner followed there and back again is the same one if it ends this near to its start."""
_WINDOW_PX, _LEVELS = (21, 21), 4


@dataclass(frozen=True, eq=False)
class Motion:
    """From `start_ns` to `end_ns`: start_from_end as a rotation vector in the camera's optical frame, radians.

    shift: unit direction in which the camera went, seen from its start; None where too little of it shows. start_rays,
    end_rays: unit rays [n, 3] to the same things, from both places.
    """

    start_ns: int
    end_ns: int
    turn: Array
    shift: Array | None
    start_rays: Array
    end_rays: Array


class MotionTracker:
    """Takes images one after the other and hands out a motion whenever one is long enough. Follows 200 corners."""

    def __init__(self, intrinsics: Intrinsics) -> None:
        self._intrinsics = intrinsics
        self._start_ns = 0
        self._grey: Array | None = None
        self._first: Array = np.zeros((0, 2), np.float32)
        self._last: Array = self._first

    def restart(self) -> None:
        """What comes next does not follow on what was."""
        self._grey = None

    def feed(self, stamp_ns: int, image: Array) -> Motion | None:
        """RGB uint8 [H, W, 3] of the calibrated size. Raises SettingsError where the lens cannot be inverted."""
        grey = shrink(image)
        scale = image.shape[1] / grey.shape[1]
        if self._grey is None:
            self._begin(stamp_ns, grey)
            return None
        self._follow(grey)
        if len(self._last) < FEWEST:
            self._begin(stamp_ns, grey)
            return None
        seconds = (stamp_ns - self._start_ns) / 1e9
        far = np.median(np.linalg.norm(self._last - self._first, axis=1)) >= FAR_PX
        if seconds < SHORTEST_S or (seconds < LONGEST_S and not far):
            return None
        start, end = (_rays(self._intrinsics, points, scale) for points in (self._first, self._last))
        turn, shift = solve_motion(start, end, float(self._intrinsics.matrix[0, 0]) / scale)
        motion = Motion(self._start_ns, stamp_ns, turn, shift, start, end)
        self._begin(stamp_ns, grey)
        return motion

    def _begin(self, stamp_ns: int, grey: Array) -> None:
        corners = cv2.goodFeaturesToTrack(grey, CORNERS, 0.01, 7)
        found = np.zeros((0, 2), np.float32) if corners is None else np.asarray(corners, np.float32).reshape(-1, 2)
        self._start_ns, self._grey, self._first, self._last = stamp_ns, grey, found, found

    def _follow(self, grey: Array) -> None:
        assert self._grey is not None
        if len(self._last):
            there, seen = _flow(self._grey, grey, self._last)
            back, seen_back = _flow(grey, self._grey, there)
            same = seen & seen_back & (np.linalg.norm(back - self._last, axis=1) < _SAME_PX)
            self._first, self._last = self._first[same], there[same]
        self._grey = grey


def _flow(before: Array, after: Array, points: Array) -> tuple[Array, Array]:
    """(where the points [n, 2] went, whether each was found)."""
    flow: Any = cv2.calcOpticalFlowPyrLK
    there, seen, _ = flow(before, after, points.reshape(-1, 1, 2), None, winSize=_WINDOW_PX, maxLevel=_LEVELS)
    return there.reshape(-1, 2), seen.ravel() == 1


def shrink(image: Array) -> Array:
    """RGB -> grey, its longer side at most LONG_SIDE_PX."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = LONG_SIDE_PX / max(grey.shape)
    if scale >= 1:
        return grey
    size = max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def solve_motion(start: Array, end: Array, focal_px: float) -> tuple[Array, Array | None]:
    """Unit rays [n, 3] to the same things from two places -> (rotation vector start_from_end, direction moved or None).

    A turn alone is tried first: where it explains the rays to a pixel, whatever else happened does not show.
    """
    turn, off_px = _solve_turn(start, end, focal_px)
    if np.median(off_px) < PARALLAX_PX:
        return _vector(turn), None
    flat = [np.ascontiguousarray(rays[:, :2] / rays[:, 2:3]) for rays in (start, end)]
    essential, _ = cv2.findEssentialMat(flat[0], flat[1], np.eye(3), cv2.RANSAC, 0.999, 1.0 / focal_px)
    if essential is None or essential.shape != (3, 3):
        return _vector(turn), None
    # Of the two turns that it may be, that which is half a turn off is none that lasted so short.
    *turns, way = cv2.decomposeEssentialMat(essential)
    best = max((np.asarray(each).T for each in turns), key=lambda each: float(np.trace(each @ turn.T)))
    return _vector(best), _ahead(-(best @ np.asarray(way)).ravel(), start, end @ best.T)


def _ahead(way: Array, start: Array, end: Array) -> Array:
    """The way or its opposite: that by which most of what was seen lies in front of the camera.

    start, end: rays in the frame of the start; start * depth = way + end * other depth.
    """
    across = np.cross(start, end)
    return way if np.median(np.sum(np.cross(way, end) * across, axis=1)) > 0 else -way


def _solve_turn(start: Array, end: Array, focal_px: float) -> tuple[Array, Array]:
    """(the rotation that takes `end` to `start`, how far off each ray is, in pixels); outliers have little weight."""
    weights = np.ones(len(start))
    for _ in range(ROUNDS):
        turn = fit_rotation(start, end, weights)
        off_px = np.linalg.norm(start - end @ turn.T, axis=1) * focal_px
        weights = 1 / (1 + (off_px / max(float(np.median(off_px)), 0.1)) ** 2)
    return turn, off_px


def fit_rotation(to: Array, given: Array, weights: Array, towards: Array | None = None) -> Array:
    """The rotation that takes vectors `given` [n, 3] nearest to `to`, least squares; where they leave a choice, the one
    nearest to `towards`."""
    together = (to * weights[:, None]).T @ given
    if towards is not None:
        together = together + 1e-6 * max(float(np.trace(together @ together.T)) ** 0.5, 1e-12) * towards
    u, _, v = np.linalg.svd(together)
    return np.asarray(u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v)


def _rays(intrinsics: Intrinsics, points: Array, scale: float) -> Array:
    """Points of the shrunk image -> unit rays."""
    pixels = (points.astype(np.float64) + 0.5) * scale - 0.5
    rays = np.column_stack([undistort_pixels(intrinsics, pixels), np.ones(len(points))])
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def _vector(rotation: Array) -> Array:
    return np.asarray(cv2.Rodrigues(np.ascontiguousarray(rotation))[0]).ravel()
