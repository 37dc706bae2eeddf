"""Parameters at start: every setting by its name, and nothing that is not understood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import flatten_settings
from vpr_ros.core.settings import Settings
from vpr_ros.ros.parameters import camera_setups, declare_parameters, read_settings, takes_effect


@pytest.fixture(scope="module")
def context(domain: int) -> Iterator[Context]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    yield context
    context.try_shutdown()


@contextmanager
def _node(context: Context, **given: Any) -> Iterator[Node]:
    overrides = [Parameter(name.replace("__", "."), value=value) for name, value in given.items()]
    node = rclpy.create_node("vpr", context=context, parameter_overrides=overrides, start_parameter_services=False)
    try:
        yield node
    finally:
        node.destroy_node()


def test_without_overrides_the_parameters_are_the_default_settings(context: Context) -> None:
    with _node(context) as node:
        declare_parameters(node)
        assert read_settings(node) == Settings()
        assert all(node.has_parameter(name) for name in flatten_settings(Settings()))
        described = node.describe_parameter("retrieval.top_k")
        assert described.description
        assert (described.integer_range[0].from_value, described.integer_range[0].to_value) == (1, 1000)


def test_whole_numbers_are_welcome_where_fractions_are_meant(context: Context) -> None:
    with _node(context, node__rate_hz=5, features__dense_sift__bin_sizes_px=[4, 6]) as node:
        declare_parameters(node)
        settings = read_settings(node)
        assert settings.node.rate_hz == 5.0
        assert settings.features.dense_sift.bin_sizes_px == (4, 6)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"retreival__top_k": 3}, "unknown parameter 'retreival.top_k'; did you mean retrieval.top_k or"),
        ({"autostrat": True}, "unknown parameter 'autostrat'; did you mean autostart?"),
        ({"retrieval__top_k": 0}, "retrieval.top_k=0 is outside 1..1000"),
        ({"node__rate_hz": "fast"}, "node.rate_hz: expected float, got 'fast'"),
        ({"rooms__voters": 30}, "rooms.voters=30 asks for more candidates than retrieval.top_k=20"),
        ({"map__path": 7}, "map.path: expected str, got 7"),
        ({"cameras": ["front", "pose"]}, "cameras: 'pose' is the name of a group of settings"),
        ({"cameras": ["front"], "left__rectified": "true"}, "unknown parameter 'left.rectified'; did you mean"),
        ({"camera__base_from_camera": [1.0]}, "camera.base_from_camera: expected x, y, z, roll, pitch, yaw, got [1.0]"),
        ({"image_transport": "theora"}, "image_transport='theora' is not one of auto, raw, compressed"),
    ],
)
def test_what_is_not_understood_stops_the_start(context: Context, given: dict[str, Any], said: str) -> None:
    with _node(context, **given) as node, pytest.raises(SettingsError) as caught:
        declare_parameters(node)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_list_of_a_parameter_file_is_an_empty_list(context: Context, tmp_path: Path) -> None:
    (tmp_path / "vpr.yaml").write_text("vpr:\n  ros__parameters:\n    aggregation.keep_clusters: []\n")
    arguments = ["--ros-args", "--params-file", str(tmp_path / "vpr.yaml")]
    node = rclpy.create_node("vpr", context=context, cli_args=arguments, start_parameter_services=False)
    try:
        assert declare_parameters(node) == {"aggregation.keep_clusters"}
        assert read_settings(node).aggregation.keep_clusters == ()
        emptied = [Parameter("aggregation.drop_clusters", value=[])]
        assert node.set_parameters(emptied)[0].successful
        assert read_settings(node).aggregation.drop_clusters == ()
    finally:
        node.destroy_node()


def test_an_empty_list_where_one_must_not_be_empty_stops_the_start(context: Context, tmp_path: Path) -> None:
    (tmp_path / "vpr.yaml").write_text("vpr:\n  ros__parameters:\n    features.scales: []\n")
    arguments = ["--ros-args", "--params-file", str(tmp_path / "vpr.yaml")]
    node = rclpy.create_node("vpr", context=context, cli_args=arguments, start_parameter_services=False)
    try:
        with pytest.raises(SettingsError, match=r"features\.scales: expected a list"):
            declare_parameters(node)
    finally:
        node.destroy_node()


def test_named_is_what_a_person_gave_be_it_the_defaults_value(context: Context) -> None:
    with _node(context, image__long_side_px=320) as node:
        named = declare_parameters(node)
        assert named == {"image.long_side_px"}
        assert node.set_parameters([Parameter("node.map_frame", value="map")])[0].successful
        assert not node.set_parameters([Parameter("retrieval.top_k", value=0)])[0].successful
        assert named == {"image.long_side_px", "node.map_frame"}


def test_parameters_of_every_node_are_let_through(context: Context) -> None:
    with _node(context, use_sim_time=False, **{"qos_overrides./clock.subscription.depth": 3}) as node:
        declare_parameters(node)
        assert read_settings(node) == Settings()


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("node.max_age_s", "at once"),
        ("image_transport", "with the next activate"),
        ("autostart", "at the next start"),
        ("map.path", "with the next configure or ~/reload_map"),
        ("retrieval.top_k", "at once"),
        ("pose.candidates", "with the next configure or ~/reload_map"),
        ("map.thumbnail_px", "when a map is built, not in the node"),
    ],
)
def test_when_a_change_takes_effect(name: str, when: str) -> None:
    assert takes_effect(name) == when


def test_cameras_that_are_named_have_parameters(context: Context) -> None:
    with _node(context, cameras=["front", "left"], left__base_from_camera=[0, 0, 1, 0, 0, 0]) as node:
        declare_parameters(node)
        front, left = camera_setups(node)
        assert (front.name, front.base_from_camera) == ("front", None)
        assert left.base_from_camera is not None
        assert left.base_from_camera[2, 3] == 1.0
        assert not node.has_parameter("camera.rectified")
        (result,) = node.set_parameters([Parameter("cameras", value=["front"])])
        assert not result.successful
        (result,) = node.set_parameters([Parameter("front.rectified", value="perhaps")])
        assert "front.rectified='perhaps' is not one of" in result.reason
    assert takes_effect("front.rectified") == "with the next activate"


@pytest.mark.parametrize("name", ["autostart", "cameras", "map.thumbnail_px"])
def test_what_takes_effect_at_the_start_or_never_is_read_only(context: Context, name: str) -> None:
    with _node(context) as node:
        declare_parameters(node)
        assert node.describe_parameter(name).read_only
        value = node.get_parameter(name).value
        result = node.set_parameters([Parameter(name, value=not value)])[0]
        assert not result.successful
        assert "read-only" in result.reason


@pytest.mark.parametrize("name", ["node.rate_hz", "map.path", "aggregation.keep_clusters"])
def test_a_parameter_cannot_be_taken_away(context: Context, name: str) -> None:
    """rclpy undeclares what is set to nothing, and everybody who asks for it afterwards fails."""
    with _node(context) as node:
        declare_parameters(node)
        result = node.set_parameters([Parameter(name, Parameter.Type.NOT_SET, None)])[0]
        assert (result.successful, result.reason) == (False, f"{name}: expected a value, got none")
        assert node.has_parameter(name)


def test_every_parameter_has_a_description_and_every_number_a_range(context: Context) -> None:
    with _node(context) as node:
        declare_parameters(node)
        for name in flatten_settings(Settings()):
            described, value = node.describe_parameter(name), node.get_parameter(name).value
            assert described.description, name
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                assert described.integer_range or described.floating_point_range, name
