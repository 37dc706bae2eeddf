"""The node in this process: an activation that fails leaves it as silent as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.parameter import Parameter

from vpr_ros.core.errors import SourceError
from vpr_ros.core.outputs.topics import OUTPUT_TOPICS
from vpr_ros.ros import localization
from vpr_ros.ros.localizer_node import FAILURE, SUCCESS, LocalizerNode


@pytest.fixture
def node(domain: int, small_map: Path) -> Iterator[LocalizerNode]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    given = [Parameter("map.path", value=str(small_map)), Parameter("autostart", value=False)]
    node = LocalizerNode(context=context, parameter_overrides=given)
    yield node
    node.close()
    node.destroy_node()
    context.try_shutdown()


def _switched_on(node: LocalizerNode) -> int:
    return sum(publisher.is_activated for publisher in node._managed_entities)


def test_publishers_are_switched_off_when_activation_fails(
    node: LocalizerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: Any) -> None:
        raise SourceError("no camera")

    assert node.trigger_configure() == SUCCESS
    with monkeypatch.context() as broken:
        broken.setattr(localization, "Looking", cannot)
        assert node.trigger_activate() == FAILURE
    assert _switched_on(node) == 0
    assert node.trigger_activate() == SUCCESS
    assert _switched_on(node) == len(node._managed_entities) >= len(OUTPUT_TOPICS)
