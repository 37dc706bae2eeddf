"""Whether images and poses belong together, in words."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.pose_track import Stamps


def check_overlap(source: str, image_stamps_ns: Stamps, pose_stamps_ns: Stamps, poses: str) -> None:
    """SourceError with both ranges where no image lies within the time of the poses: one of the clocks is wrong."""
    if not len(pose_stamps_ns):
        raise SourceError(f"{source}: {poses} holds no pose that can be used")
    if image_stamps_ns.min() > pose_stamps_ns.max() or image_stamps_ns.max() < pose_stamps_ns.min():
        raise SourceError(
            f"{source}: images are stamped {_range(image_stamps_ns)}, poses of {poses} {_range(pose_stamps_ns)}: "
            "they do not overlap; a clock is wrong, or they are of different drives"
        )


def describe_missing(source: str, known: npt.NDArray[np.bool_], max_gap_s: float) -> list[str]:
    """A note on frames without a pose; SourceError where none has one."""
    missing = int((~known).sum())
    if missing == len(known):
        raise SourceError(
            f"{source}: no image lies between two poses at most {max_gap_s:g} s apart; "
            "raise map.max_pose_gap_s or record poses more often"
        )
    if not missing:
        return []
    return [
        f"{missing} of {len(known)} frames have no pose: those around them are missing or over {max_gap_s:g} s apart"
    ]


def _range(stamps_ns: Stamps) -> str:
    first, last = int(stamps_ns.min()), int(stamps_ns.max())
    return f"{_time(first)} to {_time(last)}"


def _time(stamp_ns: int) -> str:
    seconds = stamp_ns / 1e9
    if 10**9 <= seconds < 4 * 10**9:
        moment = datetime.fromtimestamp(stamp_ns // 10**9, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        return f"{seconds:.3f} ({moment} UTC)"
    return f"{seconds:.3f} s"
