"""What an image file says of itself before a pixel is decoded: its size, its orientation, and whether it is whole.

Decoders pad what is missing with grey or complain on stderr only; here a cut-off file is an error. What is damaged
inside is found while decoding, see `decoder_messages.py`.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from vpr_ros.core.errors import ImageError
from vpr_ros.sources.images.exif_orientation import UPRIGHT, read_orientation

_JPEG_SIZE_MARKERS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_JPEG_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
# In compressed data FF is followed by 00 (stuffing) or a restart number; anything else begins a segment.
_JPEG_NEXT_SEGMENT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PNM_HEADER = re.compile(rb"P[56](?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,5})\s")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class ImageHeader:
    """format: a name for people. width and height: as stored, before `orientation` (EXIF 1..8) turns the image."""

    format: str
    width: int
    height: int
    orientation: int = UPRIGHT


def read_header(data: bytes, name: str) -> ImageHeader:
    """Raises ImageError, naming the image, where it is empty, cut off, damaged, of no size or of an unknown format."""
    if not data:
        raise ImageError(f"{name}: the file is empty")
    try:
        header = _read(data)
    except _DamageError as damage:
        raise ImageError(f"{name}: the image is cut off or damaged: {damage}") from damage
    except struct.error as error:
        raise ImageError(f"{name}: the image is cut off: its header ends early") from error
    if header is None:
        raise ImageError(f"{name}: not an image that can be read (JPEG, PNG, WebP, BMP, PGM, PPM)")
    if header.width < 1 or header.height < 1:
        raise ImageError(f"{name}: the image has no pixels ({header.width}x{header.height})")
    return header


class _DamageError(Exception):
    """What is missing of an image file."""


def _read(data: bytes) -> ImageHeader | None:
    if data.startswith(b"\xff\xd8"):
        return _read_jpeg(data)
    if data.startswith(_PNG):
        return _read_png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _read_webp(data)
    if data.startswith(b"BM"):
        return _read_bmp(data)
    if data.startswith((b"P5", b"P6")):
        return _read_pnm(data)
    return None


def _read_jpeg(data: bytes) -> ImageHeader:
    """Walks all segments to the end-of-image marker, past thumbnails inside of them and whatever follows it."""
    width = height = None
    orientation = UPRIGHT
    for marker, start, end in _jpeg_segments(data):
        if marker in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", data, start + 1)
        elif marker == 0xE1 and data[start : start + 6] == b"Exif\0\0":
            orientation = read_orientation(data[start + 6 : end])
    if width is None or height is None:
        raise _DamageError("a JPEG without a size")
    return ImageHeader("JPEG", width, height, orientation)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end of its payload) of each segment before the end of the image."""
    position, scans = 2, 0
    while True:
        while data[position : position + 2] == b"\xff\xff":  # fill bytes
            position += 1
        if position + 2 > len(data):
            raise _DamageError("the end of the JPEG is missing")
        if data[position] != 0xFF:
            raise _DamageError(f"no JPEG segment at byte {position}")
        marker = data[position + 1]
        if marker == 0xD9:
            if not scans:
                raise _DamageError("a JPEG without image data")
            return
        if marker in _JPEG_BARE_MARKERS:
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        start, end = position + 4, position + 2 + length
        if length < 2 or end > len(data):
            raise _DamageError("a JPEG segment ends early")
        yield marker, start, end
        position = end
        if marker == 0xDA:
            scans += 1
            following = _JPEG_NEXT_SEGMENT.search(data, end)
            if following is None:
                raise _DamageError("the end of the JPEG is missing")
            position = following.start()


def _read_png(data: bytes) -> ImageHeader:
    orientation = UPRIGHT
    size: tuple[int, int] | None = None
    position, has_pixels = len(_PNG), False
    while True:
        if position + 12 > len(data):
            raise _DamageError("the end of the PNG is missing")
        (length,) = struct.unpack_from(">I", data, position)
        kind, end = data[position + 4 : position + 8], position + 8 + length
        if end + 4 > len(data):
            raise _DamageError(f"PNG chunk {kind!r} ends early")
        if zlib.crc32(memoryview(data)[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise _DamageError(f"the checksum of PNG chunk {kind!r} is wrong")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", data, position + 8)
        elif kind == b"IDAT":
            has_pixels = True
        elif kind == b"eXIf":
            orientation = read_orientation(data[position + 8 : end])
        elif kind == b"IEND":
            break
        position = end + 4
    if size is None or not has_pixels:
        raise _DamageError("a PNG without image data")
    return ImageHeader("PNG", size[0], size[1], orientation)


def _read_webp(data: bytes) -> ImageHeader:
    (riff_size,) = struct.unpack_from("<I", data, 4)
    if riff_size + 8 > len(data):
        raise _DamageError(f"a WebP of {riff_size + 8} bytes, of which {len(data)} are there")
    orientation, position = UPRIGHT, 12
    size: tuple[int, int] | None = None
    while position + 8 <= riff_size + 8:
        kind = data[position : position + 4]
        (length,) = struct.unpack_from("<I", data, position + 4)
        start, end = position + 8, position + 8 + length
        if end > len(data):
            raise _DamageError(f"WebP chunk {kind!r} ends early")
        if kind == b"EXIF":
            orientation = read_orientation(data[start:end].removeprefix(b"Exif\0\0"))
        size = size or _webp_size(kind, data, start)
        position = end + length % 2
    if size is None:
        raise _DamageError("a WebP without image data")
    return ImageHeader("WebP", size[0], size[1], orientation)


def _webp_size(kind: bytes, data: bytes, start: int) -> tuple[int, int] | None:
    if kind == b"VP8X":
        width, height = data[start + 4 : start + 7], data[start + 7 : start + 10]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, start + 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width16, height16 = struct.unpack_from("<HH", data, start + 6)
        return width16 & 0x3FFF, height16 & 0x3FFF
    return None


def _read_bmp(data: bytes) -> ImageHeader:
    offset, header_size = struct.unpack_from("<II", data, 10)
    if header_size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    rows = abs(height)
    needed = offset + (width * bits + 31) // 32 * 4 * rows
    if compression in (0, 3) and len(data) < needed:
        raise _DamageError(f"a BMP of {needed} bytes, of which {len(data)} are there")
    return ImageHeader("BMP", width, rows)


def _read_pnm(data: bytes) -> ImageHeader:
    found = _PNM_HEADER.match(data)
    if found is None:
        raise _DamageError("no size in its PGM or PPM header")
    width, height, largest = (int(group) for group in found.groups())
    sample_bytes = 2 if largest > 255 else 1
    needed = found.end() + width * height * sample_bytes * (3 if data[1:2] == b"6" else 1)
    if len(data) < needed:
        raise _DamageError(f"a PGM or PPM of {needed} bytes, of which {len(data)} are there")
    return ImageHeader("PNM", width, height)
