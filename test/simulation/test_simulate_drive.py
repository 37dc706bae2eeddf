from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.simulation import simulate_drive as module
from vpr_ros.simulation.camera import intrinsics_from_fov
from vpr_ros.simulation.drive import Drive
from vpr_ros.simulation.flat_config import CameraConfig, FlatConfig
from vpr_ros.simulation.floor_plan import make_plan
from vpr_ros.simulation.prepare_job import planned_drive, prepare_job
from vpr_ros.simulation.simulate_drive import Job, frame_stamps, simulate_drive

SECOND = 10**9


def _job(seed: int = 1, light: str = "day", people: int = 2) -> Job:
    """From the kitchen's middle to the corridor's: through the wall, which cameras may."""
    plan = make_plan(seed)
    (x0, y0), (x1, y1) = plan.room_named("kitchen").middle, plan.corridor.middle
    poses = [planar_pose(x0 + share * (x1 - x0), y0 + share * (y1 - y0), 3 * share) for share in np.linspace(0, 1, 21)]
    drive = Drive(SECOND + np.arange(21) * (SECOND // 10), np.stack(poses))
    config = FlatConfig()
    settings = dataclasses.replace(config.drives.mapping, light=light, people=people)
    job = prepare_job(config, settings, seed, drive=drive, camera=CameraConfig(width=80, height=60))
    return dataclasses.replace(job, rate_hz=2.0)


@pytest.fixture(scope="module")
def drawn() -> list:
    return list(simulate_drive(_job(), workers=1))


def test_frames_carry_the_truth(drawn: list) -> None:
    job = _job()
    assert [frame.number for frame in drawn] == list(range(5))
    assert [frame.stamp_ns for frame in drawn] == frame_stamps(job).tolist()
    assert [drawn[0].room, drawn[-1].room] == ["kitchen", "corridor"]
    assert {frame.floor for frame in drawn} == {"ground"}
    for frame in drawn:
        np.testing.assert_allclose(frame.map_from_base, job.drive.poses_at(np.array([frame.stamp_ns]))[0])
        assert frame.image.shape == (60, 80, 3)
        assert frame.image.dtype == np.uint8
        assert frame.depth_m.dtype == np.float32


@pytest.mark.slow
def test_any_number_of_workers_draws_the_same_bytes(drawn: list) -> None:
    parallel = list(simulate_drive(_job(), workers=2, max_frames=3))
    assert [frame.number for frame in parallel] == [0, 1, 2]
    for one, other in zip(drawn, parallel, strict=False):
        assert one.image.tobytes() == other.image.tobytes()
        assert one.depth_m.tobytes() == other.depth_m.tobytes()


def test_lens_that_cannot_be_inverted_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_lit_floors", lambda *_: pytest.fail("work began"))
    bad = dataclasses.replace(_job(), intrinsics=intrinsics_from_fov(80, 60, 100.0, "plumb_bob", (-0.9, 0, 0, 0, 0)))
    with pytest.raises(SettingsError, match="inverted"):
        next(simulate_drive(bad, workers=1))


def test_drive_without_a_frame_is_refused() -> None:
    with pytest.raises(SettingsError, match="no frame"):
        next(simulate_drive(_job(), workers=1, max_frames=0))


def test_frames_in_the_lift_are_left_out() -> None:
    stamps = np.array([1, 2, 8, 9]) * SECOND
    drive = Drive(stamps, np.stack([planar_pose(0, 0, 0, z) for z in (0, 0, 3, 3)]))
    kept = frame_stamps(dataclasses.replace(_job(), drive=drive, rate_hz=1.0))
    assert (kept // SECOND).tolist() == [1, 2, 8, 9]


def test_unknown_floor_is_named() -> None:
    config = FlatConfig()
    with pytest.raises(SettingsError, match="attic"):
        planned_drive(config, config.drives.mapping, 1, ["attic"])
