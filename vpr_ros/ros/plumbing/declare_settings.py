"""Settings as ROS parameters: declared with types, ranges and help; unknown names and wrong values get a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import describe_settings, flatten_settings, group_from_mapping, unknown_setting

OF_RCLPY = ("use_sim_time", "start_type_description_service", "qos_overrides.")

Group = TypeVar("Group")


def declare_fixed_settings(node: Node, group: type[Group]) -> Group:
    """Declare a flat group read-only and read it. Raises SettingsError for an unknown name or a wrong value."""
    limits = describe_settings(group)
    refuse_unknown(node, limits)
    for name, default in flatten_settings(group()).items():
        try:
            node.declare_parameter(name, default, parameter_descriptor(limits[name], read_only=True))
        except InvalidParameterValueException as error:
            group_from_mapping(group, {name: given_parameters(node)[name].value})  # says the same in one line
            raise SettingsError(str(error)) from error
    return group_from_mapping(group, {name: node.get_parameter(name).value for name in limits})


def parameter_descriptor(limits: Mapping[str, Any], *, read_only: bool = False) -> ParameterDescriptor:
    """Of a setting's metadata. Typed by our own check (dynamic for rclpy): 5 is welcome where 5.0 is meant."""
    descriptor = ParameterDescriptor(description=limits["help"], dynamic_typing=True, read_only=read_only)
    if "choices" in limits:
        descriptor.additional_constraints = f"one of {', '.join(limits['choices'])}"
    low = limits.get("low")
    if isinstance(low, float):
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=float(limits["high"]))]
    elif low is not None:
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=limits["high"])]
    return descriptor


def refuse_unknown(node: Node, known: Iterable[str]) -> None:
    """Raises SettingsError for a parameter of the launch that is none: rclpy keeps silent about it."""
    names = list(known)
    for name in given_parameters(node):
        if name not in names and not name.startswith(OF_RCLPY):
            raise SettingsError(unknown_setting(name, names).replace("setting", "parameter", 1))


def given_parameters(node: Node) -> Mapping[str, Parameter]:
    """What the launch gave. rclpy keeps to itself what nobody declares."""
    return getattr(node, "_parameter_overrides", {})
