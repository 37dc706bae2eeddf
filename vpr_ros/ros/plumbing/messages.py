"""Between nested fields and rclpy's message classes. The only place that knows how rclpy spells values."""

from __future__ import annotations

import array
import importlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from vpr_ros.core.errors import VprError

# rclpy's names of number types -> those of Python's array, which sequence fields want.
_TYPECODES = {
    "uint8": "B",
    "octet": "B",
    "int8": "b",
    "uint16": "H",
    "int16": "h",
    "uint32": "I",
    "int32": "i",
    "uint64": "Q",
    "int64": "q",
    "float": "f",
    "double": "d",
}
_SEQUENCE = re.compile(r"sequence<([^,>]+)(?:, \d+)?>$")


class MessageTypeError(VprError):
    """A message type is not installed here, or a message has no such field."""


@cache  # of what is installed; a message of many parts asks for each
def message_class(type_name: str) -> Any:
    """`std_msgs/msg/String` -> rclpy's class. Raises MessageTypeError when its package is not installed."""
    package, _, name = type_name.partition("/msg/")
    if not re.fullmatch(r"[a-z]\w*", package) or not re.fullmatch(r"[A-Z]\w*", name):
        raise MessageTypeError(f"{type_name!r} is no message type; expected a name such as std_msgs/msg/String")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError) as error:
        raise MessageTypeError(f"message type {type_name} is not installed here (package {package})") from error


def message_from_fields(type_name: str, fields: Mapping[str, Any]) -> Any:
    """Nested mappings by field name -> a message; what is not named keeps the type's default.

    Numbers of sequences may be numpy arrays, bytes or lists. Raises MessageTypeError naming an unknown field.
    """
    message = message_class(type_name)()
    _fill(message, fields, type_name)
    return message


def _fill(message: Any, fields: Mapping[str, Any], path: str) -> None:
    kinds = message.get_fields_and_field_types()
    for name, value in fields.items():
        if name not in kinds:
            raise MessageTypeError(f"{path} has no field {name!r}; it has {', '.join(kinds)}")
        if isinstance(value, Mapping):
            _fill(getattr(message, name), value, f"{path}.{name}")
        else:
            setattr(message, name, _value(kinds[name], value, f"{path}.{name}"))


def _value(kind: str, value: Any, path: str) -> Any:
    if kind == "octet":
        return bytes([value]) if isinstance(value, int) else value
    if kind in ("float", "double"):
        return float(value)
    if kind in _TYPECODES:
        return int(value)
    sequence = _SEQUENCE.match(kind)
    if sequence is None:
        return value
    inner = sequence.group(1)
    if inner in _TYPECODES:
        return _numbers(_TYPECODES[inner], value)
    if "/" in inner:
        return [_nested(inner, item, f"{path}[{index}]") for index, item in enumerate(value)]
    return list(value)


def _nested(kind: str, fields: Mapping[str, Any], path: str) -> Any:
    message = message_class(kind.replace("/", "/msg/"))()
    _fill(message, fields, path)
    return message


def _numbers(typecode: str, value: Any) -> Any:
    """Through bytes: a list of the numbers of one image would cost 30 times as long."""
    numbers = array.array(typecode)
    if isinstance(value, (bytes, bytearray, memoryview)):
        numbers.frombytes(value)
    else:
        numbers.frombytes(np.ascontiguousarray(value, dtype=np.dtype(typecode)).tobytes())
    return numbers
