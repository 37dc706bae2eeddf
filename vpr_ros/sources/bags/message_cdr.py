"""ROS messages as nested mappings of their field names, and as CDR bytes; no ROS installation is needed."""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from rosbags.interfaces import Nodetype
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_typestore
from rosbags.typesys.store import Typestore

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Array

# The only default among the messages used here that is not zero or empty (geometry_msgs/Quaternion.msg).
_DEFAULTS = {("geometry_msgs/msg/Quaternion", "w"): 1.0}
_DTYPES = {"bool": "bool_", "char": "uint8", "byte": "uint8"}


@functools.cache
def typestore() -> Typestore:
    """The message definitions of ROS 2 Jazzy, tf2_msgs among them."""
    return get_typestore(Stores.ROS2_JAZZY)


def serialize_message(type_name: str, fields: Mapping[str, Any]) -> memoryview:
    """A message of that type as CDR, encapsulation included.

    fields: values by ROS field name, nested mappings for nested messages. Absent ones take the type's default.
    Arrays of numbers may be numpy arrays of any shape, bytes or sequences. Raises SourceError naming the field that
    does not fit.
    """
    _check_type(type_name)
    message = _build(type_name, fields, type_name)
    try:
        return typestore().serialize_cdr(message, type_name, little_endian=True)
    except (SerdeError, struct.error, TypeError, ValueError, AttributeError) as error:
        raise SourceError(f"{type_name}: a field's value does not fit its type: {error}") from error


def deserialize_message(type_name: str, cdr: bytes | memoryview) -> Any:
    """CDR -> an object with the fields as attributes. Raises SourceError where the bytes are no such message.

    Arrays of numbers are views of the bytes: an image's pixels are not copied.
    """
    _check_type(type_name)
    try:
        return typestore().deserialize_cdr(memoryview(cdr), type_name)  # a slice of bytes would be a copy
    except (SerdeError, struct.error, ValueError, IndexError, AssertionError) as error:
        raise SourceError(f"not a {type_name}: {error}") from error


def _check_type(type_name: str) -> None:
    if type_name not in typestore().fielddefs:
        raise SourceError(f"message type {type_name!r} is unknown; expected a name such as sensor_msgs/msg/Image")


def _build(type_name: str, fields: Mapping[str, Any], path: str) -> Any:
    definition = dict(typestore().fielddefs[type_name][1])
    if not isinstance(fields, Mapping):
        raise SourceError(f"{path}: expected the fields of a {type_name}, got {type(fields).__name__}")
    for name in fields:
        if name not in definition or name == "structure_needs_at_least_one_member":
            raise SourceError(f"{path} has no field {name!r}; it has {', '.join(definition)}")
    values = {
        name: _value(kind, fields[name] if name in fields else _DEFAULTS.get((type_name, name)), f"{path}.{name}")
        for name, kind in definition.items()
    }
    return typestore().types[type_name](**values)


def _value(kind: Any, given: Any, path: str) -> Any:
    node, detail = kind
    if node == Nodetype.NAME:
        return _build(detail, {} if given is None else given, path)
    if node == Nodetype.BASE:
        return _scalar(detail[0], given, path)
    inner, length = detail
    fixed = length if node == Nodetype.ARRAY else None
    if inner[0] == Nodetype.BASE and inner[1][0] != "string":
        return _numbers(inner[1][0], given, fixed, path)
    items = list(given) if given is not None else [None] * (fixed or 0)
    if fixed is not None and len(items) != fixed:
        raise SourceError(f"{path}: expected {fixed} values, got {len(items)}")
    return [_value(inner, item, f"{path}[{index}]") for index, item in enumerate(items)]


def _scalar(base: str, given: Any, path: str) -> Any:
    if base == "string":
        if given is not None and not isinstance(given, str):
            raise SourceError(f"{path}: expected a string, got {given!r}")
        return given or ""
    if given is None:
        return False if base == "bool" else 0.0 if base.startswith("float") else 0
    if base == "byte" and isinstance(given, bytes) and len(given) == 1:  # as rclpy spells it
        return given[0]
    if isinstance(given, (str, bytes, Mapping)):
        raise SourceError(f"{path}: expected {base}, got {given!r}")
    return given.item() if isinstance(given, np.generic) else given


def _numbers(base: str, given: Any, fixed: int | None, path: str) -> Array:
    dtype = np.dtype(_DTYPES.get(base, base))
    if given is None:
        return np.zeros(fixed or 0, dtype)
    if isinstance(given, (bytes, bytearray, memoryview)):
        if len(given) % dtype.itemsize:
            raise SourceError(f"{path}: {len(given)} bytes are no whole number of {base}")
        array: Array = np.frombuffer(given, dtype)
    else:
        array = np.ravel(_exactly(given, dtype, path))
    if fixed is not None and len(array) != fixed:
        raise SourceError(f"{path}: expected {fixed} values, got {len(array)}")
    return np.ascontiguousarray(array)


def _exactly(given: Any, dtype: np.dtype[Any], path: str) -> Array:
    """As the field's type, refusing values that it would change (float64 may become float32)."""
    array = np.asarray(given)
    if array.dtype == dtype or array.size == 0:
        return array.astype(dtype, copy=False)
    if array.dtype.kind not in "buif":
        raise SourceError(f"{path}: expected numbers, got {array.dtype}")
    with np.errstate(invalid="ignore", over="ignore"):
        converted = array.astype(dtype)
    if dtype.kind != "f" and not np.array_equal(converted, array):
        raise SourceError(f"{path}: values of {array.dtype} do not fit {dtype}")
    return converted
