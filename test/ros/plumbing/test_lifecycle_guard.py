"""The node while a transition takes its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

import rclpy
import robot
from lifecycle_msgs.msg import State
from rclpy.context import Context
from rclpy.parameter import Parameter
from robot import Client, wait_until

from vpr_ros.core.errors import MapError
from vpr_ros.ros import load_map
from vpr_ros.ros.localizer_node import LocalizerNode
from vpr_ros.ros.plumbing.steadfast_executor import SteadfastExecutor


class SlowMap:
    """A map that takes as long to load as the test wants, and then is not there."""

    def __init__(self) -> None:
        self.asked: list[Path] = []
        self.loaded = threading.Event()

    def load(self, path: Path, _settings: object, _named: object) -> None:
        self.asked.append(path)
        assert self.loaded.wait(robot.PATIENCE_S)
        raise MapError(f"{path}: there is no such map")


@pytest.fixture
def slow_map(monkeypatch: pytest.MonkeyPatch) -> SlowMap:
    slow = SlowMap()
    monkeypatch.setattr(load_map, "load_localizer", slow.load)
    return slow


@pytest.fixture
def client(domain: int, slow_map: SlowMap) -> Iterator[Client]:
    """A client of a node in this process."""
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    given = [Parameter("map.path", value="~/maps/office"), Parameter("autostart", value=False)]
    node = LocalizerNode(context=context, parameter_overrides=given)
    executor = SteadfastExecutor(3, context=context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    with Client(domain) as client:
        yield client
    slow_map.loaded.set()
    node.close()
    executor.shutdown()
    thread.join(robot.PATIENCE_S)
    node.destroy_node()
    context.try_shutdown()


def test_while_a_map_is_loaded_parameters_answer_and_other_transitions_are_refused(
    client: Client, slow_map: SlowMap
) -> None:
    assert client.state() == robot.UNCONFIGURED
    outcome: list[bool] = []

    def configure() -> None:
        with Client(client.domain) as another:
            outcome.append(another.change_state(robot.CONFIGURE))

    configuring = threading.Thread(target=configure)
    configuring.start()
    wait_until(lambda: slow_map.asked, "configure to load")
    assert slow_map.asked == [Path("~/maps/office")]
    assert client.state() == State.TRANSITION_STATE_CONFIGURING
    assert client.set_parameters(node__rate_hz=3.0) == (True, "")
    assert client.change_state(robot.CONFIGURE) is False
    slow_map.loaded.set()
    configuring.join(robot.PATIENCE_S)
    assert outcome == [False]
    assert client.state() == robot.UNCONFIGURED
