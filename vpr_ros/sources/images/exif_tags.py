"""EXIF as it lies in image files: TIFF directories of tags. Read by ourselves, as decoders differ in it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

SHORT = 3
_FIRST_DIRECTORY_AT = 4
_MAX_VALUES = 1000
"""No tag that is asked for holds more; a damaged count shall not cost memory."""
# Kind of value: (bytes, struct letter); 5 and 10 are pairs of integers, a numerator and its denominator.
_KINDS = {1: (1, "B"), 2: (1, "s"), 3: (2, "H"), 4: (4, "I"), 5: (8, "II"), 7: (1, "s"), 9: (4, "i"), 10: (8, "ii")}
_RATIONALS = (5, 10)


@dataclass(frozen=True)
class ExifTag:
    """A tag's kind (TIFF's number) and values: numbers, or one text without its closing zero."""

    kind: int
    values: tuple[float, ...] = ()
    text: str = ""


def read_tags(exif: bytes, pointer: int | None = None) -> dict[int, ExifTag]:
    """Tags of the first directory, or of the one that this tag of the first points to (0x8825: GPS).

    Empty where there is none; what is damaged is left out: a damaged remark about an image is no damage to the image.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < _FIRST_DIRECTORY_AT + 4:
        return {}
    (first,) = struct.unpack_from(f"{order}I", exif, _FIRST_DIRECTORY_AT)
    tags = _read_directory(exif, order, first)
    if pointer is None:
        return tags
    found = tags.get(pointer)
    return _read_directory(exif, order, int(found.values[0])) if found is not None and found.values else {}


def _read_directory(exif: bytes, order: str, start: int) -> dict[int, ExifTag]:
    tags: dict[int, ExifTag] = {}
    try:
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for index in range(count):
            at = start + 2 + 12 * index
            number, kind, length = struct.unpack_from(f"{order}HHI", exif, at)
            value = _read_value(exif, order, kind, length, at + 8)
            if value is not None:
                tags.setdefault(number, value)
    except struct.error:
        pass  # what was read before it holds
    return tags


def _read_value(exif: bytes, order: str, kind: int, count: int, at: int) -> ExifTag | None:
    if kind not in _KINDS or not 0 < count <= _MAX_VALUES:
        return None
    size, letter = _KINDS[kind]
    if size * count > 4:  # what is longer than four bytes lies elsewhere
        (at,) = struct.unpack_from(f"{order}I", exif, at)
    if at + size * count > len(exif):
        return None
    if letter == "s":
        return ExifTag(kind, text=exif[at : at + count].split(b"\0")[0].decode("ascii", "replace"))
    numbers = struct.unpack_from(order + letter * count, exif, at)
    if kind in _RATIONALS:
        numbers = tuple(_quotient(*numbers[index : index + 2]) for index in range(0, len(numbers), 2))
    return ExifTag(kind, values=numbers)


def _quotient(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else math.nan
