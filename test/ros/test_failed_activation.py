"""The node in this process: what goes wrong at its edges leaves it as silent, and as alive, as it was."""

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


def test_somebody_who_is_quicker_than_autostart_does_not_end_the_node(
    node: LocalizerNode, capfd: pytest.CaptureFixture[str]
) -> None:
    """A lifecycle manager beside autostart: rclpy's error would escape from the timer, and end the executor."""
    node._autostart = node.create_timer(1000.0, node._start)
    assert node.trigger_configure() == SUCCESS
    node._start()
    assert "somebody else changes the state" in capfd.readouterr().err
    assert node.trigger_activate() == SUCCESS


def test_what_was_said_of_a_camera_that_has_died_is_withdrawn_once(node: LocalizerNode) -> None:
    """~/room is latched: it would name the room where the camera died, to whoever comes, for ever."""
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    looking = node._localization.looking
    assert looking is not None
    forgotten: list[bool] = []
    forget, looking._listener.forget = looking._listener.forget, lambda: forgotten.append(True)  # type: ignore[method-assign]
    try:
        node._localization.tend()
        assert not forgotten
        for rounds in (1, 2):
            looking._live._usable_at_s -= 11.0
            node._localization.tend()
            node._localization.tend()
            assert len(forgotten) == rounds
            looking._live.expect_images()
            node._localization.tend()
    finally:
        looking._listener.forget = forget  # type: ignore[method-assign]


def test_what_is_said_stays_while_time_stands_still(node: LocalizerNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who pauses a bag does so to look at the markers."""
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    looking = node._localization.looking
    assert looking is not None
    forgotten: list[bool] = []
    monkeypatch.setattr(looking._listener, "forget", lambda: forgotten.append(True))
    clock = iter([7, 7, 7, 8])
    monkeypatch.setattr(looking, "_now_ns", lambda: next(clock))
    looking.tend()
    looking._live._usable_at_s -= 60.0
    looking.tend()
    looking.tend()
    assert not forgotten
    looking.tend()
    assert forgotten == [True]
    monkeypatch.undo()


def test_a_clock_that_jumps_while_the_node_is_cleaned_up_finds_nobody(node: LocalizerNode) -> None:
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    looking = node._localization.looking
    assert looking is not None
    assert node.trigger_deactivate() == SUCCESS
    assert node.trigger_cleanup() == SUCCESS
    looking.forget()  # begun before, and overtaken: its publishers are gone


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
