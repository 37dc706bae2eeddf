from __future__ import annotations

import pytest

from vpr_ros.ros.inputs import camera_watch
from vpr_ros.ros.inputs.camera_watch import CameraWatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(camera_watch, "monotonic", lambda: now[0])
    return now


def test_images_that_wait_pass_for_usable_until_one_is_not(clock: list[float]) -> None:
    watch = CameraWatch()
    clock[0] += 5
    assert watch.health("left", "/left", None).silent_s == 5
    watch.received()
    assert watch.health("left", "/left", None).silent_s == 0
    watch.failed("no JPEG")
    clock[0] += 1
    watch.received()
    health = watch.health("left", "/left", "no calibration")
    assert (health.silent_s, health.fault, health.received, health.unusable) == (1, "no JPEG", 2, 1)
    assert (health.name, health.topic, health.without_poses) == ("left", "/left", "no calibration")
    watch.used()
    assert watch.health("left", "/left", None).silent_s == 0
    assert watch.fault is None
