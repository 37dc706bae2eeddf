"""Whether the camera's calibration is one, is of these images, and is one that a lens can have."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.records import Intrinsics
from vpr_ros.doctor.finding import FAIL, Finding, fail, ok, warn
from vpr_ros.doctor.read_recording import is_rectified
from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.images.camera_intrinsics import info_topic_of

CALIBRATE = "calibrate with camera_calibration's cameracalibrator at this image size"
NARROWEST_DEG, WIDEST_DEG = 20.0, 190.0
"""Cameras of robots see 40 to 180 degrees across; narrower than a telephoto lens, K is of another image size."""
OFF_CENTRE = 0.2
"""Of the size: sensors sit within a few per cent behind their lens; more means that the image was cropped after."""
SQUARE = 0.1
"""Pixels are square to a per cent; where fx and fy differ by more than this the image was squeezed after."""


def check_calibration(recording: Recording) -> list[Finding]:
    """The CameraInfo beside the images."""
    camera = recording.camera
    if camera is None or not len(recording.images.stamps_ns):
        return []
    if not recording.infos:
        todo = f"without it there are places and rooms, but no poses; record {info_topic_of(camera.image.name)}"
        return [warn("calibration", f"no CameraInfo beside {camera.image.name}", todo)]
    seen = recording.infos[0]
    if seen.intrinsics is None:
        return [fail("calibration", seen.why, CALIBRATE)]
    size = recording.images.sizes[0]
    if size is not None and size != (seen.intrinsics.width, seen.intrinsics.height):
        found = f"it is for {seen.intrinsics.width}x{seen.intrinsics.height}, images are {size[0]}x{size[1]}"
        return [fail("calibration", found, "take the camera_info of the same stream, or " + CALIBRATE)]
    judged = judge_intrinsics(seen.intrinsics)
    return [judged] if judged.level == FAIL else [judged, *_several(recording), *_rectified(recording)]


def judge_intrinsics(intrinsics: Intrinsics) -> Finding:
    """Whether a lens may be like that."""
    fx, fy = intrinsics.matrix[0, 0], intrinsics.matrix[1, 1]
    cx, cy = intrinsics.matrix[0, 2], intrinsics.matrix[1, 2]
    width, height = intrinsics.width, intrinsics.height
    fov = field_of_view_deg(intrinsics)
    lens = "rectified" if intrinsics.rectified else intrinsics.distortion_model
    if not any(intrinsics.distortion) and intrinsics.distortion_model == "plumb_bob":
        lens = "no distortion"
    found = f"{width}x{height}, {fov:.0f} degrees across, fx {fx:.1f}, fy {fy:.1f}, centre {cx:.1f}, {cy:.1f}, {lens}"
    numbers = {"field_of_view_deg": fov}
    if not (0 <= cx < width and 0 <= cy < height):
        return fail("calibration", f"{found}; the centre lies outside the image", CALIBRATE, **numbers)
    if not NARROWEST_DEG <= fov <= WIDEST_DEG:
        todo = f"K is probably of another image size: {CALIBRATE}"
        return fail("calibration", f"{found}; no camera of a robot sees {fov:.0f} degrees", todo, **numbers)
    try:
        undistort_pixels(intrinsics, np.array([[x, y] for x in (0, cx, width - 1) for y in (0, cy, height - 1)], float))
    except SettingsError as error:
        return fail("calibration", str(error), CALIBRATE, **numbers)
    if abs(fx / fy - 1) > SQUARE:
        return warn("calibration", f"{found}; pixels are not square", f"the image was squeezed: {CALIBRATE}", **numbers)
    if abs(cx / width - 0.5) > OFF_CENTRE or abs(cy / height - 0.5) > OFF_CENTRE:
        todo = f"the image was cropped after it was calibrated: {CALIBRATE}"
        return warn("calibration", f"{found}; the centre is far from the middle", todo, **numbers)
    return ok("calibration", found, **numbers)


def field_of_view_deg(intrinsics: Intrinsics) -> float:
    """Across, between the left and right edges through the centre; of the lens without distortion but for fish eyes."""
    fx, cx = float(intrinsics.matrix[0, 0]), float(intrinsics.matrix[0, 2])
    sides = np.array([cx, intrinsics.width - cx]) / fx
    fish = intrinsics.distortion_model == "equidistant" and not intrinsics.rectified
    return float(np.degrees(np.sum(sides if fish else np.arctan(sides))))


def _several(recording: Recording) -> list[Finding]:
    if len(recording.infos) == 1:
        return []
    topic = recording.camera.info.name if recording.camera is not None and recording.camera.info is not None else "?"
    todo = "the first one is used for all images: keep zoom, resolution and the calibration as they are"
    return [warn("calibration", f"{topic} carries {len(recording.infos)} different ones", todo)]


def _rectified(recording: Recording) -> list[Finding]:
    """By name image_proc's images are undistorted; of others somebody must say so."""
    camera, info = recording.camera, recording.infos[0]
    assert camera is not None
    message: Any = info.message
    bends = any(message.d) or message.distortion_model == "equidistant"
    name = camera.image.name
    if is_rectified(camera, recording.options):
        if bends and not (message.p[0] > 0 and message.p[5] > 0):
            todo = "K is used instead, which is another camera's: let image_proc publish its camera_info, with P"
            return [warn("rectified", f"{name} is undistorted, and P of its CameraInfo is empty", todo)]
        return [ok("rectified", f"{name} is undistorted already: P is used, D is not")]
    if bends:
        told = f"{name} is taken as the lens bends it, and D is undone; if it is undistorted already, say --rectified"
        return [ok("rectified", told)]
    return []
