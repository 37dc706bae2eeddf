"""What a person wants of a topic's quality of service, in ROS's usual way: parameters
`qos_overrides.<full topic>.<publisher or subscription>.<policy>`.

rclpy's own QoSOverridingOptions keeps the first value that it met as the parameter's, so a subscription that follows
its publishers would follow once; and a wrong value escapes from it as a RuntimeError, late.
"""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from vpr_ros.core.errors import SettingsError
from vpr_ros.ros.plumbing.declare_settings import given_parameters

PREFIX = "qos_overrides."
ENTITIES = ("publisher", "subscription")
POLICIES = ("history", "depth", "reliability", "durability")
# Of these a parameter file for all nodes may say more; they are rclpy's business.
OF_ROS = ("/clock", "/parameter_events", "/rosout", "/tf", "/tf_static")
_NAMED: dict[str, dict[str, Any]] = {
    "history": {"keep_last": HistoryPolicy.KEEP_LAST, "keep_all": HistoryPolicy.KEEP_ALL},
    "reliability": {"reliable": ReliabilityPolicy.RELIABLE, "best_effort": ReliabilityPolicy.BEST_EFFORT},
    "durability": {"volatile": DurabilityPolicy.VOLATILE, "transient_local": DurabilityPolicy.TRANSIENT_LOCAL},
}
MOST = 10_000


def check_overrides(node: Node) -> None:
    """At start. Raises SettingsError for an override that can be none, whatever topics there will be."""
    for name, parameter in given_parameters(node).items():
        if name.startswith(PREFIX) and not name[len(PREFIX) :].startswith(tuple(f"{topic}." for topic in OF_ROS)):
            _parsed(name, _policy(name), parameter.value)


def overridden(node: Node, topic: str, entity: str, qos: QoSProfile) -> QoSProfile:
    """The profile with what the launch gave for this topic, which is declared so that people see it.

    entity: publisher or subscription. After `check_overrides` it raises nothing.
    """
    profile = {policy: getattr(qos, policy) for policy in POLICIES}
    for policy in POLICIES:
        name = f"{PREFIX}{node.resolve_topic_name(topic)}.{entity}.{policy}"
        given = given_parameters(node).get(name)
        if given is None:
            continue
        profile[policy] = _parsed(name, policy, given.value)
        if not node.has_parameter(name):
            descriptor = ParameterDescriptor(description=f"{policy} of {topic}", read_only=True)
            node.declare_parameter(name, given.value, descriptor)
    return QoSProfile(**profile)


def _policy(name: str) -> str:
    """A topic's name holds no dots."""
    parts = name.split(".")
    if len(parts) != 4 or not parts[1].startswith("/"):
        raise SettingsError(f"{name}: expected {PREFIX}/<full topic>.<publisher or subscription>.<policy>")
    if parts[2] not in ENTITIES or parts[3] not in POLICIES:
        raise SettingsError(f"{name}: {', '.join(POLICIES)} of a {' or '.join(ENTITIES)} can be overridden")
    return parts[3]


def _parsed(name: str, policy: str, value: Any) -> Any:
    if policy == "depth":
        if type(value) is not int or not 1 <= value <= MOST:
            raise SettingsError(f"{name}={value!r}: expected a whole number from 1 to {MOST}")
        return value
    named = _NAMED[policy]
    if not isinstance(value, str) or value not in named:
        raise SettingsError(f"{name}={value!r} is not one of {', '.join(named)}")
    return named[value]
