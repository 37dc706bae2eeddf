"""ROS parameters: one for every setting, by its dotted name, and the node's own. Wrong values get a reason."""

from __future__ import annotations

import array
from collections.abc import Mapping, Set
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from vpr_ros.core.errors import SettingsError, VprError
from vpr_ros.core.parse_settings import describe_settings, flatten_settings, settings_from_flat
from vpr_ros.core.settings import Settings
from vpr_ros.ros.inputs.camera_parameters import CAMERAS, OF_A_CAMERA, CameraSetup, camera_parameters, read_cameras
from vpr_ros.ros.inputs.choose_stream import TRANSPORTS
from vpr_ros.ros.plumbing.declare_settings import given_parameters, parameter_descriptor, refuse_unknown
from vpr_ros.ros.plumbing.qos_overrides import check_overrides

# What only the node has: {name: (default, help)}.
OWN_PARAMETERS: dict[str, tuple[Any, str]] = {
    "map.path": ("", "the map's directory; ~ is the home directory"),
    "autostart": (True, "configure and activate at start; false under a lifecycle manager"),
    "image_transport": ("auto", f"what to subscribe to: {', '.join(TRANSPORTS)}; auto looks at what is published"),
    CAMERAS: ([], "names of several cameras: each has the topics <name>/image and <name>/camera_info; empty: only one"),
}
AT_ONCE, WITH_ACTIVATE, AT_START = "at once", "with the next activate", "at the next start"
WITH_MAP = "with the next configure or ~/reload_map"
FOR_BUILDING = "when a map is built, not in the node"
# When a change of those takes effect; of the settings they know themselves what is live.
TAKES_EFFECT = {
    "image_transport": WITH_ACTIVATE,
    "autostart": AT_START,
    CAMERAS: AT_START,
    "node.rtabmap_global_pose": "with the next configure",
}
# How maps are built is no business of the node's.
_OF_BUILDING = "map."


def declare_parameters(node: Node) -> Set[str]:
    """Declare all parameters with what the launch gave. Raises SettingsError for an unknown name or a wrong value.

    Returns the names that a person gave, be it a default's value. The set grows with what is set later.
    """
    own, settings = _own_parameters(node), flatten_settings(Settings())
    refuse_unknown(node, [*own, *settings])
    check_overrides(node)
    for name, (default, text) in own.items():
        limits = {"help": text, "choices": TRANSPORTS} if name == "image_transport" else {"help": text}
        _declare(node, name, default, limits)
    for name, default in settings.items():
        _declare(node, name, list(default) if isinstance(default, tuple) else default, describe_settings()[name])
    _checked(_values(node))
    named = set(given_parameters(node))

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
    """When a change of the parameter does, in words. What does at the next start, or never, is read-only."""
    if name.startswith(_OF_BUILDING) and name not in OWN_PARAMETERS:
        return FOR_BUILDING
    if describe_settings().get(name, {}).get("live"):
        return AT_ONCE
    if name.endswith(OF_A_CAMERA):
        return WITH_ACTIVATE
    return TAKES_EFFECT.get(name, WITH_MAP)


def _own_parameters(node: Node) -> dict[str, tuple[Any, str]]:
    """Those that only the node has, and those of its cameras."""
    given = given_parameters(node).get(CAMERAS)
    cameras = [] if given is None else _plain(CAMERAS, given.value)
    if not isinstance(cameras, list):
        raise SettingsError(f"{CAMERAS}: expected a list such as [front, left], got {cameras!r}")
    return {**OWN_PARAMETERS, **camera_parameters(cameras)}


def _judge(node: Node, changes: list[Parameter]) -> SetParametersResult:
    """All changes of one request together, so that two settings that need each other can be set at once."""
    for change in changes:
        if change.type_ == Parameter.Type.NOT_SET:  # rclpy would undeclare it
            return SetParametersResult(successful=False, reason=f"{change.name}: expected a value, got none")
    values = _values(node)
    values.update({change.name: _plain(change.name, change.value) for change in changes if change.name in values})
    try:
        _checked(values)
    except VprError as error:
        return SetParametersResult(successful=False, reason=str(error))
    for change in changes:
        if change.name in values and (when := takes_effect(change.name)) != AT_ONCE:
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


def _declare(node: Node, name: str, default: Any, limits: Mapping[str, Any]) -> None:
    read_only = takes_effect(name) in (AT_START, FOR_BUILDING)
    try:
        node.declare_parameter(name, default, parameter_descriptor(limits, read_only=read_only))
    except InvalidParameterValueException as error:
        settings_from_flat({name: _plain(name, given_parameters(node)[name].value)})  # says the same in one line
        raise SettingsError(str(error)) from error
