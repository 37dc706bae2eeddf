"""launch/localize.launch.py: its arguments everywhere, its node where launch_ros is installed."""

from __future__ import annotations

import ast
import json
import os
import runpy
import sys
from pathlib import Path

import pytest
import yaml

from vpr_ros.assemble import RECIPE_GROUPS
from vpr_ros.core.parse_settings import flatten_settings, settings_from_flat
from vpr_ros.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / "launch" / "localize.launch.py"
ARGUMENTS = {
    "vpr_map",
    "image",
    "camera_info",
    "base_frame",
    "map_frame",
    "params_file",
    "namespace",
    "use_sim_time",
    "autostart",
}


def _declared() -> set[str]:
    for statement in ast.parse(LAUNCH_FILE.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "ARGUMENTS":
            assert isinstance(statement.value, ast.Dict)
            return {ast.literal_eval(key) for key in statement.value.keys if key is not None}
    raise AssertionError("no ARGUMENTS")


def test_arguments_are_those_of_the_documentation() -> None:
    assert _declared() == ARGUMENTS
    documented = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
    assert not [name for name in ARGUMENTS if f"`{name}`" not in documented]


def _flat(group: dict, prefix: str = "") -> dict:
    flat = {}
    for name, value in group.items():
        flat.update(_flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value})
    return flat


def test_shipped_parameters_are_the_defaults() -> None:
    loaded = yaml.safe_load((ROOT / "config" / "localizer.yaml").read_text(encoding="utf-8"))
    given = _flat(loaded["/**"]["ros__parameters"])
    assert (given.pop("map.path"), given.pop("image_transport")) == ("", "auto")
    assert settings_from_flat(given) == Settings()
    assert set(given) <= set(flatten_settings(Settings()))


def test_shipped_parameters_name_nothing_that_a_map_decides() -> None:
    """What a file names must be the map's: every map but one of the defaults would be refused."""
    loaded = yaml.safe_load((ROOT / "config" / "localizer.yaml").read_text(encoding="utf-8"))
    given = _flat(loaded["/**"]["ros__parameters"])
    assert not [name for name in given if name.split(".")[0] in RECIPE_GROUPS or name == "node.map_frame"]


@pytest.fixture
def launch_file() -> dict:
    pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
    return runpy.run_path(str(LAUNCH_FILE))


def test_every_argument_is_declared_with_a_description(launch_file: dict) -> None:
    declared = launch_file["generate_launch_description"]().get_launch_arguments()
    assert {argument.name for argument in declared} == ARGUMENTS
    assert all(argument.description for argument in declared)


PROGRAM = """#!{python}
import json, pathlib, sys
read = [pathlib.Path(value).read_text() for key, value in zip(sys.argv, sys.argv[1:]) if key == "--params-file"]
pathlib.Path({told!r}).write_text(json.dumps([sys.argv[1:], read]))
"""


def _launched(folder: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> tuple[list[str], str]:
    """Launch for real, with a program in the node's place: its arguments, and what its parameter files say."""
    from launch.actions import IncludeLaunchDescription

    from launch import LaunchDescription, LaunchService

    index, program, told = (
        folder / "share/ament_index/resource_index/packages",
        folder / "lib/vpr_ros/localizer",
        folder / "told",
    )
    index.mkdir(parents=True)
    (index / "vpr_ros").touch()
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM.format(python=sys.executable, told=str(told)), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(folder), prepend=os.pathsep)
    service = LaunchService(noninteractive=True)
    included = IncludeLaunchDescription(str(LAUNCH_FILE), launch_arguments=given.items())
    service.include_launch_description(LaunchDescription([included]))
    assert service.run() == 0
    arguments, files = json.loads(told.read_text(encoding="utf-8"))
    return arguments, "\n".join(files)


@pytest.mark.usefixtures("launch_file")
def test_topics_parameters_and_home_reach_the_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.yaml").write_text("/**: {ros__parameters: {node: {rate_hz: 2.0}}}\n", encoding="utf-8")
    given = {"vpr_map": "~/maps/7", "params_file": "~/mine.yaml", "namespace": "r1", "use_sim_time": "True"}
    arguments, parameters = _launched(tmp_path, monkeypatch, image="/front/image_raw/compressed", **given)
    assert {"__node:=vpr", "__ns:=/r1", "image:=/front/image_raw/compressed"} <= set(arguments)
    assert "camera_info:=/front/camera_info" in arguments
    assert "rate_hz: 2.0" in parameters
    assert "map.path: ~/maps/7" in parameters
    assert "use_sim_time: true" in parameters
    assert "map_frame" not in parameters  # not given, so what the map says


@pytest.mark.usefixtures("launch_file")
def test_named_frames_and_calibration_prevail_over_the_shipped_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"map_frame": "building", "base_frame": "base", "camera_info": "/k", "autostart": "false"}
    arguments, parameters = _launched(tmp_path, monkeypatch, **given)
    assert {"image:=image", "camera_info:=/k"} <= set(arguments)
    shipped, ours = parameters.index("base_frame: base_link"), parameters.index("node.base_frame: base")
    assert shipped < ours
    assert "node.map_frame: building" in parameters
    assert "autostart: false" in parameters


@pytest.mark.usefixtures("launch_file")
def test_what_is_neither_true_nor_false_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AssertionError):
        _launched(tmp_path, monkeypatch, use_sim_time="maybe")
    assert "use_sim_time:=maybe is neither true nor false" in caplog.text
