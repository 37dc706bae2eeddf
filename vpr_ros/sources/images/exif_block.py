"""The EXIF of an image file, its pixels unread: JPEG, PNG and WebP are chains of segments that can be skipped."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_PNG = b"\x89PNG\r\n\x1a\n"
_PREFIX = b"Exif\0\0"
_START_OF_SCAN, _END = 0xDA, 0xD9


def read_exif(path: Path) -> bytes:
    """The TIFF structure in a file; empty where there is none, or the file is cut off or cannot be read.

    Whoever reads its pixels will be told of that.
    """
    try:
        with path.open("rb") as file:
            return _find(file)
    except (OSError, struct.error):
        return b""


def _find(file: BinaryIO) -> bytes:
    start = file.read(12)
    if start.startswith(b"\xff\xd8"):
        file.seek(2)
        return _find_in_jpeg(file)
    if start.startswith(_PNG):
        file.seek(len(_PNG))
        return _find_in_chunks(file, ">I4s", b"eXIf", trailer=4)
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return _find_in_chunks(file, "<4sI", b"EXIF", trailer=0).removeprefix(_PREFIX)
    return b""


def _find_in_jpeg(file: BinaryIO) -> bytes:
    while True:
        escape, marker = struct.unpack("BB", file.read(2))
        while escape == 0xFF and marker == 0xFF:  # fill bytes
            (marker,) = struct.unpack("B", file.read(1))
        if escape != 0xFF or marker in (_START_OF_SCAN, _END):
            return b""
        (length,) = struct.unpack(">H", file.read(2))
        if marker == 0xE1:
            payload = file.read(max(length - 2, 0))
            if payload.startswith(_PREFIX):
                return payload.removeprefix(_PREFIX)
        else:
            file.seek(max(length - 2, 0), 1)


def _find_in_chunks(file: BinaryIO, header: str, wanted: bytes, trailer: int) -> bytes:
    """PNG: length, kind, payload, checksum. RIFF: kind, length, payload, filled up to an even length."""
    while True:
        first, second = struct.unpack(header, file.read(8))
        kind, length = (first, second) if isinstance(first, bytes) else (second, first)
        if kind == wanted:
            return file.read(length)
        file.seek(length + trailer + (0 if trailer else length % 2), 1)
