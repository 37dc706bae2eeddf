"""What holds now: changes that take effect at once, and those that wait until a map is loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter

from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.parameters import declare_parameters


@pytest.fixture
def node(domain: int) -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = rclpy.create_node("vpr", context=context, start_parameter_services=False)
    declare_parameters(node)
    yield node
    node.destroy_node()
    context.try_shutdown()


class _Humble:
    """A node that tells nobody after it has set parameters."""

    def __init__(self, node: Node) -> None:
        self.get_parameter = node.get_parameter


@pytest.mark.parametrize("humble", [False, True])
def test_live_ones_change_at_once_and_the_others_with_settle(node: Node, humble: bool) -> None:
    live = LiveSettings(_Humble(node) if humble else node)  # type: ignore[arg-type]
    changes = [Parameter("node.rate_hz", value=2.5), Parameter("node.base_frame", value="torso")]
    assert node.set_parameters_atomically(changes).successful
    assert (live.node.rate_hz, live.node.base_frame) == (2.5, "base_link")
    live.settle(live.newest())
    assert live.node.base_frame == "torso"


def test_settings_that_are_half_set_are_not_obeyed_and_nobody_dies_of_them(node: Node) -> None:
    """Humble writes parameters one by one, while the worker asks for its rate: that once ended its thread."""
    humble = _Humble(node)
    live = LiveSettings(humble)  # type: ignore[arg-type]
    before = live.settings
    half = {"rooms.voters": 30}  # retrieval.top_k, which is to be 40, is 20 still
    whole = {**half, "retrieval.top_k": 40}
    given: dict[str, int] = half

    def get_parameter(name: str) -> Parameter:
        return Parameter(name, value=given[name]) if name in given else node.get_parameter(name)

    humble.get_parameter = get_parameter  # type: ignore[method-assign,assignment]
    assert live.settings is before
    given = whole
    assert (live.settings.rooms.voters, live.settings.retrieval.top_k) == (30, 40)


def test_a_refused_change_changes_nothing_and_the_object_stays_the_same(node: Node) -> None:
    live = LiveSettings(node)
    before = live.settings
    assert not node.set_parameters_atomically([Parameter("node.rate_hz", value=0.0)]).successful
    assert live.settings is before
