"""Recordings of one robot, each with the defect that a test plants."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from robot_bag import RobotBag, image_of, image_times_ns, odometry_times_ns, pose_at, read
from textured_room import LENS

from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.reference_track import Reference
from vpr_ros.doctor.watch_frames import Looked, Watched, watch_frames
from vpr_ros.sources.pose_track import make_track


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Recording]:
    """A recording that differs from the sound one as said; see `RobotBag`. options: of the source."""

    numbers = itertools.count()

    def make(options: dict[str, Any] | None = None, **differences: Any) -> Recording:
        return read(RobotBag(**differences).write(tmp_path / f"robot{next(numbers)}"), **(options or {}))

    return make


@pytest.fixture(scope="session")
def watched() -> Watched:
    """The sound drive's pictures, looked at."""
    looks = [Looked(now, number > 0, image_of(number)) for number, now in enumerate(image_times_ns())]
    return watch_frames(looks, LENS)


@pytest.fixture(scope="session")
def reference() -> Reference:
    """Where the base truly was."""
    stamps = odometry_times_ns()
    return Reference("/odom", make_track(stamps, [pose_at(now) for now in stamps]))
