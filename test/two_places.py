"""A map of two places and what is said of it, for the tests of outputs. Not a test file."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import (
    Array,
    Candidate,
    Candidates,
    CoarsePose,
    Estimate,
    LabelGuess,
    Labels,
    RelativePose,
    VerifiedPose,
)

STAMP_NS = 12_000_000_345
PLACE_70 = planar_pose(3.0, 4.0, -1.0)


class TwoPlaces:
    """The parts of a map that are told: place 3 in the kitchen, place 70 in no room."""

    def __init__(self, map_id: str = "flat", map_frame: str = "map", has_poses: bool = True) -> None:
        self.map_id, self.map_frame, self.base_frame = map_id, map_frame, "base_link"
        self.table = PlaceTable(
            place_ids=np.array([3, 70], dtype=np.int64),
            stamps_ns=np.array([5_000_000_007, 6_500_000_000], dtype=np.int64),
            source_names=("/camera@5", "/camera@6"),
            cameras=("front", "front"),
            labels=(Labels(room="kitchen", floor="ground"), Labels()),
            map_from_base=np.stack([planar_pose(1.0, 2.0, 0.5), PLACE_70]) if has_poses else None,
        )

    def thumbnail(self, row: int) -> Array | None:
        """Place 3 keeps none."""
        return None if row == 0 else np.full((30, 40, 3), 90, np.uint8)


def estimate_of(**changed: Any) -> Estimate:
    """Place 70 before place 3."""
    values: dict[str, Any] = {
        "stamp_ns": STAMP_NS,
        "camera": "front",
        "source_name": "/camera@12",
        "candidates": Candidates((Candidate(70, 0.75, inliers=41), Candidate(3, 0.5))),
        "refusal": None,
        "room": LabelGuess("kitchen", 0.8),
        "floor": LabelGuess(),
        "coarse_pose": None,
        "latency_ms": {"features": 12.5},
        **changed,
    }
    return Estimate(**values)


def fix_of_70(relative: bool = True) -> VerifiedPose:
    """Near place 70; with `relative` also seen from it."""
    pixels = np.zeros((5, 2), np.float32)
    of_place = RelativePose(70, planar_pose(0.3, 0.1, 0.2), np.diag([0.02] * 6), pixels, pixels, (8, 6), (8, 6))
    return VerifiedPose(
        planar_pose(2.0, 1.0, -1.0, 0.1), np.diag([0.01] * 6), of_place if relative else None, {"seen": 0.5}
    )


def coarse_70() -> CoarsePose:
    """As wide as a place is."""
    return CoarsePose(PLACE_70, np.eye(6))
