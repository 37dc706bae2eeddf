"""The points of a COLMAP model: which pixels of its images see which points, and where these lie. .bin or .txt."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SourceError
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.records import Array

_PIXEL_CENTRE = 0.5
_SEEN = np.dtype([("x", "<f8"), ("y", "<f8"), ("point", "<i8")])
_POINT_HEAD = struct.Struct("<Q3d3BdQ")
_ELEMENT_BYTES = 8
Read = TypeVar("Read")
Observations = tuple[str, Array, npt.NDArray[np.int64]]


def read_observed_points(folder: Path) -> dict[str, ObservedPoints]:
    """By names of images, those that see points; empty for a model without points. Raises SourceError, one line."""
    binary = (folder / "points3D.bin").is_file() and (folder / "images.bin").is_file()
    suffix = ".bin" if binary else ".txt"
    if not (folder / f"points3D{suffix}").is_file():
        return {}
    numbers, places = _guarded(folder / f"points3D{suffix}", _binary_points if binary else _text_points)
    images = _guarded(folder / f"images{suffix}", _binary_images if binary else _text_images)
    found = {}
    for name, pixels, seen in images:
        rows = np.searchsorted(numbers, seen)
        known = (seen >= 0) & (rows < len(numbers))
        known[known] = numbers[rows[known]] == seen[known]
        if known.any():
            # Numbers of tracks count from 0 without gaps: COLMAP's own may exceed what a map keeps.
            found[name] = ObservedPoints(pixels[known] - _PIXEL_CENTRE, places[rows[known]], rows[known])
    return found


def _guarded(path: Path, read: Callable[[Path], Read]) -> Read:
    try:
        return read(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except (struct.error, ValueError, IndexError) as error:
        raise SourceError(f"{path}: cut off or no file of COLMAP's; copy it again") from error


def _binary_points(path: Path) -> tuple[npt.NDArray[np.int64], Array]:
    data = path.read_bytes()
    (count,) = struct.unpack_from("<Q", data)
    at = 8
    numbers: list[int] = []
    places: list[tuple[float, ...]] = []
    for _ in range(count):
        number, x, y, z, *_, length = _POINT_HEAD.unpack_from(data, at)
        at += _POINT_HEAD.size + _ELEMENT_BYTES * length
        numbers.append(number)
        places.append((x, y, z))
    if at > len(data):
        raise ValueError("cut off")
    return _sorted_points(numbers, places)


def _text_points(path: Path) -> tuple[npt.NDArray[np.int64], Array]:
    fields = [line.split(maxsplit=4) for line in _said(path)]
    return _sorted_points([int(each[0]) for each in fields], [tuple(map(float, each[1:4])) for each in fields])


def _sorted_points(numbers: list[int], places: list[tuple[float, ...]]) -> tuple[npt.NDArray[np.int64], Array]:
    found = np.array(numbers, np.int64)
    where = np.array(places, np.float64).reshape(-1, 3)
    finite = np.isfinite(where).all(axis=1)
    order = np.argsort(found[finite], kind="stable")
    return found[finite][order], where[finite][order]


def _binary_images(path: Path) -> list[Observations]:
    data = path.read_bytes()
    (count,) = struct.unpack_from("<Q", data)
    at, images = 8, []
    for _ in range(count):
        start = at + 64
        end = data.index(b"\0", start)
        (length,) = struct.unpack_from("<Q", data, end + 1)
        seen = np.frombuffer(data, _SEEN, length, end + 9)
        at = end + 9 + _SEEN.itemsize * length
        pixels = np.column_stack([seen["x"], seen["y"]])
        images.append((_name(data[start:end].decode("utf-8", "surrogateescape")), pixels, seen["point"]))
    return images


def _text_images(path: Path) -> list[Observations]:
    images, lines = [], iter(path.read_text(encoding="utf-8", errors="surrogateescape").split("\n"))
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        seen = np.array(next(lines, "").split(), dtype=np.float64).reshape(-1, 3)
        images.append((_name(line.split(maxsplit=9)[9].strip()), seen[:, :2], seen[:, 2].astype(np.int64)))
    return images


def _said(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def _name(name: str) -> str:
    """As the source calls its frames."""
    return Path(name).as_posix()
