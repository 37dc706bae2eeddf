"""Whether one clock stamped images and poses: one recorder recorded both, and it has a clock of its own."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.pose_track import Stamps

LARGEST_DIFFERENCE_S = 0.5
"""Delays between a stamp and its recording are well below this; at 1 m/s it is half a metre of error in every pose."""


def clock_offset_s(stamps_ns: Stamps, bag_ns: Stamps) -> float | None:
    """The median of stamp - time of recording; None where it wanders.

    It does in bags that were converted or recorded from a replay: their times of recording say nothing about a clock.
    """
    if not len(stamps_ns):
        return None
    # Subtracted as integers: floats of nanoseconds since 1970 are good to a quarter of a microsecond only.
    offsets = (np.asarray(stamps_ns, dtype=np.int64) - np.asarray(bag_ns, dtype=np.int64)) / 1e9
    low, median, high = np.percentile(offsets, [25, 50, 75])
    return float(median) if high - low < LARGEST_DIFFERENCE_S else None


def check_clock(
    source: str, images_s: float | None, poses_s: float | None, poses: str, *, may_be_ahead: bool = False
) -> None:
    """SourceError where the offsets (see `clock_offset_s`) of images and poses differ by more than a delay explains.

    may_be_ahead: localizers stamp map -> odom ahead of time (AMCL by a second), so that TF can be looked up until then.
    """
    if images_s is None or poses_s is None:
        return
    ahead_s = poses_s - images_s
    if abs(ahead_s) <= LARGEST_DIFFERENCE_S or (may_be_ahead and ahead_s > 0):
        return
    raise SourceError(
        f"{source}: images are stamped {_signed(images_s)} s from when they were recorded, "
        f"poses of {poses} {_signed(poses_s)} s: one of the clocks is wrong by {abs(ahead_s):.2f} s, "
        "so poses would belong to other images; set the clocks and record again, "
        "give poses with right stamps with --trajectory FILE, or do without poses: --pose none"
    )


def _signed(seconds: float) -> str:
    return f"{round(seconds, 2) + 0.0:+.2f}"  # + 0.0: never -0.00
