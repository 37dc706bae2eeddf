"""The QoS that a recorded topic is played with: what its publishers offered when it was recorded."""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rosbags.interfaces import Qos, QosDurability, QosReliability

DEFAULT_DEPTH = 10
MAX_DEPTH = 1000


def choose_qos(topic: str, offered: Sequence[Qos]) -> QoSProfile:
    """One profile for all publishers that were recorded on the topic.

    Reliable unless all were best effort; latched if any was, then as deep as they were together: two processes that
    each latched a static transform become one publisher that latches two. `/tf_static` is latched whatever is recorded.
    """
    best_effort = bool(offered) and all(one.reliability == QosReliability.BEST_EFFORT for one in offered)
    latched = topic.endswith("/tf_static") or any(one.durability == QosDurability.TRANSIENT_LOCAL for one in offered)
    depth = sum(max(one.depth, 1) for one in offered) if latched and offered else DEFAULT_DEPTH
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=min(depth, MAX_DEPTH),
        reliability=ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )
