"""Quality of service as a person wants it: read, judged, and offered over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from robot import ACTIVE, Camera, Client, NodeProcess, wait_until
from twelve_places import place_image

from vpr_ros.core.errors import SettingsError
from vpr_ros.ros.plumbing.qos_overrides import check_overrides, overridden

POSE = "qos_overrides./r1/vpr/pose.publisher"


@pytest.fixture
def context(domain: int) -> Iterator[Context]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    yield context
    rclpy.shutdown(context=context)


def _node(context: Context, **given: Any) -> Node:
    """Named /r1/vpr; a name's __ are dots and its topic is /r1/vpr/pose."""
    overrides = [Parameter(f"{POSE}.{name}", value=value) for name, value in given.items()]
    return rclpy.create_node("vpr", namespace="/r1", context=context, parameter_overrides=overrides)


def test_what_nobody_overrides_stays_and_is_no_parameter(context: Context) -> None:
    node = _node(context, depth=3)
    qos = overridden(node, "~/match", "publisher", QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    assert (qos.depth, qos.durability) == (10, DurabilityPolicy.TRANSIENT_LOCAL)
    assert not [name for name in node.get_parameters_by_prefix("qos_overrides") if "match" in name]


def test_every_policy_of_a_topic_can_be_overridden_again_and_again(context: Context) -> None:
    """configure comes after cleanup; the profile given is a constant of the program and stays as it is."""
    node = _node(context, depth=3, reliability="best_effort", durability="transient_local", history="keep_all")
    usual = QoSProfile(depth=10)
    for _ in range(2):
        qos = overridden(node, "~/pose", "publisher", usual)
        assert (qos.depth, qos.reliability) == (3, ReliabilityPolicy.BEST_EFFORT)
        assert (qos.durability, qos.history) == (DurabilityPolicy.TRANSIENT_LOCAL, HistoryPolicy.KEEP_ALL)
    assert usual.depth == 10
    assert node.get_parameter(f"{POSE}.depth").value == 3
    assert node.describe_parameter(f"{POSE}.depth").read_only
    assert overridden(node, "~/pose", "subscription", usual).depth == 10


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (f"{POSE}.reliability", "relible", "='relible' is not one of reliable, best_effort"),
        (f"{POSE}.durability", 1, "=1 is not one of volatile, transient_local"),
        (f"{POSE}.depth", 0, "=0: expected a whole number from 1 to 10000"),
        (f"{POSE}.depth", True, "=True: expected a whole number"),
        (f"{POSE}.depths", 1, "history, depth, reliability, durability of a publisher or subscription can be"),
        ("qos_overrides./pose.service.depth", 1, "of a publisher or subscription can be overridden"),
        ("qos_overrides.pose.publisher.depth", 1, "expected qos_overrides./<full topic>."),
    ],
)
def test_what_can_be_no_override_is_told(context: Context, name: str, value: Any, said: str) -> None:
    node = rclpy.create_node("vpr", context=context, parameter_overrides=[Parameter(name, value=value)])
    with pytest.raises(SettingsError) as error:
        check_overrides(node)
    assert str(error.value).startswith(name)
    assert said in str(error.value)


def test_a_file_for_all_nodes_may_say_more_of_the_clock(context: Context) -> None:
    deadline = Parameter("qos_overrides./clock.subscription.deadline", value=0)
    check_overrides(rclpy.create_node("vpr", context=context, parameter_overrides=[deadline]))


def test_the_node_offers_and_asks_for_what_a_person_wants(domain: int, small_map: Path, tmp_path: Path) -> None:
    parameters = {
        "map.path": small_map,
        "qos_overrides./vpr/place_id.publisher.reliability": "best_effort",
        "qos_overrides./vpr/place_id.publisher.durability": "transient_local",
        "qos_overrides./image.subscription.reliability": "best_effort",
    }
    with Client(domain) as client, NodeProcess(domain, tmp_path / "log", parameters) as node:
        client.wait_for_state(ACTIVE)
        (offered,) = wait_until(lambda: client.node.get_publishers_info_by_topic("/vpr/place_id"), "the topic")
        assert offered.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
        assert offered.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
        camera = Camera(client)  # reliable, which the node would follow
        camera.wait_for_node()
        (asked,) = wait_until(lambda: client.node.get_subscriptions_info_by_topic("/image"), "the subscription")
        assert asked.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
        assert "looking at /image (sensor_msgs/msg/Image, best effort)" in node.log
        shown: list[int] = []

        def localized() -> bool:
            shown.append(camera.show(place_image(3)))
            return "localized" in str(client.counts(health)) and client.counts(health)["localized"] > 0

        health = client.listen("/diagnostics", "diagnostic_msgs/msg/DiagnosticArray")
        wait_until(localized, "an image to be localized")
        late = client.listen(
            "/vpr/place_id",
            "std_msgs/msg/String",
            QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )
        camera.show(place_image(3))
        assert wait_until(lambda: late, "the place, also for who comes late")[0].data == "small/place_3"


def test_a_wrong_override_ends_the_process_with_one_line(domain: int, small_map: Path, tmp_path: Path) -> None:
    parameters = {"map.path": small_map, "qos_overrides./vpr/pose.publisher.reliability": "relible"}
    with NodeProcess(domain, tmp_path / "log", parameters) as node:
        assert node.process.wait(20.0) == 2
        assert "'relible' is not one of reliable, best_effort" in node.log
        assert len(node.log.splitlines()) == 1
