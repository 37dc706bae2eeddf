"""The topics of the core's outputs: places, rooms, poses, candidates."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.outputs.answer_messages import messages_of, withdrawn_messages
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
        told = answer.estimate, answer.place_map, answer.base_frame, answer.fix, answer.held_back, answer.epoch
        self._publishers.publish(messages_of(*told))

    def forget(self) -> None:
        """Late subscribers shall not read an old room."""
        self._publishers.publish(withdrawn_messages())

    def close(self) -> None:
        """Take the topics down."""
        self._publishers.close()
