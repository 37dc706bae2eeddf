"""Everybody who hears the node's answers, in the order in which they hear them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.ros.answer import Answer, AnswerListener, AskedListener
from vpr_ros.ros.consumers.initial_pose import InitialPose
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.outputs.answer_topics import AnswerTopics
from vpr_ros.ros.outputs.debug_image import DebugImage
from vpr_ros.ros.outputs.markers import AnswerMarkers, MapMarkers
from vpr_ros.ros.outputs.place_frames import PlaceFrames


def make_listeners(node: LifecycleNode, odometry: OdometryBuffer, settings: LiveSettings) -> Listeners:
    """Made by configure, on the node; closed by cleanup. odometry: filled while the node is active."""
    return Listeners(
        [
            AnswerTopics(node, for_rtabmap=settings.node.rtabmap_global_pose),
            InitialPose(node, odometry, settings),
            PlaceFrames(node, wanted=lambda: settings.node.publish_place_frames),
            MapMarkers(node),
            AnswerMarkers(node),
            DebugImage(node),
        ]
    )


class Listeners:
    """Many as one, and one call at a time. Once closed it is deaf: the clock may jump while the node is cleaned up."""

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

    def ask(self) -> None:
        """Somebody asked where the robot is: those who tell only then will with the next answers."""
        with self._lock:
            for each in self._listeners:
                if isinstance(each, AskedListener):
                    each.ask()

    def forget(self) -> None:
        """In order."""
        with self._lock:
            for each in self._listeners:
                each.forget()

    def close(self) -> None:
        """The last one first."""
        with self._lock:
            listeners, self._listeners = self._listeners, ()
            for each in reversed(listeners):
                each.close()
