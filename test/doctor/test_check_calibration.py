"""CameraInfo: there, of these images, of a lens that can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from robot_bag import IMAGES

from vpr_ros.core.records import Intrinsics
from vpr_ros.doctor.check_calibration import check_calibration, field_of_view_deg
from vpr_ros.doctor.finding import FAIL, OK, WARN
from vpr_ros.doctor.recording import Recording

P = [250.0, 0, 160, 0, 0, 250, 120, 0, 0, 0, 1, 0]
BENT = {"d": [-0.2, 0.05, 0.0, 0.0, 0.0]}


def matrix(fx: float = 260.0, fy: float = 260.0, cx: float = 159.5, cy: float = 119.5) -> list[float]:
    return [fx, 0, cx, 0, fy, cy, 0, 0, 1]


@pytest.mark.parametrize(
    ("info", "level", "told"),
    [
        ({}, OK, "320x240, 63 degrees across"),
        (None, WARN, "no CameraInfo beside"),
        ({"k": [0.0] * 9}, FAIL, "K is zero"),
        ({"k": [float("nan")] * 9}, FAIL, "K is zero or not a number"),
        ({"width": 640, "height": 480}, FAIL, "it is for 640x480, images are 320x240"),
        ({"k": matrix(cx=400.0)}, FAIL, "the centre lies outside the image"),
        ({"k": matrix(cx=80.0)}, WARN, "far from the middle"),
        ({"k": matrix(2600.0, 2600.0)}, FAIL, "no camera of a robot sees 7 degrees"),
        ({"k": matrix(260.0, 195.0)}, WARN, "pixels are not square"),
        ({"d": [-3.0, 0.0, 0.0, 0.0, 0.0]}, FAIL, "cannot be inverted"),
        ({"d": [0.1, 0.2]}, FAIL, "with 2 coefficients is not supported"),
    ],
)
def test_calibrations(record: Callable[..., Recording], info: dict[str, Any] | None, level: str, told: str):
    (finding,) = check_calibration(record(info=info))
    assert finding.level == level
    assert told in finding.found


def test_a_calibration_that_changes(record: Callable[..., Recording]):
    _, finding = check_calibration(record(later_info={"k": matrix(300.0, 300.0)}))
    assert (finding.level, finding.found) == (WARN, "/camera/camera_info carries 2 different ones")


def test_a_part_of_the_sensor_counts_as_it_is_sent(record: Callable[..., Recording]):
    """K is that of the whole sensor: half of its pixels each way, then a region of it."""
    whole = {"width": 640, "height": 480, "k": matrix(520.0, 520.0, 319.5, 239.5)}
    for part in (
        {"binning_x": 2, "binning_y": 2},
        {"roi": {"x_offset": 160, "y_offset": 120, "width": 320, "height": 240}},
    ):
        assert [each.level for each in check_calibration(record(info={**whole, **part}))] == [OK]
    assert [each.level for each in check_calibration(record(info={"binning_x": 2, "binning_y": 2}))] == [FAIL]


@pytest.mark.parametrize(
    ("topic", "rectified", "info", "level", "told"),
    [
        (IMAGES, False, BENT, OK, "D is undone; if it is undistorted already, say --rectified"),
        (IMAGES, True, {**BENT, "p": P}, OK, "P is used, D is not"),
        ("/camera/image_rect", False, {**BENT, "p": P}, OK, "/camera/image_rect is undistorted already"),
        ("/camera/image_rect", False, BENT, WARN, "P of its CameraInfo is empty"),
    ],
)
def test_undistorted_images(
    record: Callable[..., Recording], topic: str, rectified: bool, info: dict[str, Any], level: str, told: str
):
    _, finding = check_calibration(record({"rectified": rectified}, topic=topic, info=info))
    assert (finding.check, finding.level) == ("rectified", level)
    assert told in finding.found


def test_the_field_of_view_of_a_fish_eye():
    matrix = np.array([[100.0, 0, 157], [0, 100, 100], [0, 0, 1]])
    assert field_of_view_deg(Intrinsics(matrix, 314, 200, "equidistant", (0.0,) * 4)) == pytest.approx(180, abs=1)
    assert field_of_view_deg(Intrinsics(matrix, 314, 200)) == pytest.approx(115, abs=1)
