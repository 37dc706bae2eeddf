"""Answers as the worker hands them on, made up. Not a test file; without rclpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Candidate, Candidates, Estimate, Frame, LabelGuess, VerifiedPose
from vpr_ros.ros.answer import Answer


class NamedMap:
    """What is asked of a map for a sentence."""

    map_id, map_frame, base_frame = "flat", "map", "base_link"


def answer_of(stamp_ns: int, **known: Any) -> Answer:
    """Place 3 of the kitchen was retrieved; `known` goes to the estimate."""
    frame = Frame(image=np.zeros((2, 2, 3), np.uint8), stamp_ns=stamp_ns, camera="camera", source_name="image")
    return Answer(frame, _estimate(stamp_ns, **known), NamedMap(), "base_link")  # type: ignore[arg-type]


def fixed_answer(stamp_ns: int, **known: Any) -> Answer:
    """The base stands at x 1, y 2 and looks along y; `known` goes to the answer."""
    pose = VerifiedPose(planar_pose(1.0, 2.0, np.pi / 2), np.eye(6) * 1e-4, None, {})
    answer = answer_of(stamp_ns, pose=pose)
    given = {"fix": pose, "sound": pose, **known}
    return Answer(answer.frame, answer.estimate, answer.place_map, "base_link", **given)


def _estimate(stamp_ns: int, **known: Any) -> Estimate:
    values: dict[str, Any] = {
        "stamp_ns": stamp_ns,
        "camera": "camera",
        "source_name": "image",
        "candidates": Candidates((Candidate(place_id=3, similarity=0.9),)),
        "refusal": None,
        "room": LabelGuess("kitchen", 0.9),
        "floor": LabelGuess(),
        "coarse_pose": None,
        "latency_ms": {},
        **known,
    }
    return Estimate(**values)
