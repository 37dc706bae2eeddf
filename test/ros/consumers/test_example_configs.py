"""config/examples and docs/on_a_robot.md: topics, services, frames and parameters are those that we really have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.outputs import topics
from vpr_ros.core.outputs.topics import POSE, OutputTopic
from vpr_ros.core.parse_settings import describe_settings, flatten_settings, settings_from_mapping
from vpr_ros.ros.consumers.map_to_odom_settings import MapToOdomSettings

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "config" / "examples").glob("*.yaml"))
DOCUMENT = (ROOT / "docs" / "on_a_robot.md").read_text(encoding="utf-8").partition("## Wiring")[2]
SERVICES = {"/vpr/relocalize", "/vpr/reinitialize"}
PUBLISHED = {
    topic.name.replace("~", "/vpr"): topic.type_name
    for topic in vars(topics).values()
    if isinstance(topic, OutputTopic)
}
# What each package calls the three frames.
FRAMES = {
    "map": {"global_frame_id", "map_frame", "map_frame_id", "world_frame"},
    "odom": {"odom_frame_id", "odom_frame"},
    "base_link": {"base_frame_id", "base_frame", "base_link_frame", "frame_id"},
}


def _load(name: str) -> dict[str, Any]:
    file = ROOT / "config" / "examples" / name
    return {node: content["ros__parameters"] for node, content in yaml.safe_load(file.read_text("utf-8")).items()}


def test_every_example_is_linked_and_every_link_is_an_example() -> None:
    assert set(re.findall(r"config/examples/(\w+\.yaml)", DOCUMENT)) == {file.name for file in FILES}
    assert len(FILES) >= 5


@pytest.mark.parametrize("text", [*(file.read_text("utf-8") for file in FILES), DOCUMENT])
def test_what_is_named_under_vpr_is_published_or_served(text: str) -> None:
    named = {name.rstrip("/.") for name in re.findall(r"(?<![\w>])/vpr/[a-z_/]+", text)}
    assert named <= {*PUBLISHED, *SERVICES}


def test_services_are_those_of_the_node() -> None:
    source = (ROOT / "vpr_ros" / "ros" / "services" / "node_services.py").read_text("utf-8")
    assert not [name for name in SERVICES if f"~/{name.removeprefix('/vpr/')}" not in source]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_frames_are_ours(file: Path) -> None:
    ours = {"map": NodeSettings().map_frame, "base_link": NodeSettings().base_frame}
    for node, parameters in _load(file.name).items():
        for kind, names in FRAMES.items():
            given = {parameters[name] for name in names & set(parameters)}
            assert given <= {ours.get(kind, kind)}, node


@pytest.mark.parametrize("file", [file for file in FILES if file.stem != "nav2_lifecycle"], ids=lambda file: file.stem)
def test_our_own_parameters_are_settings(file: Path) -> None:
    settings = settings_from_mapping(_load(file.name)["vpr"])
    assert settings.node.initialpose in ("off", "startup")
    assert describe_settings()["node.initialpose"]["choices"] == ("off", "service", "startup")


def test_robot_localization_keeps_history_for_the_latest_fix() -> None:
    parameters = _load("robot_localization.yaml")["ekf_filter_node_map"]
    assert parameters["smooth_lagged_data"] is True
    assert parameters["history_length"] >= 2 * NodeSettings().max_age_s
    assert PUBLISHED[parameters["pose0"]] == POSE
    assert [len(parameters[name]) for name in ("pose0_config", "odom0_config")] == [15, 15]
    assert [number for number, used in enumerate(parameters["pose0_config"]) if used] == [0, 1, 5]
    assert not [name for name in parameters if "rejection" in name]


def test_nav2_manages_a_node_without_a_bond() -> None:
    parameters = _load("nav2_lifecycle.yaml")["lifecycle_manager_vpr"]
    assert parameters["node_names"] == ["vpr"]
    assert parameters["bond_timeout"] == 0.0


def test_parameters_of_map_to_odom_are_documented_with_their_defaults() -> None:
    table = DOCUMENT.partition("### map -> odom")[2].partition("### Under")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| `")]
    told: dict[str, str] = {}
    for _, names, defaults, *_ in rows:
        each = re.findall(r"`(\w+)`", names)
        values = [value.strip() for value in defaults.split(",")]
        told.update(zip(each, values if len(values) == len(each) else values * len(each), strict=True))
    defaults = flatten_settings(MapToOdomSettings())
    assert set(told) == set(defaults)
    for name, default in defaults.items():
        expected = str(default).lower() if isinstance(default, bool) else str(default) or "those of the messages"
        assert told[name] == expected, name
