"""The topics of the core's outputs: places, rooms, poses, candidates."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.outputs import messages_of, withdrawn_messages
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.outputs.publishers import Publishers


class AnswerTopics:
    """An AnswerListener. Silent unless the node is active."""

    def __init__(self, node: LifecycleNode) -> None:
        self._publishers = Publishers(node)

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:
        """Each answer brings its map."""

    def hear(self, answer: Answer) -> None:
        """Publish what the estimate says."""
        place_map = answer.place_map
        names = place_map.map_id, place_map.map_frame, answer.base_frame
        self._publishers.publish(messages_of(answer.estimate, place_map.table, *names))

    def forget(self) -> None:
        """Late subscribers shall not read an old room."""
        self._publishers.publish(withdrawn_messages())

    def close(self) -> None:
        """Take the topics down."""
        self._publishers.close()
