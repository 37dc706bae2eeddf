"""Our lenses as pycolmap's cameras. The one place where pycolmap is imported for solving."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Intrinsics

# Both put (0, 0) where they like, as long as pixels and principal point agree: ours go through as they are.
_PLAIN = "PINHOLE"


def import_colmap() -> Any:
    """The module. Raises SettingsError with what to do where it is missing or does not load."""
    try:
        with _sigterm_kept():
            import pycolmap
    except ImportError as error:
        reason = str(error).partition("\n")[0]
        raise SettingsError(
            f"poses are solved by pycolmap, which does not load ({reason}); pip install pycolmap, or set "
            "pose.enabled=false"
        ) from error
    return pycolmap


@contextlib.contextmanager
def _sigterm_kept() -> Iterator[None]:
    """pycolmap's logging takes SIGTERM for a crash: a node told to end would die with a stack trace instead.

    By the C library, as Python's own functions for it are for the main thread only.
    """
    if "pycolmap" in sys.modules:
        yield
        return
    library, handler = ctypes.CDLL(None), ctypes.create_string_buffer(_LARGEST_SIGACTION)
    library.sigaction(signal.SIGTERM, None, handler)
    try:
        yield
    finally:
        library.sigaction(signal.SIGTERM, handler, None)


_LARGEST_SIGACTION = 1024
"""Bytes; Linux needs 152."""


def ask_colmap(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a solver finds, None also where it gives up by raising: a degenerate image is no reason to stop a robot."""
    try:
        return function(*arguments)
    except (RuntimeError, ValueError, ArithmeticError):
        return None


def colmap_camera(intrinsics: Intrinsics) -> Any:
    """A pycolmap.Camera that projects as `core.lens.project_points` does. Intrinsics have been checked."""
    model, further = _model(intrinsics)
    k = np.asarray(intrinsics.matrix, dtype=np.float64)
    params = [k[0, 0], k[1, 1], k[0, 2], k[1, 2], *further]
    colmap = import_colmap()
    return colmap.Camera(model=model, width=intrinsics.width, height=intrinsics.height, params=params)


def _model(intrinsics: Intrinsics) -> tuple[str, tuple[float, ...]]:
    """Name and distortion of the model of COLMAP that is the same formula."""
    name, given = intrinsics.distortion_model, intrinsics.distortion
    if intrinsics.rectified or name == "none":
        return _PLAIN, ()
    if name == "equidistant":  # bends rays even when its coefficients are all zero
        return "OPENCV_FISHEYE", tuple(given) or (0.0,) * 4
    if not any(given):
        return _PLAIN, ()
    if len(given) == 4:
        return "OPENCV", tuple(given)
    return "FULL_OPENCV", (*given, *(0.0,) * (8 - len(given)))  # k1 k2 p1 p2 k3 k4 k5 k6 in both
