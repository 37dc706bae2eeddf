"""config/localize.rviz and config/localize.foxglove.json: displays name topics that the node publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpr_ros.core.outputs import topics
from vpr_ros.core.outputs.topics import COMPRESSED_IMAGE, DIAGNOSTICS, MARKER_ARRAY, POSE, POSES, STRING, OutputTopic

CONFIG = Path(__file__).resolve().parents[2] / "config"
RVIZ = yaml.safe_load((CONFIG / "localize.rviz").read_text(encoding="utf-8"))
FOXGLOVE = json.loads((CONFIG / "localize.foxglove.json").read_text(encoding="utf-8"))
TOPICS = {topic.name.replace("~", "/vpr"): topic for topic in vars(topics).values() if isinstance(topic, OutputTopic)}
# What each class of rviz_default_plugins shows, and what each kind of panel does.
SHOWN = {
    "rviz_default_plugins/PoseWithCovariance": (POSE,),
    "rviz_default_plugins/PoseArray": (POSES,),
    "rviz_default_plugins/MarkerArray": (MARKER_ARRAY,),
    "rviz_default_plugins/Image": (COMPRESSED_IMAGE, "sensor_msgs/msg/Image"),
    "3D": (POSE, POSES, MARKER_ARRAY),
    "Image": (COMPRESSED_IMAGE, "sensor_msgs/msg/Image"),
    "StateTransitions": (STRING,),
    "RawMessages": (DIAGNOSTICS,),
}
WITHOUT_TOPIC = ("rviz_default_plugins/Grid", "rviz_default_plugins/TF")
EVERYBODY_NEEDS = {
    "keyframes",
    "room_markers",
    "candidates",
    "coarse_pose",
    "pose",
    "markers",
    "debug_image/compressed",
}


def _displays() -> list[dict[str, Any]]:
    displays = RVIZ["Visualization Manager"]["Displays"]
    return [display for display in displays if display["Class"] not in WITHOUT_TOPIC]


def _named_by_foxglove() -> Iterator[tuple[str, str]]:
    """Kinds of panels and topics."""
    for name, panel in FOXGLOVE["configById"].items():
        kind = name.partition("!")[0]
        named = [*panel.get("topics", {}), panel.get("imageMode", {}).get("imageTopic"), panel.get("topicPath")]
        named += [path["value"] for path in panel.get("paths", [])]
        for topic in filter(None, named):
            yield kind, re.split(r"[.\[]", topic)[0]


@pytest.mark.parametrize("display", _displays(), ids=lambda display: display["Name"])
def test_rviz_shows_what_is_published_as_what_it_is(display: dict[str, Any]) -> None:
    asked = display["Topic"]
    published = TOPICS[asked["Value"]]
    assert published.type_name in SHOWN[display["Class"]]
    # One who asks for less hears nothing that was said before; one who asks for more than is offered hears nothing.
    assert asked["Durability Policy"] == ("Transient Local" if published.latched else "Volatile")


def test_rviz_gets_compressed_images_by_the_name_that_says_so() -> None:
    """Its Image display takes the transport from the end of the topic's name (get_transport_from_topic.cpp)."""
    (image,) = [display for display in _displays() if display["Class"].endswith("/Image")]
    assert image["Topic"]["Value"].endswith("/compressed")


@pytest.mark.parametrize(("kind", "topic"), list(_named_by_foxglove()))
def test_foxglove_shows_what_is_published_as_what_it_is(kind: str, topic: str) -> None:
    assert TOPICS[topic].type_name in SHOWN[kind]


def test_both_show_everything_that_is_made_to_be_seen() -> None:
    wanted = {f"/vpr/{name}" for name in EVERYBODY_NEEDS}
    assert {display["Topic"]["Value"] for display in _displays()} == wanted
    assert {topic for _, topic in _named_by_foxglove()} >= wanted


def test_both_look_from_the_map() -> None:
    assert RVIZ["Visualization Manager"]["Global Options"]["Fixed Frame"] == "map"
    assert FOXGLOVE["configById"]["3D!vpr_map"]["followTf"] == "map"
    assert FOXGLOVE["configById"]["DiagnosticSummary!vpr_health"]["topicToRender"] == "/diagnostics"


def test_every_panel_has_its_place() -> None:
    def placed(node: Any) -> set[str]:
        return {node} if isinstance(node, str) else placed(node["first"]) | placed(node["second"])

    assert placed(FOXGLOVE["layout"]) == set(FOXGLOVE["configById"])


def test_frames_of_places_do_not_crowd_the_view() -> None:
    (frames,) = [each for each in RVIZ["Visualization Manager"]["Displays"] if each["Class"].endswith("/TF")]
    hidden = re.compile(frames["Filter (blacklist)"])
    assert hidden.fullmatch(topics.place_frame("office", 412))
    assert not hidden.fullmatch("base_link")


def test_the_node_publishes_all_of_it(domain: int, small_map: Path, tmp_path: Path) -> None:
    pytest.importorskip("rclpy")
    from robot import ACTIVE, Client, NodeProcess, wait_until

    wanted = {(display["Topic"]["Value"], TOPICS[display["Topic"]["Value"]].type_name) for display in _displays()}

    def published() -> set[tuple[str, str]]:
        rows = client.node.get_publisher_names_and_types_by_node("vpr", "/")
        return {(topic, kind) for topic, kinds in rows for kind in kinds}

    with Client(domain) as client, NodeProcess(domain, tmp_path / "log", {"map.path": small_map}):
        client.wait_for_state(ACTIVE)
        wait_until(lambda: wanted <= published(), f"{wanted} to be published")
