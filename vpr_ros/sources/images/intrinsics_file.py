"""A camera's calibration in a file of its own, as ROS's calibrator writes it or with K as RGB-D folders have it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from vpr_ros.core.errors import SettingsError, SourceError
from vpr_ros.core.read_yaml import read_yaml_mapping
from vpr_ros.core.records import Intrinsics
from vpr_ros.sources.images.camera_intrinsics import WHOLE_SENSOR, intrinsics_from_camera_info


def read_intrinsics_file(path: Path, rectified: bool = False) -> Intrinsics:
    """YAML or JSON; `rectified: true` in it, or rectified here, says that images are undistorted already.

    Raises SourceError naming the file and what is wrong with it.
    """
    try:
        given = read_yaml_mapping(path.read_text(encoding="utf-8"), str(path))
        undistorted = _is_rectified(given, rectified, path)
        intrinsics, why_not = intrinsics_from_camera_info(_camera_info(given), rectified=undistorted)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except SettingsError as error:
        raise SourceError(str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(
            f"{path}: no calibration: expected image_width, image_height, camera_matrix, distortion_model and "
            f"distortion_coefficients as camera_calibration writes them, or width, height and a 3x3 K ({error!r})"
        ) from error
    if intrinsics is None:
        raise SourceError(f"{path}: no calibration: {why_not}")
    return intrinsics


def _is_rectified(given: Mapping[str, Any], asked: bool, path: Path) -> bool:
    said = given.get("rectified", asked)
    if not isinstance(said, bool):
        raise SourceError(f"{path}: no calibration: rectified is {said!r}, expected true or false")
    if asked and not said:
        raise SourceError(f"{path} says rectified: false, but --rectified was asked for: leave one of them out")
    return said


def _camera_info(given: Mapping[str, Any]) -> Any:
    """What both spellings say, as a CameraInfo has it."""
    if "camera_matrix" in given:
        return SimpleNamespace(
            **WHOLE_SENSOR,
            width=int(given["image_width"]),
            height=int(given["image_height"]),
            k=[float(value) for value in given["camera_matrix"]["data"]],
            distortion_model=given["distortion_model"],
            d=[float(value) for value in given["distortion_coefficients"]["data"]],
            p=_projection(given.get("projection_matrix")),
        )
    distortion = [float(value) for value in given.get("dist_k1k2p1p2k3") or ()]
    return SimpleNamespace(
        **WHOLE_SENSOR,
        width=int(given["width"]),
        height=int(given["height"]),
        k=[float(value) for row in given["K"] for value in row],
        distortion_model="plumb_bob" if distortion else "none",
        d=distortion,
        p=_projection(None),
    )


def _projection(matrix: Any) -> list[float]:
    """P, which only undistorted images are calibrated by; zeros where there is none, as ROS has it."""
    return [0.0] * 12 if matrix is None else [float(value) for value in matrix["data"]]
