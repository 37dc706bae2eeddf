"""CameraInfo in all its states."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from vpr_ros.sources.images.camera_intrinsics import (
    camera_name,
    info_topic_of,
    intrinsics_from_camera_info,
    is_rectified_topic,
)

K = [500.0, 0, 320, 0, 501, 240, 0, 0, 1]
P = [400.0, 0, 300, 0, 0, 401, 200, 0, 0, 0, 1, 0]


def info(**fields: Any) -> SimpleNamespace:
    plain = {"width": 640, "height": 480, "distortion_model": "plumb_bob", "d": [0.1, 0, 0, 0, 0], "k": K, "p": P}
    return SimpleNamespace(**{**plain, **fields})


@pytest.mark.parametrize(
    ("model", "count"),
    [("plumb_bob", 4), ("plumb_bob", 5), ("rational_polynomial", 8), ("rational_polynomial", 14), ("equidistant", 4)],
)
def test_models_of_ros(model: str, count: int) -> None:
    intrinsics, reason = intrinsics_from_camera_info(info(distortion_model=model, d=[0.01] * count))
    assert reason == ""
    assert intrinsics is not None
    assert (intrinsics.distortion_model, intrinsics.distortion) == (model, (0.01,) * count)
    assert (intrinsics.matrix[1, 1], intrinsics.width, intrinsics.height, intrinsics.rectified) == (
        501,
        640,
        480,
        False,
    )


@pytest.mark.parametrize("model", ["", "plumb_bob"])
def test_no_coefficients_are_no_distortion(model: str) -> None:
    intrinsics, _ = intrinsics_from_camera_info(info(distortion_model=model, d=[]))
    assert intrinsics is not None
    assert intrinsics.distortion_model == "none"


def test_rectified_images_use_p_and_forget_d() -> None:
    intrinsics, _ = intrinsics_from_camera_info(info(), rectified=True)
    assert intrinsics is not None
    assert (intrinsics.matrix[0, 0], intrinsics.matrix[1, 2]) == (400, 200)
    assert (intrinsics.distortion, intrinsics.rectified) == ((), True)
    without_p, _ = intrinsics_from_camera_info(info(p=[0.0] * 12), rectified=True)
    assert without_p is not None
    assert without_p.matrix[0, 0] == 500


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"k": [0.0] * 9}, "K is zero"),
        ({"k": [float("nan")] * 9}, "not a number"),
        ({"width": 0}, "no image size"),
        ({"distortion_model": "fov", "d": [0.9]}, "distortion 'fov' with 1 coefficients is not supported"),
        ({"d": [0.1] * 3}, "'plumb_bob' with 3 coefficients"),
        ({"d": [float("inf")] * 5}, "not supported"),
    ],
)
def test_what_cannot_be_used_is_none_with_a_reason(fields: dict[str, Any], told: str) -> None:
    intrinsics, reason = intrinsics_from_camera_info(info(**fields))
    assert intrinsics is None
    assert told in reason


@pytest.mark.parametrize(
    ("topic", "name", "info_topic", "rectified"),
    [
        ("/camera/image_raw", "camera", "/camera/camera_info", False),
        ("/robot/front/image_rect_color/compressed", "robot/front", "/robot/front/camera_info", True),
        ("/image_raw", "camera", "/camera_info", False),
        ("/image_rect", "camera", "/camera_info", True),
    ],
)
def test_names_of_topics(topic: str, name: str, info_topic: str, rectified: bool) -> None:
    assert (camera_name(topic), info_topic_of(topic), is_rectified_topic(topic)) == (name, info_topic, rectified)
