from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Any

import numpy as np
import pytest

from vpr_ros.core.errors import SettingsError
from vpr_ros.ros.inputs.camera_parameters import camera_parameters, read_cameras


def values(cameras: Sequence[str] = (), **given: Any) -> dict[str, Any]:
    defaults = {name: default for name, (default, _) in camera_parameters(cameras).items()}
    return {"cameras": list(cameras), **defaults, **{name.replace("__", "."): value for name, value in given.items()}}


def test_without_names_there_is_one_camera():
    (camera,) = read_cameras(values())
    assert (camera.name, camera.image, camera.camera_info, camera.depth) == ("camera", "image", "camera_info", "depth")
    assert camera.base_from_camera is None
    assert camera.rectified is None


def test_each_named_camera_has_topics_and_parameters_of_its_own():
    front, left = read_cameras(values(["front", "left"], left__rectified=True, front__rectified="false"))
    assert (front.image, left.image, left.camera_info) == ("front/image", "left/image", "left/camera_info")
    assert (front.rectified, left.rectified) == (False, True)


def test_an_optical_frame_that_looks_ahead():
    (camera,) = read_cameras(values(camera__base_from_camera=[0.1, 0, 1, -pi / 2, 0, -pi / 2]))
    # A point two metres before the lens, half a metre to its right.
    seen = camera.base_from_camera @ np.array([0.5, 0.0, 2.0, 1.0])
    assert seen[:3] == pytest.approx([2.1, -0.5, 1.0])


@pytest.mark.parametrize("names", [["a b"], [""], ["1st"], ["front", "front"], ["pose"], ["/front"], [3]])
def test_names_that_cannot_be(names: Any):
    with pytest.raises(SettingsError, match="cameras: "):
        camera_parameters(names)


@pytest.mark.parametrize(
    "given",
    [
        {"camera__base_from_camera": [1.0, 2.0]},
        {"camera__base_from_camera": [0, 0, 0, 0, 0, float("nan")]},
        {"camera__base_from_camera": ["a"] * 6},
        {"camera__base_from_camera": [0.0, 0.0, 1.0, -90.0, 0.0, -90.0]},
        {"camera__base_from_camera": [True] * 6},
        {"camera__rectified": "maybe"},
    ],
)
def test_values_that_mean_nothing_are_named(given: dict[str, Any]):
    (name,) = given
    with pytest.raises(SettingsError, match=name.replace("__", ".")):
        read_cameras(values(**given))
