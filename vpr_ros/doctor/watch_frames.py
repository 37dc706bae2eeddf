"""One look at the chosen pictures: what is in them, and how the camera moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Array, Intrinsics
from vpr_ros.doctor.visual_motion import Motion, MotionTracker, shrink

DARK, BRIGHT = 16, 250
"""Grey values below and above which a camera of 8 bits has lost what was there."""


@dataclass(frozen=True, eq=False)
class Looked:
    """A frame that was chosen, decoded or not. follows: whether the frame before it was looked at, too."""

    stamp_ns: int
    follows: bool
    image: Array | None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Watched:
    """contrast, blur, dark, bright: one a decoded picture. contrast: standard deviation of grey values. blur: 0 sharp,
    1 smooth. dark, bright: share of pixels. undecodable: why, one each. lens: why no motion could be had, else empty.
    """

    looked: int
    contrast: Array
    blur: Array
    dark: Array
    bright: Array
    undecodable: tuple[str, ...]
    motions: tuple[Motion, ...]
    lens: str


def watch_frames(frames: Iterable[Looked], intrinsics: Intrinsics | None) -> Watched:
    """Without intrinsics there are no motions."""
    tracker = None if intrinsics is None else MotionTracker(intrinsics)
    rows: list[tuple[float, ...]] = []
    undecodable: list[str] = []
    motions: list[Motion] = []
    lens = "" if intrinsics is not None else "the camera is not calibrated"
    looked = 0
    for frame in frames:
        looked += 1
        if tracker is not None and (not frame.follows or frame.image is None):
            tracker.restart()
        if frame.image is None:
            undecodable.append(frame.reason)
            continue
        rows.append(_content(shrink(frame.image)))
        if tracker is None or frame.image.shape[1::-1] != (intrinsics.width, intrinsics.height):  # type: ignore[union-attr]
            continue
        try:
            motion = tracker.feed(frame.stamp_ns, frame.image)
        except SettingsError as error:
            tracker, lens, motion = None, str(error), None
        if motion is not None:
            motions.append(motion)
    contrast, blur, dark, bright = np.array(rows, np.float64).reshape(-1, 4).T
    return Watched(looked, contrast, blur, dark, bright, tuple(undecodable), tuple(motions), lens)


def _content(grey: Array) -> tuple[float, float, float, float]:
    return float(grey.std()), blur_of(grey), float((grey < DARK).mean()), float((grey > BRIGHT).mean())


def blur_of(grey: Array) -> float:
    """How much of the steps between neighbouring pixels is still there after blurring once more, 0..1, in the more
    blurred direction (Crete et al., The blur effect, 2007): what is smooth already loses nothing.
    """
    values = grey.astype(np.float32)
    kept = []
    for axis, kernel in ((1, (9, 1)), (0, (1, 9))):
        steps = np.abs(np.diff(values, axis=axis))
        after = np.abs(np.diff(cv2.blur(values, kernel), axis=axis))
        lost = np.maximum(steps - after, 0).sum()
        kept.append(1 - float(lost) / max(float(steps.sum()), 1e-6))
    return max(kept)
