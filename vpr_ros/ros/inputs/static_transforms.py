"""Where things sit on the robot, as /tf_static says. Knows no rclpy."""

from __future__ import annotations

import threading

import numpy as np

from vpr_ros.core.outputs.topics import is_place_frame
from vpr_ros.core.records import Matrix4
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.transform_tree import TransformTree, TreeBuilder, frame_name

TF_MESSAGE = "tf2_msgs/msg/TFMessage"


class StaticTransforms:
    """Fills up with every message, from any thread; the newest of a frame counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._builder = TreeBuilder()
        self._tree: TransformTree | None = None

    def receive(self, cdr: bytes) -> None:
        """A tf2_msgs/TFMessage as it came over the wire. Raises SourceError where it is none."""
        transforms = deserialize_message(TF_MESSAGE, cdr).transforms
        with self._lock:
            for each in transforms:
                if is_place_frame(each.child_frame_id):
                    continue  # our own, by the hundred and ever more: nothing of a robot hangs on them
                moved, turned = each.transform.translation, each.transform.rotation
                values = (moved.x, moved.y, moved.z, turned.x, turned.y, turned.z, turned.w)
                self._builder.add(each.header.frame_id, each.child_frame_id, 0, values, is_static=True)
                self._tree = None

    def take_from(self, other: StaticTransforms) -> None:
        """Know what the other knows now, and nothing else."""
        with other._lock:
            builder = other._builder.copy_static()
        with self._lock:
            self._builder, self._tree = builder, None

    def lookup(self, target: str, source: str) -> Matrix4 | None:
        """target_from_source, None where they are not joined."""
        target, source = frame_name(target), frame_name(source)
        if target == source:
            return np.eye(4)
        with self._lock:
            tree = self._tree = self._tree or self._builder.build()[0]
        if not tree.connects(target, source):
            return None
        poses, known = tree.lookup(target, source, np.zeros(1, np.int64), 0.0)
        return np.array(poses[0]) if known[0] else None
