"""Subscriptions go in one thread while another is about to wait for them: rclpy's own executor ends of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.waitable import NumberOfEntities, Waitable
from std_msgs.msg import String

from vpr_ros.ros.plumbing.steadfast_executor import SteadfastExecutor


@pytest.fixture
def node(domain: int) -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = rclpy.create_node("listener", context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


class Destroyer(Waitable):
    """Destroys a subscription when the executor has listed its events, and has not taken hold of them yet."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.default_callback_group)
        node.add_waitable(self)
        self.node, self.victim = node, node.create_subscription(String, "chatter", print, 1)

    def __enter__(self) -> None:
        self.node.destroy_subscription(self.victim)

    def __exit__(self, *_: object) -> None:
        """Holds nothing."""

    def get_num_entities(self) -> NumberOfEntities:
        return NumberOfEntities()

    def add_to_wait_set(self, _wait_set: object) -> None:
        """Nothing to wait for."""

    def is_ready(self, _wait_set: object) -> bool:
        return False


def test_it_goes_on_with_what_there_is(node: Node) -> None:
    destroyer, ticks = Destroyer(node), []
    executor = SteadfastExecutor(2, context=node.context)
    executor.add_node(node)
    executor.spin_once(timeout_sec=1.0)
    assert destroyer.victim not in list(node.subscriptions)
    node.create_timer(0.01, lambda: ticks.append(1))
    for _ in range(1000):
        executor.spin_once(timeout_sec=1.0)
        if ticks:
            break
    executor.shutdown()
    assert ticks


def test_callbacks_under_way_are_waited_for(node: Node) -> None:
    began, may_end, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        began.set()
        assert may_end.wait(10)
        ended.append(True)

    node.create_timer(0.01, work)
    executor = SteadfastExecutor(2, context=node.context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    assert began.wait(10)
    threading.Timer(0.2, may_end.set).start()
    executor.shutdown()
    assert ended
    thread.join(10)
    assert not thread.is_alive()
