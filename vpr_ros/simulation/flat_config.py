"""A flat, its camera and its drives as a file (config/flats/*.yaml): typed, every key checked, every default here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.config_files import find_config
from vpr_ros.core.errors import SettingsError
from vpr_ros.core.geometry import matrix_from_quaternion
from vpr_ros.core.parse_settings import group_from_mapping
from vpr_ros.core.read_yaml import read_yaml_mapping
from vpr_ros.core.records import DISTORTION_MODELS, Intrinsics, Matrix4
from vpr_ros.simulation.camera import intrinsics_from_fov
from vpr_ros.simulation.expose import SensorSettings
from vpr_ros.simulation.flat import FLOOR_NAMES
from vpr_ros.simulation.floor_plan import CORRIDOR, ROOM_NAMES
from vpr_ros.simulation.lighting import TIMES
from vpr_ros.simulation.people import WARDROBES
from vpr_ros.simulation.setting import setting
from vpr_ros.simulation.style import Difference


@dataclass(frozen=True)
class Seeds:
    """Seeds of flats. Acceptance seeds are never looked at while building or tuning."""

    development: tuple[int, ...] = setting((1, 2, 3), "for building and tuning", low=0, high=2**31)
    acceptance: tuple[int, ...] = setting((101, 102, 103), "for judging only", low=0, high=2**31)


@dataclass(frozen=True)
class CameraConfig:
    """The camera and where it sits on the robot."""

    width: int = setting(320, "pixels", low=16, high=4096)
    height: int = setting(240, "pixels", low=16, high=4096)
    fov_deg: float = setting(85.0, "horizontal field of view", low=5.0, high=164.0)
    distortion_model: str = setting("none", "lens model", choices=DISTORTION_MODELS)
    distortion: tuple[float, ...] = setting((), "its coefficients", low=-100.0, high=100.0)
    forward_m: float = setting(0.10, "in front of base_link", low=-2.0, high=2.0)
    height_m: float = setting(1.0, "above the floor", low=0.05, high=2.4)
    pitch_deg: float = setting(0.0, "downwards", low=-89.0, high=89.0)
    rate_hz: float = setting(5.0, "frames a second", low=0.1, high=60.0)


@dataclass(frozen=True)
class DriveConfig:
    """How a robot goes through the flat. Drives of different `variant` visit different points."""

    variant: int = setting(0, "seed of way points and of everything by chance on this drive", low=0, high=2**31)
    light: str = setting("day", "time of day", choices=tuple(TIMES))
    people: int = setting(0, "people on the floor: the first walks ahead, others stroll", low=0, high=WARDROBES)
    rooms: tuple[str, ...] = setting(
        (*ROOM_NAMES, CORRIDOR), "rooms with way points, on every floor", choices=(*ROOM_NAMES, CORRIDOR)
    )
    stops: int = setting(3, "way points in a room of 15 square metres; larger ones get more", low=1, high=8)
    corridor_stops: int = setting(2, "way points in the corridor", low=1, high=12)
    spin_deg: float = setting(360.0, "turn on the spot at the first way point of a room", low=0.0, high=720.0)
    glance_deg: float = setting(120.0, "turn on the spot at the other way points", low=0.0, high=720.0)
    speed_m_s: float = setting(0.5, "highest speed", low=0.05, high=2.0)
    turn_rad_s: float = setting(0.8, "highest turning rate", low=0.05, high=3.0)
    backwards: bool = setting(False, "rooms in opposite order")
    start_s: int = setting(1_700_000_000, "stamp of the first frame, seconds", low=1, high=4_000_000_000)


@dataclass(frozen=True)
class Drives:
    """The drives that a flat comes with."""

    mapping: DriveConfig = field(default_factory=DriveConfig)
    second_visit: DriveConfig = field(
        default_factory=lambda: DriveConfig(
            variant=1,
            light="dusk",
            people=2,
            spin_deg=200.0,
            glance_deg=90.0,
            backwards=True,
            start_s=1_700_040_000,
        )
    )


@dataclass(frozen=True)
class OdometryConfig:
    """How wheels lie: constant errors of the wheels drawn once a drive, and slip at every step."""

    scale_error: float = setting(0.01, "deviation of the distance's scale", low=0.0, high=0.5)
    turn_scale_error: float = setting(0.01, "deviation of the turning's scale", low=0.0, high=0.5)
    heading_drift_rad_m: float = setting(0.006, "deviation of the constant heading drift a metre", low=0.0, high=0.5)
    slip: float = setting(0.01, "noise of distance, m a root metre", low=0.0, high=0.5)
    turn_slip: float = setting(0.008, "noise of turning, rad a root radian", low=0.0, high=0.5)
    rate_hz: float = setting(25.0, "messages a second, at least", low=1.0, high=500.0)


@dataclass(frozen=True)
class FlatConfig:
    """One file of config/flats."""

    seeds: Seeds = field(default_factory=Seeds)
    floors: tuple[str, ...] = setting(FLOOR_NAMES, "storeys that drives visit, in order", choices=FLOOR_NAMES)
    lift_s: float = setting(6.0, "time in the lift between floors, without frames", low=0.1, high=600.0)
    difference: Difference = field(default_factory=Difference)
    camera: CameraConfig = field(default_factory=CameraConfig)
    sensor: SensorSettings = field(default_factory=SensorSettings)
    drives: Drives = field(default_factory=Drives)
    odometry: OdometryConfig = field(default_factory=OdometryConfig)


def load_flat_config(path: Path | None = None) -> FlatConfig:
    """Read a file; None is config/flats/benchmark.yaml. Raises SettingsError naming file and key."""
    path = find_config("flats/benchmark.yaml") if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    mapping = read_yaml_mapping(text, str(path))
    try:
        return flat_config_from(mapping)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def flat_config_from(mapping: Mapping[str, Any]) -> FlatConfig:
    """Nested mapping -> FlatConfig; what is not named keeps its default."""
    config = group_from_mapping(FlatConfig, mapping)
    drives = mapping.get("drives", {})
    if "second_visit" in drives:
        # What a file leaves out of the second visit keeps the second visit's defaults, not those of any drive.
        named = {name: getattr(config.drives.second_visit, name) for name in drives["second_visit"]}
        second = dataclasses.replace(Drives().second_visit, **named)
        config = dataclasses.replace(config, drives=dataclasses.replace(config.drives, second_visit=second))
    if len(set(config.floors)) != len(config.floors):
        raise SettingsError(f"floors={list(config.floors)} names a floor twice")
    both = set(config.seeds.development) & set(config.seeds.acceptance)
    if both:
        raise SettingsError(f"seeds.development and seeds.acceptance share {sorted(both)}; what judges must be unseen")
    return config


def intrinsics_of(camera: CameraConfig) -> Intrinsics:
    """The calibration that the camera's field of view and lens give."""
    return intrinsics_from_fov(camera.width, camera.height, camera.fov_deg, camera.distortion_model, camera.distortion)


def base_from_camera(camera: CameraConfig) -> Matrix4:
    """Where the optical frame sits: looking forward, tilted down by its pitch."""
    forward = np.eye(4)
    forward[:3, :3] = matrix_from_quaternion(np.array([-0.5, 0.5, -0.5, 0.5]))
    pitch = np.radians(camera.pitch_deg)
    tilt = np.eye(4)
    tilt[:3, :3] = [[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]]
    tilt[:3, 3] = camera.forward_m, 0.0, camera.height_m
    return np.asarray(tilt @ forward)
