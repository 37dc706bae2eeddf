"""The node's messages as CDR, written straight: their hundreds of strings a query would else take longer than judging.

The bytes are those of `serialize_message`; a test holds them equal. Only what cannot be encoded (in names of files that
are no text) is written as escapes here, and refused there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from vpr_ros.core.outputs import DIAGNOSTICS, POSE, STRING
from vpr_ros.sources.bags.message_cdr import serialize_message

_LITTLE_ENDIAN = b"\x00\x01\x00\x00"
_PADDING = (b"", b"\0", b"\0\0", b"\0\0\0")


def serialize_output(type_name: str, fields: Mapping[str, Any]) -> bytes | memoryview:
    """The fields of a message as `core.outputs` makes them, all of them there."""
    if type_name == DIAGNOSTICS:
        return _diagnostics(fields)
    if type_name == POSE:
        return _pose(fields)
    if type_name == STRING:
        written = _Writer()
        written.text(fields["data"])
        return written.bytes()
    return serialize_message(type_name, fields)


class _Writer:
    """Bytes after the encapsulation, which alignment counts from."""

    def __init__(self) -> None:
        self._parts: list[bytes] = [_LITTLE_ENDIAN]
        self.length = 0

    def raw(self, data: bytes) -> None:
        self._parts.append(data)
        self.length += len(data)

    def number(self, value: int) -> None:
        self.raw(_PADDING[-self.length % 4] + value.to_bytes(4, "little"))

    def text(self, text: str) -> None:
        data = text.encode(errors="backslashreplace")  # names of files need not be text
        self.raw(_PADDING[-self.length % 4] + (len(data) + 1).to_bytes(4, "little") + data + b"\0")

    def header(self, header: Mapping[str, Any]) -> None:
        self.raw(struct.pack("<iI", header["stamp"]["sec"], header["stamp"]["nanosec"]))
        self.text(header["frame_id"])

    def bytes(self) -> bytes:
        return b"".join(self._parts)


def _diagnostics(fields: Mapping[str, Any]) -> bytes:
    written = _Writer()
    written.header(fields["header"])
    written.number(len(fields["status"]))
    for status in fields["status"]:
        written.raw(bytes((status["level"],)))
        for name in ("name", "message", "hardware_id"):
            written.text(status[name])
        written.number(len(status["values"]))
        for pair in status["values"]:
            written.text(pair["key"])
            written.text(pair["value"])
    return written.bytes()


def _pose(fields: Mapping[str, Any]) -> bytes:
    written = _Writer()
    written.header(fields["header"])
    position, orientation = fields["pose"]["pose"]["position"], fields["pose"]["pose"]["orientation"]
    written.raw(b"\0" * (-written.length % 8))
    written.raw(struct.pack("<7d", *(position[axis] for axis in "xyz"), *(orientation[axis] for axis in "xyzw")))
    written.raw(np.asarray(fields["pose"]["covariance"], dtype="<f8").tobytes())
    return written.bytes()
