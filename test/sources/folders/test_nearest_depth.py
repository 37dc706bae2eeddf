"""Depth belongs to the image nearest in time, and to none that is further than 20 ms."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.folders.nearest_depth import DEPTH_TOLERANCE_NS, nearest_depth

stamps = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@given(stamps, stamps)
def test_no_other_is_nearer(depths: list[int], images: list[int]) -> None:
    depth_ns, image_ns = np.array(sorted(depths)), np.array(images)
    nearest, near = nearest_depth(depth_ns, image_ns)
    apart = abs(depth_ns[None] - image_ns[:, None])
    assert (apart[np.arange(len(images)), nearest] == apart.min(axis=1)).all()
    assert (near == (apart.min(axis=1) <= DEPTH_TOLERANCE_NS)).all()
