"""A DiagnosticArray as CDR, written straight: its hundreds of strings a query would else take longer than judging it.

The bytes are those of `serialize_message`; a test holds them equal. Only what cannot be encoded (in
names of files that are no text) is written as escapes here, and refused there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

_LITTLE_ENDIAN = b"\x00\x01\x00\x00"


def serialize_diagnostics(fields: Mapping[str, Any]) -> bytes:
    """The fields of a diagnostic_msgs/DiagnosticArray as `core.outputs` makes them, all of them there."""
    header = fields["header"]
    written = bytearray(struct.pack("<iI", header["stamp"]["sec"], header["stamp"]["nanosec"]))
    _put_text(written, header["frame_id"])
    _put_number(written, len(fields["status"]))
    for status in fields["status"]:
        written.append(status["level"])
        for name in ("name", "message", "hardware_id"):
            _put_text(written, status[name])
        _put_number(written, len(status["values"]))
        for pair in status["values"]:
            _put_text(written, pair["key"])
            _put_text(written, pair["value"])
    return _LITTLE_ENDIAN + bytes(written)


def _put_number(written: bytearray, value: int) -> None:
    written += b"\0" * (-len(written) % 4)
    written += value.to_bytes(4, "little")


def _put_text(written: bytearray, text: str) -> None:
    data = text.encode(errors="backslashreplace")  # names of files need not be text
    written += b"\0" * (-len(written) % 4)
    written += (len(data) + 1).to_bytes(4, "little")
    written += data
    written += b"\0"
