"""The verdict and the numbers on /diagnostics."""

from __future__ import annotations

import pytest

from vpr_ros.core.outputs.status import ERROR, OK, WARN
from vpr_ros.ros.diagnostics import Health, diagnostics_fields
from vpr_ros.ros.inputs.camera_watch import CameraHealth
from vpr_ros.ros.worker.track_record import Quantiles, Record


@pytest.mark.parametrize(
    ("health", "level", "message"),
    [
        (Health("unconfigured"), OK, "unconfigured"),
        (Health("unconfigured", problem="cannot configure: no map"), ERROR, "cannot configure: no map"),
        (Health("active", silent_s=0.1), OK, "waiting for images"),
        (Health("active", silent_s=0.1, image_age_s=0.2), OK, "localizing"),
        (
            Health("active", silent_s=2.5, image_age_s=2.6, counts={"received": 9, "dropped: newer came": 3}),
            WARN,
            "no usable image for 2.5 s; the camera went silent",
        ),
        (
            Health("active", silent_s=11.0),
            ERROR,
            "no usable image for 11 s; none ever came: is the camera running, and `image` remapped to its topic?",
        ),
        (
            Health("active", silent_s=11.0, counts={"received": 9, "dropped: old": 8, "dropped: zero stamp": 1}),
            ERROR,
            "no usable image for 11 s; images come too old: compare the clocks of camera and robot, or raise "
            "node.max_age_s",
        ),
        (
            Health("active", silent_s=0.1, image_age_s=0.2, why_on_cpu="the GPU's memory is too small"),
            WARN,
            "localizing, on the CPU: the GPU's memory is too small; free the GPU's memory and activate the node again",
        ),
        (Health("active", silent_s=0.1, fault="cut off"), OK, "waiting for a usable image; the last one: cut off"),
        (Health("active", silent_s=2.5, fault="cut off"), WARN, "no usable image for 2.5 s; the last one: cut off"),
        (Health("active", silent_s=11.0, fault="cut off"), ERROR, "no usable image for 11 s; the last one: cut off"),
    ],
)
def test_verdict(health: Health, level: int, message: str) -> None:
    (status,) = diagnostics_fields(health, "vpr", 5)["status"]
    assert (status["level"], status["message"]) == (level, message)


def test_numbers_are_told_by_name() -> None:
    health = Health(
        "active",
        map_id="flat",
        places=7,
        stream="/image",
        silent_s=0.0,
        image_age_s=0.25,
        epoch=2,
        counts={"received": 3, "dropped: old": 1},
        latency_ms={"features": 12.0},
        record=Record(5, 2, {"features": Quantiles(11.0, 14.25)}, (("pose: too few inliers", 3), ("too dark", 1))),
        memory_mb=120.5,
    )
    fields = diagnostics_fields(health, "vpr", 3_000_000_004)
    assert fields["header"]["stamp"] == {"sec": 3, "nanosec": 4}
    values = {pair["key"]: pair["value"] for pair in fields["status"][0]["values"]}
    assert values == {
        "state": "active",
        "map id": "flat",
        "places": "7",
        "image topic": "/image",
        "epoch": "2",
        "image age s": "0.2500",
        "images dropped: old": "1",
        "images received": "3",
        "features ms": "12.0000",
        "features ms of the last minute": "p50 11.0, p95 14.2",
        "places told": "5",
        "fixes published": "2",
        "refused most 1": "pose: too few inliers: 3",
        "refused most 2": "too dark: 1",
        "memory MB": "120.5000",
    }


@pytest.mark.parametrize(
    ("camera", "level", "message"),
    [
        (CameraHealth("left", "/left/image", 0.1, None, None, 7, 0), OK, "images are used"),
        (CameraHealth("left", "/left/image", 0.1, None, None, 0, 0), OK, "no images yet"),
        (CameraHealth("left", "/left/image", 2.5, None, None, 0, 0), WARN, "no usable image for 2.5 s"),
        (CameraHealth("left", "/left/image", 12.0, "no JPEG", None, 9, 9), ERROR, "12 s; the last one: no JPEG"),
        (CameraHealth("left", "/left/image", 0.1, None, "no calibration", 7, 0), WARN, "no poses: no calibration"),
    ],
)
def test_each_camera_has_a_status_of_its_own(camera: CameraHealth, level: int, message: str) -> None:
    health = Health("active", silent_s=0.1, image_age_s=0.2, cameras=[camera], odometry_fault="no stamp")
    whole, status = diagnostics_fields(health, "vpr", 5)["status"]
    assert whole["message"] == "localizing"
    assert {"key": "odometry not used", "value": "no stamp"} in whole["values"]
    assert (status["name"], status["hardware_id"], status["level"]) == ("vpr: camera left", "left", level)
    assert message in status["message"]
    assert {"key": "images unusable", "value": str(camera.unusable)} in status["values"]
