"""Recorded offers become the QoS that a topic is played with."""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy")

from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime

from vpr_ros.ros.replay.choose_qos import DEFAULT_DEPTH, choose_qos

NEVER = QosTime(0, 0)


def _offered(reliability: QosReliability, durability: QosDurability = QosDurability.VOLATILE, depth: int = 5) -> Qos:
    lively = QosLiveliness.AUTOMATIC
    return Qos(QosHistory.KEEP_LAST, depth, reliability, durability, NEVER, NEVER, lively, NEVER, False)


RELIABLE = _offered(QosReliability.RELIABLE)
BEST_EFFORT = _offered(QosReliability.BEST_EFFORT)
LATCHED = _offered(QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL, depth=1)


def test_unknown_offers_are_played_reliable_and_volatile() -> None:
    qos = choose_qos("/image", [])
    assert (qos.reliability, qos.durability) == (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE)
    assert qos.depth == DEFAULT_DEPTH


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ([BEST_EFFORT, BEST_EFFORT], ReliabilityPolicy.BEST_EFFORT),
        ([BEST_EFFORT, RELIABLE], ReliabilityPolicy.RELIABLE),
        ([RELIABLE], ReliabilityPolicy.RELIABLE),
    ],
)
def test_best_effort_only_where_everybody_was(offered: list[Qos], expected: ReliabilityPolicy) -> None:
    assert choose_qos("/image", offered).reliability == expected


def test_latched_topics_keep_what_their_publishers_kept_together() -> None:
    qos = choose_qos("/map", [LATCHED, LATCHED, LATCHED])
    assert (qos.durability, qos.depth) == (DurabilityPolicy.TRANSIENT_LOCAL, 3)


@pytest.mark.parametrize("topic", ["/tf_static", "/robot/tf_static"])
def test_static_transforms_are_latched_whatever_was_recorded(topic: str) -> None:
    assert choose_qos(topic, [RELIABLE]).durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert choose_qos(topic, []).durability == DurabilityPolicy.TRANSIENT_LOCAL
