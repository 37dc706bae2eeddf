"""The node in this process: what a person names must be what the map says, be it the default's value; ~ is home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.parameter import Parameter

from vpr_ros.ros.localizer_node import FAILURE, SUCCESS, LocalizerNode


@pytest.fixture(scope="module")
def context(domain: int) -> Iterator[Context]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    yield context
    context.try_shutdown()


@contextmanager
def _node(context: Context, map_path: Path, given: dict[str, Any]) -> Iterator[LocalizerNode]:
    values = {"map.path": str(map_path), "autostart": False, **given}
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    node = LocalizerNode(context=context, parameter_overrides=overrides)
    try:
        yield node
    finally:
        node.close()
        node.destroy_node()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("aggregation.clusters", 128, ("aggregation.clusters=8", "128 was asked for")),
        ("node.map_frame", "map", ("its poses are in frame 'world'", "node.map_frame says 'map'")),
        ("node.map_frame", "building", ("its poses are in frame 'world'", "node.map_frame says 'building'")),
    ],
)
@pytest.mark.parametrize("at_start", [True, False])
def test_naming_another_value_than_the_maps_fails_configure_in_one_line(
    context: Context,
    world_map: Path,
    capfd: pytest.CaptureFixture[str],
    at_start: bool,
    name: str,
    value: Any,
    said: tuple[str, str],
) -> None:
    with _node(context, world_map, {name: value} if at_start else {}) as node:
        if not at_start:
            assert node.set_parameters([Parameter(name, value=value)])[0].successful
        capfd.readouterr()
        assert node.trigger_configure() == FAILURE
    (line,) = capfd.readouterr().err.splitlines()
    assert all(part in line for part in said)


@pytest.mark.parametrize("given", [{}, {"aggregation.clusters": 8, "node.map_frame": "world"}])
def test_naming_nothing_or_what_the_map_says_is_configured(context: Context, world_map: Path, given: dict) -> None:
    with _node(context, world_map, given) as node:
        assert node.trigger_configure() == SUCCESS


@pytest.mark.parametrize(
    ("mounting", "base", "planar", "result"),
    [
        ("map", "torso", False, FAILURE),
        ("map", "/base_link", True, SUCCESS),
        ("map", None, True, SUCCESS),
        ("tf", "torso", False, SUCCESS),
        ("tf", "torso", True, FAILURE),  # its height would be pulled to that of the map's base
    ],
)
def test_what_the_map_knows_of_its_own_base_is_not_said_of_another(
    context: Context,
    world_map: Path,
    capfd: pytest.CaptureFixture[str],
    mounting: str,
    base: str | None,
    planar: bool,
    result: Any,
) -> None:
    """map_to_odom, and whoever else fuses the poses, would be told one base and get another's."""
    given = {"node.mounting": mounting, "pose.planar": planar, **({} if base is None else {"node.base_frame": base})}
    with _node(context, world_map, given) as node:
        assert node.trigger_configure() == result
    said = "its poses are of 'base_link', node.base_frame says 'torso'"
    assert (said in capfd.readouterr().err) == (base == "torso")


def test_the_maps_path_may_begin_at_home(context: Context, small_map: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(small_map.parent))
    with _node(context, Path("~") / small_map.name, {}) as node:
        assert node.trigger_configure() == SUCCESS
