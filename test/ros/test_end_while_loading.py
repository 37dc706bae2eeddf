"""A node that is told to end while its map still loads: a network takes its time to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter

from vpr_ros.ros import load_map
from vpr_ros.ros.localizer_node import LocalizerNode


@pytest.mark.parametrize("loads", [True, False])
def test_ending_while_a_map_loads_is_no_defect(
    domain: int, small_map: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], loads: bool
) -> None:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = LocalizerNode(context=context, parameter_overrides=[Parameter("map.path", value=str(small_map))])
    load, ended = load_map.load_localizer, []

    def end_meanwhile(*arguments):
        node.close()
        node.destroy_node()
        ended.append(True)
        if not loads:
            raise RuntimeError("whatever a library says when the process ends")
        return load(*arguments)

    monkeypatch.setattr(load_map, "load_localizer", end_meanwhile)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        while not ended:
            executor.spin_once(timeout_sec=1)
    finally:
        executor.shutdown()
        context.try_shutdown()
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err
    assert "failed" not in told.out + told.err
