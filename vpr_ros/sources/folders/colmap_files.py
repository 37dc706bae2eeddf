"""The files of a COLMAP model: cameras and images, as .bin or as .txt.

Read by ourselves: of a file that is cut off pycolmap makes cameras of chance numbers, or does not return. The points
that images see are passed over here: colmap_points.py reads them when they are asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vpr_ros.core.errors import SourceError

# By COLMAP's numbers: the model's name and how many parameters it has.
_MODELS = (
    ("SIMPLE_PINHOLE", 3),
    ("PINHOLE", 4),
    ("SIMPLE_RADIAL", 4),
    ("RADIAL", 5),
    ("OPENCV", 8),
    ("OPENCV_FISHEYE", 8),
    ("FULL_OPENCV", 12),
    ("FOV", 5),
    ("SIMPLE_RADIAL_FISHEYE", 4),
    ("RADIAL_FISHEYE", 5),
    ("THIN_PRISM_FISHEYE", 12),
    ("RAD_TAN_THIN_PRISM_FISHEYE", 16),
    ("SIMPLE_DIVISION", 4),
    ("DIVISION", 5),
    ("SIMPLE_FISHEYE", 3),
    ("FISHEYE", 4),
    ("EUCM", 6),
    ("EQUIRECTANGULAR", 2),
)
_NESTED = ("", "sparse/0", "sparse", "0")
_POINT_BYTES = 24
Record = TypeVar("Record")


@dataclass(frozen=True)
class ColmapCamera:
    """As COLMAP has it: a model's name and its parameters."""

    camera_id: int
    model: str
    width: int
    height: int
    params: tuple[float, ...]


@dataclass(frozen=True)
class ColmapImage:
    """camera_from_world: a quaternion w, x, y, z and a translation, seven numbers."""

    name: str
    camera_id: int
    camera_from_world: tuple[float, ...]


@dataclass(frozen=True)
class ColmapFiles:
    """What a model says of cameras, by their numbers, and of the images that it placed."""

    folder: Path
    cameras: dict[int, ColmapCamera]
    images: tuple[ColmapImage, ...]


def find_model(folder: Path) -> Path | None:
    """The folder, or `sparse/0`, `sparse` or `0` in it: the first that holds cameras and images, .bin or .txt."""
    return next((folder / inside for inside in _NESTED if _suffix(folder / inside) is not None), None)


def read_model(folder: Path) -> ColmapFiles:
    """The model in this very folder; of .bin and .txt, .bin counts. Raises SourceError naming the file."""
    if _suffix(folder) == ".bin":
        cameras = _read(folder / "cameras.bin", lambda path: list(_binary_records(path, _binary_camera)))
        images = _read(folder / "images.bin", lambda path: list(_binary_records(path, _binary_image)))
    else:
        cameras = _read(folder / "cameras.txt", lambda path: list(_text_cameras(path)))
        images = _read(folder / "images.txt", lambda path: list(_text_images(path)))
    return ColmapFiles(folder, {camera.camera_id: camera for camera in cameras}, tuple(images))


def _suffix(folder: Path) -> str | None:
    for suffix in (".bin", ".txt"):
        if all((folder / f"{part}{suffix}").is_file() for part in ("cameras", "images")):
            return suffix
    return None


def _read(path: Path, read: Callable[[Path], list[Record]]) -> list[Record]:
    try:
        return read(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except struct.error as error:
        raise SourceError(f"{path}: cut off or no file of COLMAP's: it ends within a record; copy it again") from error


def _binary_records(path: Path, read: Callable[[bytes, int, Path], tuple[Record, int]]) -> Iterator[Record]:
    data = path.read_bytes()
    (count,) = struct.unpack_from("<Q", data)
    at = 8
    for _ in range(count):
        record, at = read(data, at, path)
        yield record


def _binary_camera(data: bytes, at: int, path: Path) -> tuple[ColmapCamera, int]:
    camera_id, model, width, height = struct.unpack_from("<IiQQ", data, at)
    if not 0 <= model < len(_MODELS):
        raise SourceError(f"{path}: camera {camera_id} is of a model with the unknown number {model}")
    name, count = _MODELS[model]
    params = struct.unpack_from(f"<{count}d", data, at + 24)
    return ColmapCamera(camera_id, name, width, height, params), at + 24 + 8 * count


def _binary_image(data: bytes, at: int, path: Path) -> tuple[ColmapImage, int]:
    image_id, *pose, camera_id = struct.unpack_from("<I7dI", data, at)
    start = at + 64
    end = data.find(b"\0", start)
    if end < 0:
        raise SourceError(f"{path}: cut off within the name of image {image_id}; copy it again")
    (points,) = struct.unpack_from("<Q", data, end + 1)
    following = end + 9 + _POINT_BYTES * points
    if following > len(data):
        raise SourceError(f"{path}: cut off within the points of image {image_id}; copy it again")
    return ColmapImage(data[start:end].decode("utf-8", "surrogateescape"), camera_id, tuple(pose)), following


def _text_cameras(path: Path) -> Iterator[ColmapCamera]:
    for number, line in _text_lines(path):
        fields = line.split()
        try:
            camera_id, width, height = int(fields[0]), int(fields[2]), int(fields[3])
            yield ColmapCamera(camera_id, fields[1], width, height, tuple(float(field) for field in fields[4:]))
        except (ValueError, IndexError) as error:
            raise SourceError(f"{path}, line {number}: expected `CAMERA_ID MODEL WIDTH HEIGHT PARAMS...`") from error


def _text_images(path: Path) -> Iterator[ColmapImage]:
    """Two lines an image; the second, its points, may be empty."""
    lines = _text_lines(path, skipping_next=True)
    for number, line in lines:
        fields = line.split(maxsplit=9)
        try:
            pose = tuple(float(field) for field in fields[1:8])
            yield ColmapImage(fields[9].strip(), int(fields[8]), pose)
        except (ValueError, IndexError) as error:
            raise SourceError(
                f"{path}, line {number}: expected `IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME`"
            ) from error


def _text_lines(path: Path, *, skipping_next: bool = False) -> Iterator[tuple[int, str]]:
    """(number, line) of the lines that say something; skipping_next: the line after each of them is passed over."""
    lines = iter(enumerate(path.read_text(encoding="utf-8", errors="surrogateescape").split("\n"), start=1))
    for number, line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line
            if skipping_next:
                next(lines, None)
