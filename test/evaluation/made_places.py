"""Tables and frames as the criteria of right places see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame, Labels, Matrix4


def table_of(poses: Sequence[Matrix4 | None], labels: Sequence[Labels] | None = None) -> PlaceTable:
    """Places 0, 1, ... at these poses; poseless where the first is None."""
    count = len(poses)
    return PlaceTable(
        place_ids=np.arange(count),
        stamps_ns=np.arange(count) * 10**9,
        source_names=tuple(f"{row}.png" for row in range(count)),
        cameras=("camera",) * count,
        labels=tuple(labels or [Labels()] * count),
        map_from_base=None if poses[0] is None else np.stack(poses),
    )


def frame_at(pose: Matrix4 | None, labels: Labels | None = None, **known: Any) -> Frame:
    """A frame taken there."""
    image = np.zeros((2, 2, 3), np.uint8)
    return Frame(image, 0, "camera", "query.png", map_from_base=pose, labels=labels or Labels(), **known)
