"""Whether somebody else says where a frame is: a frame has one parent, and two who say so tear it. Knows no rclpy."""

from __future__ import annotations

from collections import deque

from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.transform_tree import frame_name

# What we sent comes back to us within moments.
_REMEMBERED = 1000


class OtherOwner:
    """Told of all that is sent and heard, whatever the frames: which one matters may be known later only."""

    def __init__(self) -> None:
        self._sent: deque[tuple[str, int, tuple[float, ...]]] = deque(maxlen=_REMEMBERED)
        self._children: set[str] = set()
        self._parents: dict[str, str] = {}

    def sent(self, child: str, stamp_ns: int, translation: tuple[float, ...]) -> None:
        """Our own, before it is published."""
        self._sent.append((frame_name(child), stamp_ns, translation))
        self._children.add(frame_name(child))

    def hear(self, cdr: bytes) -> None:
        """A tf2_msgs/TFMessage as it came over the wire, ours or not. Raises SourceError where it is none."""
        for each in deserialize_message(TF_MESSAGE, cdr).transforms:
            child, stamp, moved = frame_name(each.child_frame_id), each.header.stamp, each.transform.translation
            said = child, stamp.sec * 10**9 + stamp.nanosec, (moved.x, moved.y, moved.z)
            # /tf is full of others' frames, a thousand a second: those are not looked for among ours.
            if child not in self._children or said not in self._sent:
                self._parents[child] = frame_name(each.header.frame_id)

    def parent_of(self, child: str) -> str | None:
        """The parent that somebody else has given to this frame; None while nobody has."""
        return self._parents.get(frame_name(child))
