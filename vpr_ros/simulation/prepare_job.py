"""From a flat's configuration and a seed to the job that draws one of its drives."""

from __future__ import annotations

from collections.abc import Sequence

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Intrinsics
from vpr_ros.simulation.drive import Drive
from vpr_ros.simulation.flat import FLOOR_NAMES, build_floor
from vpr_ros.simulation.flat_config import CameraConfig, DriveConfig, FlatConfig, base_from_camera, intrinsics_of
from vpr_ros.simulation.plan_drive import plan_drive
from vpr_ros.simulation.simulate_drive import Job


def planned_drive(config: FlatConfig, settings: DriveConfig, seed: int, floors: Sequence[str] | None = None) -> Drive:
    """The default drive of these settings over the named floors (all of the configuration's when None)."""
    names = config.floors if floors is None else tuple(floors)
    unknown = [name for name in names if name not in FLOOR_NAMES]
    if unknown or not names:
        raise SettingsError(f"no floor {(unknown or [''])[0]!r}; there are {', '.join(FLOOR_NAMES)}")
    shells = [build_floor(seed, FLOOR_NAMES.index(name), config.difference, paint=False) for name in names]
    return plan_drive(shells, settings, config.lift_s, seed)


def prepare_job(
    config: FlatConfig,
    settings: DriveConfig,
    seed: int,
    *,
    drive: Drive | None = None,
    camera: CameraConfig | None = None,
    intrinsics: Intrinsics | None = None,
) -> Job:
    """Everything that decides the pictures. drive, camera and intrinsics take the configuration's place when given."""
    camera = config.camera if camera is None else camera
    return Job(
        seed=seed,
        variant=settings.variant,
        drive=planned_drive(config, settings, seed) if drive is None else drive,
        light=settings.light,
        people=settings.people,
        intrinsics=intrinsics_of(camera) if intrinsics is None else intrinsics,
        base_from_camera=base_from_camera(camera),
        rate_hz=camera.rate_hz,
        sensor=config.sensor,
        difference=config.difference,
    )
