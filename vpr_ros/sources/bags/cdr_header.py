"""The first fields of serialised messages, read without touching the pixels behind them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.bags.transform_tree import frame_name


@dataclass(frozen=True)
class StampedHeader:
    """std_msgs/Header; stamp_ns is 0 where the publisher left it empty."""

    stamp_ns: int
    frame_id: str


@dataclass(frozen=True)
class ImageDescription:
    """sensor_msgs/Image before its data."""

    height: int
    width: int
    encoding: str


def read_stamped_header(cdr: bytes) -> StampedHeader:
    """The header that a message begins with. Raises SourceError where there is none."""
    return _Cursor(cdr).header()


def read_image_description(cdr: bytes) -> ImageDescription:
    """Size and encoding of a sensor_msgs/Image."""
    cursor = _Cursor(cdr)
    cursor.header()
    height, width = cursor.uint32(), cursor.uint32()
    return ImageDescription(height, width, cursor.string())


def read_compressed_format(cdr: bytes) -> str:
    """The `format` of a sensor_msgs/CompressedImage."""
    cursor = _Cursor(cdr)
    cursor.header()
    return cursor.string()


class _Cursor:
    """Plain CDR as ROS 2 writes it: four bytes of encapsulation, then aligned fields."""

    def __init__(self, cdr: bytes) -> None:
        if len(cdr) < 4 or cdr[0] != 0 or cdr[1] > 1:
            raise SourceError("a message is not plain CDR")
        self._cdr, self._position = cdr, 4
        self._order = "<" if cdr[1] else ">"

    def uint32(self) -> int:
        self._position = (self._position + 3) & ~3
        try:
            (value,) = struct.unpack_from(f"{self._order}I", self._cdr, self._position)
        except struct.error as error:
            raise SourceError("a message ends within its header") from error
        self._position += 4
        return int(value)

    def string(self) -> str:
        length = self.uint32()
        text = bytes(self._cdr[self._position : self._position + length])
        if len(text) != length:
            raise SourceError("a message ends within its header")
        self._position += length
        return text.rstrip(b"\0").decode("utf-8", "replace")

    def header(self) -> StampedHeader:
        seconds, nanoseconds = self.uint32(), self.uint32()
        signed = seconds - 2**32 if seconds >= 2**31 else seconds
        return StampedHeader(signed * 10**9 + nanoseconds, frame_name(self.string()))
