"""The topics of every answer: place, room, floor, poses, candidates, the match."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.outputs.answer_messages import messages_of, withdrawn_messages
from vpr_ros.core.outputs.topics import DETECTIONS, OUTPUT_TOPICS, RTABMAP_GLOBAL_POSE
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.outputs.publishers import Publishers


class AnswerTopics:
    """An AnswerListener. Silent unless the node is active. for_rtabmap: fixes also as rtabmap wants them."""

    def __init__(self, node: LifecycleNode, for_rtabmap: bool) -> None:
        self._publishers = Publishers(
            node, [*OUTPUT_TOPICS, DETECTIONS, *([RTABMAP_GLOBAL_POSE] if for_rtabmap else [])]
        )

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:
        """Each answer brings its map."""

    def hear(self, answer: Answer) -> None:
        """Publish what the estimate says, and its pose where that is a fix."""
        told = answer.estimate, answer.place_map, answer.base_frame, answer.fix, answer.held_back, answer.epoch
        self._publishers.publish(messages_of(*told, wanted=self._publishers.wanted))

    def forget(self) -> None:
        """Late subscribers shall not read an old room."""
        self._publishers.publish(withdrawn_messages())

    def close(self) -> None:
        """Take the topics down."""
        self._publishers.close()
