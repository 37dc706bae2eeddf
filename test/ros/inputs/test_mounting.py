from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.camera_parameters import CameraSetup
from vpr_ros.ros.inputs.mounting import Mounting

BY_TF, BY_MAP, BY_PARAMETER = (planar_pose(x, 0.0, 0.0) for x in (1.0, 2.0, 3.0))


class Frames:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def lookup(self, target: str, source: str) -> Matrix4 | None:
        self.asked.append((target, source))
        return BY_TF if (target, source) == ("base_link", "lens") else None

    def why_not(self, target: str, source: str) -> str:
        return f"{target} and {source} are strangers"


def place_map(*cameras: str) -> LocalizationMap:
    def mounting(camera: str, *, exactly: bool = False) -> Matrix4 | None:
        return BY_MAP if camera in cameras or (len(cameras) == 1 and not exactly) else None

    return cast(LocalizationMap, SimpleNamespace(mounting=mounting))


def made(frames: Frames | None = None, cameras: tuple[str, ...] = ("front",), **changed: Any) -> Mounting:
    name = changed.pop("name", "left")
    setup = CameraSetup(name, f"{name}/image", "", "", changed.pop("by_parameter", None))
    options = {"is_only": True, "is_wanted": True, **changed}
    return Mounting(setup, frames, "base_link", place_map(*cameras), **options)


def test_the_parameter_prevails() -> None:
    frames = Frames()
    assert np.array_equal(made(frames, by_parameter=BY_PARAMETER).base_from_camera("lens", "/left/image"), BY_PARAMETER)
    assert np.array_equal(made(by_parameter=BY_PARAMETER).base_from_camera("lens", "/left/image"), BY_PARAMETER)
    assert frames.asked == []


def test_tf_is_asked_for_the_images_frame_and_says_why_not() -> None:
    mounting = made(Frames())
    assert np.array_equal(mounting.base_from_camera("lens", "/left/image"), BY_TF)
    assert mounting.why_not() is None
    assert mounting.base_from_camera("elsewhere", "/left/image") is None
    assert mounting.why_not() == "base_link and elsewhere are strangers"


def test_images_without_a_frame_are_told() -> None:
    mounting = made(Frames())
    assert mounting.base_from_camera("", "/left/image") is None
    assert "frame_id is empty" in (mounting.why_not() or "")


def test_tf_is_not_asked_where_no_pose_is_sought() -> None:
    frames = Frames()
    assert made(frames, is_wanted=False).base_from_camera("lens", "/left/image") is None
    assert frames.asked == []


def test_the_only_camera_sits_where_the_maps_only_one_did() -> None:
    assert np.array_equal(made().base_from_camera("lens", "/image"), BY_MAP)


def test_a_camera_among_several_must_be_called_as_in_the_map() -> None:
    mounting = made(is_only=False)
    assert mounting.base_from_camera("lens", "/left/image") is None
    assert "no camera 'left'" in (mounting.why_not() or "")
    assert np.array_equal(made(is_only=False).base_from_camera("lens", "/front/image_raw"), BY_MAP)
    assert np.array_equal(made(cameras=("left", "x"), is_only=False).base_from_camera("lens", "/usb/image"), BY_MAP)


def test_a_camera_that_nobody_named_is_not_the_maps_camera_of_that_name() -> None:
    mounting = made(name="camera", cameras=("camera", "rear"))
    assert mounting.base_from_camera("lens", "/left/image") is None
    assert "no camera 'left'" in (mounting.why_not() or "")
    assert np.array_equal(mounting.base_from_camera("lens", "/image"), BY_MAP)
    assert mounting.why_not() is None
