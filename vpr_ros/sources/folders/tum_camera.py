"""Which camera took a TUM RGB-D sequence: calibration.txt says it, or the name that the data set gives its folders."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Intrinsics

_CALIBRATION = "calibration.txt"
_FREIBURG = re.compile(r"freiburg([123])")
# The data set's own calibration of its colour cameras: fx fy cx cy, then k1 k2 p1 p2 k3.
_CAMERAS = {
    "1": (517.3, 516.5, 318.6, 255.3, 0.2624, -0.9531, -0.0054, 0.0026, 1.1633),
    "2": (520.9, 521.0, 325.1, 249.7, 0.2312, -0.7849, -0.0033, -0.0001, 0.9172),
    "3": (535.4, 539.2, 320.1, 247.6, 0.0, 0.0, 0.0, 0.0, 0.0),
}
_FREIBURG_SIZE = 640, 480


def find_intrinsics(folder: Path, size: tuple[int, int] | None) -> tuple[Intrinsics | None, str]:
    """(calibration, a note on where it comes from). size: width and height of the images, None where it is unknown.

    calibration.txt is one line `fx fy cx cy`, or with `k1 k2 p1 p2 k3` behind it. Raises SourceError where it is not.
    """
    path = folder / _CALIBRATION
    if size is None:
        return None, "no calibration: the first image cannot be read"
    if path.is_file():
        return _intrinsics(_read_numbers(path), size), f"calibration from {path}"
    found = _FREIBURG.search(folder.resolve().name)
    if found is not None and size == _FREIBURG_SIZE:
        return _intrinsics(_CAMERAS[found[1]], size), f"calibration of the camera of freiburg{found[1]}"
    return None, f"no calibration: put `fx fy cx cy [k1 k2 p1 p2 k3]` into {path}"


def _read_numbers(path: Path) -> tuple[float, ...]:
    try:
        numbers = tuple(float(each) for each in path.read_text(encoding="utf-8").split())
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SourceError(f"{path}: expected numbers `fx fy cx cy [k1 k2 p1 p2 k3]`") from error
    if len(numbers) not in (4, 9) or not all(map(math.isfinite, numbers)) or min(numbers[:2]) <= 0:
        raise SourceError(
            f"{path}: expected `fx fy cx cy`, or these and `k1 k2 p1 p2 k3`; found {len(numbers)} numbers"
        )
    return numbers


def _intrinsics(numbers: tuple[float, ...], size: tuple[int, int]) -> Intrinsics:
    fx, fy, cx, cy, *distortion = numbers
    matrix = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    if not any(distortion):
        return Intrinsics(matrix, *size)
    return Intrinsics(matrix, *size, "plumb_bob", tuple(distortion))
