"""The node's messages as CDR, written straight: their hundreds of strings a query would else take longer than judging.

The bytes are those of `serialize_message`; a test holds them equal. Only what cannot be encoded (in names of files that
are no text) is written as escapes here, and refused there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import numpy as np

from vpr_ros.core.outputs.topics import DIAGNOSTICS, ODOMETRY, POSE, POSES, STRING
from vpr_ros.sources.bags.message_cdr import serialize_message

_LITTLE_ENDIAN = b"\x00\x01\x00\x00"


def serialize_output(type_name: str, fields: Mapping[str, Any]) -> bytes | memoryview:
    """The fields of a message as `core.outputs` makes them, all of them there."""
    if type_name == DIAGNOSTICS:
        return _diagnostics(fields)
    if type_name == POSE:
        return _pose(fields)
    if type_name == ODOMETRY:
        return _odometry(fields)
    if type_name == POSES:
        return _poses(fields)
    if type_name == STRING:
        return _LITTLE_ENDIAN + _encoded(fields["data"])
    return serialize_message(type_name, fields)


def _diagnostics(fields: Mapping[str, Any]) -> bytes:
    """A status begins with one byte, its level, which stands right behind what was before."""
    statuses = fields["status"]
    parts = [_LITTLE_ENDIAN, _header(fields["header"]), len(statuses).to_bytes(4, "little")]
    parts += [statuses[0]["level"].to_bytes(4, "little")] if statuses else []
    for status, following in zip_longest(statuses, statuses[1:]):
        level = None if following is None else following["level"]
        parts += (_text(status["name"]), _text(status["message"]), _text(status["hardware_id"]))
        parts.append(len(status["values"]).to_bytes(4, "little"))
        for pair in status["values"]:
            parts += (_text(pair["key"]), _text(pair["value"]))
        if status["values"]:
            last = status["values"][-1]["value"]
            parts[-1] = _encoded(last) if level is None else _text(last, level)
        elif level is not None:
            parts.append(level.to_bytes(4, "little"))
    return b"".join(parts)


@lru_cache(maxsize=8192)
def _text(text: str, byte: int | None = None) -> bytes:
    """A string where four bytes begin, filled up to where the next four do. Most are written again and again.

    `byte` is a number of one byte that follows: it takes the first place of what fills up, or four bytes more.
    """
    data = _encoded(text)
    filled = -len(data) % 4
    return data + (b"\0" * filled if byte is None else (bytes((byte,)) + b"\0\0\0")[: filled or 4])


def _encoded(text: str) -> bytes:
    data = text.encode(errors="backslashreplace")  # names of files need not be text
    return (len(data) + 1).to_bytes(4, "little") + data + b"\0"


def _header(header: Mapping[str, Any]) -> bytes:
    return struct.pack("<iI", header["stamp"]["sec"], header["stamp"]["nanosec"]) + _text(header["frame_id"])


def _pose(fields: Mapping[str, Any]) -> bytes:
    return _LITTLE_ENDIAN + _aligned(_header(fields["header"])) + _pose_with_covariance(fields["pose"])


def _odometry(fields: Mapping[str, Any]) -> bytes:
    frames = _aligned(_header(fields["header"]) + _text(fields["child_frame_id"]))
    moving = fields["twist"]["twist"]
    twist = struct.pack("<6d", *(moving[kind][axis] for kind in ("linear", "angular") for axis in "xyz"))
    return b"".join(
        [_LITTLE_ENDIAN, frames, _pose_with_covariance(fields["pose"]), twist, _doubles(fields["twist"]["covariance"])]
    )


def _poses(fields: Mapping[str, Any]) -> bytes:
    poses = fields["poses"]
    begin = _header(fields["header"]) + len(poses).to_bytes(4, "little")
    return _LITTLE_ENDIAN + (_aligned(begin) if poses else begin) + b"".join(map(_bare_pose, poses))


def _pose_with_covariance(fields: Mapping[str, Any]) -> bytes:
    return _bare_pose(fields["pose"]) + _doubles(fields["covariance"])


def _bare_pose(fields: Mapping[str, Any]) -> bytes:
    position, orientation = fields["position"], fields["orientation"]
    return struct.pack("<7d", *(position[axis] for axis in "xyz"), *(orientation[axis] for axis in "xyzw"))


def _doubles(numbers: Any) -> bytes:
    return np.asarray(numbers, dtype="<f8").tobytes()


def _aligned(data: bytes) -> bytes:
    """Filled up to where numbers of eight bytes may stand."""
    return data + b"\0" * (-len(data) % 8)
