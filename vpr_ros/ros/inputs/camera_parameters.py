"""The parameters of cameras: which there are, and of each where it sits and whether its images are rectified.

Knows no rclpy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import pose_matrix, quaternion_from_roll_pitch_yaw
from vpr_ros.core.parse_settings import flatten_settings
from vpr_ros.core.records import Matrix4
from vpr_ros.core.settings import Settings

CAMERAS = "cameras"
ONLY_CAMERA = "camera"
OF_A_CAMERA = (".base_from_camera", ".rectified")
"""How the names of a camera's own parameters end."""

RECTIFIED = ("auto", "true", "false")
MOUNTING_HELP = (
    "where the camera sits: x, y, z in metres, roll, pitch, yaw in radians of its optical frame in the base's; "
    "prevails over TF and over the map's; empty: not said here"
)
RECTIFIED_HELP = "whether the images are undistorted already: true, false, or auto, as the topic's name says"


@dataclass(frozen=True, eq=False)
class CameraSetup:
    """One camera. Topics are relative to the node's namespace, to be remapped.

    base_from_camera: None where the parameters do not say. rectified: None lets the topic's name say it.
    """

    name: str
    image: str
    camera_info: str
    depth: str
    base_from_camera: Matrix4 | None = None
    rectified: bool | None = None


def camera_parameters(cameras: Sequence[str]) -> dict[str, tuple[Any, str]]:
    """{name: (default, help)} of the parameters that these cameras have; no cameras is one called `camera`.

    Raises SettingsError for names that cannot be topics and parameters.
    """
    groups = {name.partition(".")[0] for name in flatten_settings(Settings())}
    for name in cameras:
        if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name):
            raise SettingsError(f"{CAMERAS}: {name!r} is no camera's name; letters, digits and _ are allowed")
        if name in groups:
            raise SettingsError(f"{CAMERAS}: {name!r} is the name of a group of settings; call the camera otherwise")
        if list(cameras).count(name) > 1:
            raise SettingsError(f"{CAMERAS}: {name!r} is named twice")
    mounting, rectified = OF_A_CAMERA
    found: dict[str, tuple[Any, str]] = {}
    for name in cameras or (ONLY_CAMERA,):
        found[f"{name}{mounting}"] = ([], MOUNTING_HELP)
        found[f"{name}{rectified}"] = ("auto", RECTIFIED_HELP)
    return found


def read_cameras(values: Mapping[str, Any]) -> list[CameraSetup]:
    """From the values of `cameras` and of `camera_parameters`. Raises SettingsError naming the parameter and value."""
    named = list(values[CAMERAS] or ())
    mounting, rectified = OF_A_CAMERA
    setups = []
    for name in named or [ONLY_CAMERA]:
        topics = f"{name}/" if named else ""
        setups.append(
            CameraSetup(
                name,
                f"{topics}image",
                f"{topics}camera_info",
                f"{topics}depth",
                _mounting(f"{name}{mounting}", values[f"{name}{mounting}"]),
                _rectified(f"{name}{rectified}", values[f"{name}{rectified}"]),
            )
        )
    return setups


def _mounting(parameter: str, value: Any) -> Matrix4 | None:
    numbers = list(value or ())
    if not numbers:
        return None
    fits = len(numbers) == 6 and all(isinstance(each, (int, float)) and math.isfinite(each) for each in numbers)
    if not fits or any(isinstance(each, bool) for each in numbers):
        raise SettingsError(f"{parameter}: expected x, y, z, roll, pitch, yaw, got {value!r}")
    if any(abs(angle) > 2 * math.pi for angle in numbers[3:]):
        raise SettingsError(f"{parameter}: roll, pitch and yaw are radians, got {numbers[3:]!r}")
    return pose_matrix(np.array(numbers[:3]), quaternion_from_roll_pitch_yaw(*numbers[3:]))


def _rectified(parameter: str, value: Any) -> bool | None:
    text = str(value).lower()  # a YAML file's true is no text
    if text not in RECTIFIED:
        raise SettingsError(f"{parameter}={value!r} is not one of {', '.join(RECTIFIED)}")
    return None if text == "auto" else text == "true"
