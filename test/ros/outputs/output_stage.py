"""A lifecycle node in this process with one listener on it, and answers to hear. Not a test file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode
from robot import wait_until
from two_places import TwoPlaces, coarse_70, estimate_of, fix_of_70

from vpr_ros.core.records import Frame
from vpr_ros.ros.answer import Answer, AnswerListener


def answer_of(place_map: TwoPlaces | None = None, fixed: bool = True, **changed: Any) -> Answer:
    """Place 70, with a fix or without; `changed` goes to the estimate."""
    pose = fix_of_70() if fixed else None
    estimate = estimate_of(**{"pose": pose, "coarse_pose": coarse_70(), **changed})
    image = np.full((48, 64, 3), 120, np.uint8)
    frame = Frame(image=image, stamp_ns=estimate.stamp_ns, camera="front", source_name="image")
    return Answer(frame, estimate, place_map or TwoPlaces(), "base_footprint", fix=pose, sound=pose)


class OutputStage:
    """An active node `vpr`, from entering to leaving, with what `make` makes of it."""

    def __init__(self, domain: int, make: Callable[[LifecycleNode], AnswerListener]) -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = LifecycleNode("vpr", context=self._context)
        self._make = make

    def __enter__(self) -> OutputStage:
        self.node.trigger_configure()
        self.listener = self._make(self.node)
        self.node.trigger_activate()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        self.node.destroy_node()
        self._context.try_shutdown()

    def wait_for_listener(self, topic: str) -> None:
        """Until the node knows of a subscriber."""
        wait_until(lambda: self.node.count_subscribers(topic), f"a subscriber of {topic}")
