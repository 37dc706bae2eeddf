"""The verdict and the numbers on /diagnostics."""

from __future__ import annotations

import pytest

from vpr_ros.core.outputs.status import ERROR, OK, WARN
from vpr_ros.ros.diagnostics import Health, diagnostics_fields


@pytest.mark.parametrize(
    ("health", "level", "message"),
    [
        (Health("unconfigured"), OK, "unconfigured"),
        (Health("unconfigured", problem="cannot configure: no map"), ERROR, "cannot configure: no map"),
        (Health("active", silent_s=0.1), OK, "waiting for images"),
        (Health("active", silent_s=0.1, image_age_s=0.2), OK, "localizing"),
        (Health("active", silent_s=2.5, image_age_s=2.6), WARN, "no usable image for 2.5 s"),
        (Health("active", silent_s=11.0), ERROR, "no usable image for 11 s"),
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
    )
    fields = diagnostics_fields(health, "vpr", 3_000_000_004)
    assert fields["header"]["stamp"] == {"sec": 3, "nanosec": 4}
    values = {pair["key"]: pair["value"] for pair in fields["status"][0]["values"]}
    assert values == {
        "state": "active",
        "map id": "flat",
        "places": "7",
        "image topic": "/image",
        "clock jumps": "2",
        "image age s": "0.2500",
        "images dropped: old": "1",
        "images received": "3",
        "features ms": "12.0000",
    }
