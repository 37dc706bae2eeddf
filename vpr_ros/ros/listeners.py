"""Everybody who hears the node's answers, in the order in which they hear them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.ros.answer import Answer, AnswerListener
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.outputs.answer_topics import AnswerTopics


def make_listeners(node: LifecycleNode, odometry: OdometryBuffer, settings: LiveSettings) -> AnswerListener:
    """Made by configure, on the node; closed by cleanup. odometry: filled while the node is active."""
    return Listeners([AnswerTopics(node)])


class Listeners:
    """Many as one, and one call at a time."""

    def __init__(self, listeners: Sequence[AnswerListener]) -> None:
        self._listeners = listeners
        self._lock = threading.Lock()

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:
        """In order."""
        with self._lock:
            for each in self._listeners:
                each.serve(place_map, base_frame)

    def hear(self, answer: Answer) -> None:
        """In order."""
        with self._lock:
            for each in self._listeners:
                each.hear(answer)

    def forget(self) -> None:
        """In order."""
        with self._lock:
            for each in self._listeners:
                each.forget()

    def close(self) -> None:
        """The last one first."""
        with self._lock:
            for each in reversed(self._listeners):
                each.close()
