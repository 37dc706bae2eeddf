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
    whole = {"binning_x": 0, "binning_y": 0, "roi": roi()}
    return SimpleNamespace(**{**plain, **whole, **fields})


def roi(x: int = 0, y: int = 0, width: int = 0, height: int = 0) -> SimpleNamespace:
    return SimpleNamespace(x_offset=x, y_offset=y, width=width, height=height)


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


@pytest.mark.parametrize("rectified", [False, True])
def test_a_region_of_the_sensor_has_its_own_middle(rectified: bool) -> None:
    part = info(roi=roi(100, 40, 320, 240))
    intrinsics, _ = intrinsics_from_camera_info(part, rectified=rectified)
    whole, _ = intrinsics_from_camera_info(info(), rectified=rectified)
    assert intrinsics is not None
    assert whole is not None
    assert (intrinsics.width, intrinsics.height) == (320, 240)
    assert (whole.matrix - intrinsics.matrix).tolist() == [[0, 0, 100], [0, 0, 40], [0, 0, 0]]


def test_binning_combines_pixels() -> None:
    intrinsics, _ = intrinsics_from_camera_info(info(binning_x=2, binning_y=4))
    assert intrinsics is not None
    assert (intrinsics.width, intrinsics.height) == (320, 120)
    assert (intrinsics.matrix[0, 0], intrinsics.matrix[1, 1]) == (250, 501 / 4)
    # What lay between the pixels 0 and 1 of a row, and in the middle of the first four of a column, is pixel 0.
    k = [500.0, 0, 0.5, 0, 501, 1.5, 0, 0, 1]
    first, _ = intrinsics_from_camera_info(info(k=k, binning_x=2, binning_y=4))
    assert first is not None
    assert first.matrix[:2, 2].tolist() == [0, 0]
    assert first.matrix[2].tolist() == [0, 0, 1]


def test_a_binned_region() -> None:
    intrinsics, _ = intrinsics_from_camera_info(info(roi=roi(20, 40, 400, 200), binning_x=2, binning_y=2))
    assert intrinsics is not None
    assert (intrinsics.width, intrinsics.height) == (200, 100)
    assert intrinsics.matrix[0, 2] == pytest.approx((300.5) / 2 - 0.5)


def test_what_leaves_no_image_is_told() -> None:
    intrinsics, reason = intrinsics_from_camera_info(info(roi=roi(0, 0, 0, 10)))
    assert intrinsics is None
    assert "leave an image of 0x10" in reason
