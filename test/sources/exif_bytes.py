"""EXIF for tests, written as cameras do: a TIFF structure with a GPS directory."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

Directory = Mapping[int, tuple[int, Any]]
"""Tag -> (kind, value): bytes for kinds 1, 2 and 7, numbers for 3 and 4, a list of numbers for 5."""


def exif(first: Directory | None = None, gps: Directory | None = None, order: str = "<") -> bytes:
    """A TIFF structure with these tags in its first directory and in the one for GPS."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    tags = dict(first or {})
    if gps is None:
        return head + _directory(tags, 8, order)
    tags[0x8825] = (4, 0)
    length = len(_directory(tags, 8, order))
    tags[0x8825] = (4, 8 + length)
    return head + _directory(tags, 8, order) + _directory(gps, 8 + length, order)


def gps_tags(
    latitude: float, longitude: float, *, heading: float | None = None, moment: str | None = None, reference: str = "T"
) -> dict[int, tuple[int, Any]]:
    """The tags of a fix; moment: `YYYY:MM:DD hh:mm:ss`."""
    tags: dict[int, tuple[int, Any]] = {
        1: (2, b"N\0" if latitude >= 0 else b"S\0"),
        2: (5, _degrees(abs(latitude))),
        3: (2, b"E\0" if longitude >= 0 else b"W\0"),
        4: (5, _degrees(abs(longitude))),
    }
    if heading is not None:
        tags[16], tags[17] = (2, reference.encode() + b"\0"), (5, [heading])
    if moment is not None:
        day, clock = moment.split()
        tags[7] = (5, [float(part) for part in clock.split(":")])
        tags[29] = (2, day.encode() + b"\0")
    return tags


def _degrees(value: float) -> list[float]:
    """Degrees, minutes, seconds."""
    minutes = value % 1 * 60
    return [int(value), int(minutes), minutes % 1 * 60]


def _directory(tags: Directory, start: int, order: str) -> bytes:
    rows, extra = b"", b""
    after = start + 2 + 12 * len(tags) + 4
    for tag, (kind, value) in sorted(tags.items()):
        payload, count = _payload(kind, value, order)
        if len(payload) > 4:
            field, extra = struct.pack(f"{order}I", after + len(extra)), extra + payload
        else:
            field = payload.ljust(4, b"\0")
        rows += struct.pack(f"{order}HHI", tag, kind, count) + field
    return struct.pack(f"{order}H", len(tags)) + rows + bytes(4) + extra


def _payload(kind: int, value: Any, order: str) -> tuple[bytes, int]:
    if kind in (1, 2, 7):
        return value, len(value)
    if kind == 5:
        pairs = [Fraction(number).limit_denominator(1_000_000) for number in value]
        return b"".join(struct.pack(f"{order}II", pair.numerator, pair.denominator) for pair in pairs), len(value)
    return struct.pack(order + {3: "H", 4: "I"}[kind], value), 1


def in_jpeg(jpeg: bytes, tiff: bytes) -> bytes:
    """A JPEG with this EXIF, behind its first segment."""
    segment = b"Exif\0\0" + tiff
    (first,) = struct.unpack_from(">H", jpeg, 4)
    cut = 4 + first
    return jpeg[:cut] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[cut:]
