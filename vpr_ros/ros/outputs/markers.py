"""What displays show: the map, and each answer on it."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.outputs.answer_markers import answer_markers, no_markers
from vpr_ros.core.outputs.map_markers import keyframe_markers, room_markers
from vpr_ros.core.outputs.topics import KEYFRAMES, MARKERS, ROOM_MARKERS, OutputMessage
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.outputs.publishers import Publishers


class AnswerMarkers:
    """An AnswerListener. Nothing is drawn while nobody looks."""

    def __init__(self, node: LifecycleNode, draw: Callable[[Answer], OutputMessage] | None = None) -> None:
        self._publishers = Publishers(node, [MARKERS])
        self._draw = draw or _draw
        self._place_map: LocalizationMap | None = None

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:  # noqa: ARG002
        """What was shown is of another map."""
        self.forget()
        self._place_map = place_map

    def hear(self, answer: Answer) -> None:
        """Show the answer in place of the last one."""
        if self._publishers.wanted(MARKERS):
            self._publishers.publish([self._draw(answer)])

    def forget(self) -> None:
        """Show nothing: an old answer looks like a new one."""
        if self._place_map is not None:
            self._publishers.publish([no_markers(self._place_map)])

    def close(self) -> None:
        """Take the topic down."""
        self._publishers.close()


class MapMarkers:
    """An AnswerListener: the map that answers are of, for whoever comes to look."""

    def __init__(self, node: LifecycleNode) -> None:
        self._publishers = Publishers(node, [KEYFRAMES, ROOM_MARKERS])

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:  # noqa: ARG002
        """Show the map in place of the last one."""
        self._publishers.publish([keyframe_markers(place_map), room_markers(place_map)])

    def hear(self, answer: Answer) -> None:
        """The map stays as it is."""

    def forget(self) -> None:
        """So it does."""

    def close(self) -> None:
        """Take the topics down."""
        self._publishers.close()


def _draw(answer: Answer) -> OutputMessage:
    return answer_markers(answer.estimate, answer.place_map, answer.sound)
