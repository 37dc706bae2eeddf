"""Static TF from the map to the places that were matched, so that poses relative to a keyframe have their frame."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.outputs.place_transforms import TF_MESSAGE, TF_STATIC, TRANSFORM_STAMPED, place_transform
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.outputs.publishers import LATCHED
from vpr_ros.ros.plumbing.messages import MessageTypeError, message_class, message_from_fields

MOST_FRAMES = 200
"""A latched topic keeps its last message only, so each holds all places so far: those matched last, at most so many.
Who listened all the time knows the others too, for TF never forgets a static transform."""


class PlaceFrames:
    """An AnswerListener. wanted: whether to publish, asked with every answer.

    Without tf2_msgs nothing is published, which is logged once.
    """

    def __init__(self, node: LifecycleNode, wanted: Callable[[], bool]) -> None:
        self._node, self._wanted = node, wanted
        self._publisher = None
        self._table: PlaceTable | None = None
        self._transforms: OrderedDict[int, Any] = OrderedDict()
        try:
            self._kind = message_class(TF_MESSAGE)
        except MessageTypeError as error:
            node.get_logger().info(f"{error}: no frames of places on {TF_STATIC}")
            return
        self._publisher = node.create_lifecycle_publisher(self._kind, TF_STATIC, LATCHED)

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:  # noqa: ARG002
        """Places of another map are not of this one, though a map built anew in the same folder has the same id."""
        if place_map.table is not self._table and self._transforms:
            self._transforms.clear()
            self._publish()
        self._table = place_map.table

    def hear(self, answer: Answer) -> None:
        """Publish the place's transform along with those before it, where it is not among them."""
        place_id = answer.estimate.place_id
        if self._publisher is None or place_id is None or not self._wanted():
            return
        if place_id in self._transforms:
            self._transforms.move_to_end(place_id)
            return
        fields = place_transform(place_id, answer.estimate.stamp_ns, answer.place_map)
        if fields is None:
            return
        self._transforms[place_id] = message_from_fields(TRANSFORM_STAMPED, fields)
        if len(self._transforms) > MOST_FRAMES:
            self._transforms.popitem(last=False)
        self._publish()

    def forget(self) -> None:
        """Where places are holds for all time."""

    def close(self) -> None:
        """Publish no more."""
        if self._publisher is not None:
            self._node.destroy_lifecycle_publisher(self._publisher)

    def _publish(self) -> None:
        if self._publisher is not None:
            self._publisher.publish(self._kind(transforms=list(self._transforms.values())))
