"""ROS parameters: one for every setting, by its dotted name, and the node's own. Wrong values get a reason."""

from __future__ import annotations

import array
from collections.abc import Mapping, Set
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from vpr_ros.core.errors import SettingsError, VprError
from vpr_ros.core.parse_settings import describe_settings, flatten_settings, settings_from_flat, unknown_setting
from vpr_ros.core.settings import Settings
from vpr_ros.ros.inputs.camera_parameters import CAMERAS, OF_A_CAMERA, CameraSetup, camera_parameters, read_cameras
from vpr_ros.ros.inputs.choose_stream import TRANSPORTS

# What only the node has: {name: (default, help)}.
OWN_PARAMETERS: dict[str, tuple[Any, str]] = {
    "map.path": ("", "the map's directory; ~ is the home directory"),
    "autostart": (True, "configure and activate at start; false under a lifecycle manager"),
    "image_transport": ("auto", f"what to subscribe to: {', '.join(TRANSPORTS)}; auto looks at what is published"),
    CAMERAS: ([], "names of several cameras: each has the topics <name>/image and <name>/camera_info; empty: only one"),
}
# When a change of those takes effect.
TAKES_EFFECT = {
    "image_transport": "with the next activate",
    "autostart": "at the next start",
    CAMERAS: "at the next start",
}
# How maps are built is no business of the node's.
_OF_BUILDING = "map."
_OF_RCLPY = ("use_sim_time", "start_type_description_service", "qos_overrides.")


def declare_parameters(node: Node) -> Set[str]:
    """Declare all parameters with what the launch gave. Raises SettingsError for an unknown name or a wrong value.

    Returns the names that a person gave, be it a default's value. The set grows with what is set later.
    """
    _refuse_unknown(node)
    for name, (default, text) in _own_parameters(node).items():
        read_only = name == CAMERAS  # each has parameters of its own, which are declared here
        _declare(node, name, default, ParameterDescriptor(description=text, dynamic_typing=True, read_only=read_only))
    for name, default in flatten_settings(Settings()).items():
        _declare(node, name, list(default) if isinstance(default, tuple) else default, _descriptor(name))
    _checked(_values(node))
    named = set(_given(node))

    def judge(changes: list[Parameter]) -> SetParametersResult:
        result = _judge(node, changes)
        if result.successful:
            named.update(change.name for change in changes)
        return result

    node.add_on_set_parameters_callback(judge)
    return named


def read_settings(node: Node) -> Settings:
    """The settings as the parameters stand now."""
    return _checked(_values(node))


def camera_setups(node: Node) -> list[CameraSetup]:
    """The cameras as the parameters stand now."""
    return read_cameras(_values(node))


def takes_effect(name: str) -> str:
    """When a change of the parameter does, in words."""
    if name.startswith(_OF_BUILDING) and name not in OWN_PARAMETERS:
        return "when a map is built, not in the node"
    if describe_settings().get(name, {}).get("live"):
        return "at once"
    if name.endswith(OF_A_CAMERA):
        return "with the next activate"
    return TAKES_EFFECT.get(name, "with the next configure")


def _own_parameters(node: Node) -> dict[str, tuple[Any, str]]:
    """Those that only the node has, and those of its cameras."""
    given = _given(node).get(CAMERAS)
    cameras = [] if given is None else _plain(CAMERAS, given.value)
    if not isinstance(cameras, list):
        raise SettingsError(f"{CAMERAS}: expected a list such as [front, left], got {cameras!r}")
    return {**OWN_PARAMETERS, **camera_parameters(cameras)}


def _judge(node: Node, changes: list[Parameter]) -> SetParametersResult:
    """All changes of one request together, so that two settings that need each other can be set at once."""
    values = _values(node)
    values.update({change.name: _plain(change.name, change.value) for change in changes if change.name in values})
    try:
        _checked(values)
    except VprError as error:
        return SetParametersResult(successful=False, reason=str(error))
    for change in changes:
        if change.name in values and (when := takes_effect(change.name)) != "at once":
            node.get_logger().info(f"{change.name}: takes effect {when}")
    return SetParametersResult(successful=True)


def _checked(values: Mapping[str, Any]) -> Settings:
    for name, (default, _) in OWN_PARAMETERS.items():
        if type(values[name]) is not type(default):
            raise SettingsError(f"{name}: expected {type(default).__name__}, got {values[name]!r}")
    if values["image_transport"] not in TRANSPORTS:
        raise SettingsError(f"image_transport={values['image_transport']!r} is not one of {', '.join(TRANSPORTS)}")
    read_cameras(values)
    known = flatten_settings(Settings())
    return settings_from_flat({name: value for name, value in values.items() if name in known})


def _values(node: Node) -> dict[str, Any]:
    names = [*_own_parameters(node), *flatten_settings(Settings())]
    return {name: _plain(name, node.get_parameter(name).value) for name in names}


def _plain(name: str, value: Any) -> Any:
    if value is None and (name == CAMERAS or name.endswith(OF_A_CAMERA) or _may_be_empty(name)):
        return []  # a parameter file's empty list has no type, so ROS gives it none and no value
    return list(value) if isinstance(value, (array.array, tuple)) else value


def _may_be_empty(name: str) -> bool:
    return bool(describe_settings().get(name, {}).get("may_be_empty"))


def _declare(node: Node, name: str, default: Any, descriptor: ParameterDescriptor) -> None:
    try:
        node.declare_parameter(name, default, descriptor)
    except InvalidParameterValueException as error:
        settings_from_flat({name: _plain(name, _given(node)[name].value)})  # says the same in one line
        raise SettingsError(str(error)) from error


def _descriptor(name: str) -> ParameterDescriptor:
    """Typed by our own check (dynamic for rclpy): 5 is welcome where 5.0 is meant."""
    limits = describe_settings()[name]
    descriptor = ParameterDescriptor(description=limits["help"], dynamic_typing=True)
    if "choices" in limits:
        descriptor.additional_constraints = f"one of {', '.join(limits['choices'])}"
    low = limits.get("low")
    if isinstance(low, float):
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=float(limits["high"]))]
    elif low is not None:
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=limits["high"])]
    return descriptor


def _refuse_unknown(node: Node) -> None:
    known = [*_own_parameters(node), *flatten_settings(Settings())]
    for name in _given(node):
        if name not in known and not name.startswith(_OF_RCLPY):
            raise SettingsError(unknown_setting(name, known).replace("setting", "parameter", 1))


def _given(node: Node) -> Mapping[str, Parameter]:
    """What the launch gave. rclpy keeps to itself what nobody declares; a misspelt name must not pass in silence."""
    return getattr(node, "_parameter_overrides", {})
