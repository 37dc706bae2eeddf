"""`vpr simulate`: a drive through the furnished flat as a rosbag2 bag."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml

from vpr_ros.cli.progress import track
from vpr_ros.core.errors import SettingsError, UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import DISTORTION_MODELS, Intrinsics
from vpr_ros.simulation.drive import Drive, drift_odometry
from vpr_ros.simulation.flat import FLOOR_NAMES
from vpr_ros.simulation.flat_config import (
    CameraConfig,
    DriveConfig,
    FlatConfig,
    intrinsics_of,
    load_flat_config,
)
from vpr_ros.simulation.lighting import TIMES
from vpr_ros.simulation.prepare_job import planned_drive, prepare_job
from vpr_ros.simulation.simulate_drive import frame_stamps, simulate_drive
from vpr_ros.simulation.write_drive import write_drive
from vpr_ros.sources.bags.write_bag import STORAGES
from vpr_ros.sources.trajectory_file import read_track

Group = TypeVar("Group")

_EPILOG = """\
Drives `mapping` and `second_visit` of one seed show the same flat at different times, by different ways. The bag
holds images, calibration, odometry, TF, and the truth: /ground_truth/pose, /ground_truth/room, /ground_truth/floor.

examples:
  vpr simulate -o day.bag                                        the mapping drive of config/flats/benchmark.yaml
  vpr simulate -o dusk.bag --drive second_visit --light night    the second visit, but at night
  vpr simulate -o own.bag --trajectory walk.tum --people 2       your own way: lines `stamp tx ty tz qx qy qz qw`
"""


def add_parser(subparsers: Any) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "simulate",
        help="simulate a drive through a furnished flat and write it as a bag",
        description="Simulate a robot's drive through a furnished flat of two floors and write it as a rosbag2 bag.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-o", "--output", type=path_argument, required=True, metavar="BAG", help="folder to write the bag to"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a bag that is there already")
    parser.add_argument(
        "--storage", choices=STORAGES, default="mcap", help="file format of the bag (default %(default)s)"
    )
    parser.add_argument("--compressed", action="store_true", help="write JPEG images instead of raw ones")
    parser.add_argument(
        "--depth",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="write exact depth images too, 16UC1 in mm",
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes that draw (default: all cores)"
    )
    _add_flat(parser)
    _add_drive(parser)
    _add_camera(parser)
    parser.set_defaults(run=run)


def _add_flat(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("flat")
    group.add_argument(
        "--flat",
        type=path_argument,
        metavar="FILE",
        help="flat, drives and camera (default config/flats/benchmark.yaml)",
    )
    group.add_argument("--seed", type=int, metavar="N", help="which flat (default: the file's first development seed)")
    group.add_argument("--floors", metavar="A,B", help=f"floors to visit, in order, of {','.join(FLOOR_NAMES)}")


def _add_drive(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("drive", "what is not given is as the flat's file says")
    group.add_argument("--drive", choices=("mapping", "second_visit"), default="mapping", help="default %(default)s")
    group.add_argument(
        "--trajectory",
        type=path_argument,
        metavar="FILE",
        help="base poses in the map frame as a TUM file, instead of a planned drive",
    )
    group.add_argument("--light", choices=tuple(TIMES), help="time of day")
    group.add_argument(
        "--people", type=int, metavar="N", help="people: the first walks ahead of the robot, others stroll"
    )
    group.add_argument("--variant", type=int, metavar="N", help="another number, another way through the rooms")
    group.add_argument("--duration", type=float, metavar="S", help="stop after this many seconds of the drive")
    group.add_argument("--max-frames", type=int, metavar="N", help="stop after this many frames")


def _add_camera(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("camera", "what is not given is as the flat's file says")
    group.add_argument("--size", metavar="WxH", help="image size, e.g. 320x240")
    group.add_argument("--fov", type=float, metavar="DEG", help="horizontal field of view")
    group.add_argument("--distortion-model", choices=DISTORTION_MODELS, help="lens model")
    group.add_argument(
        "--distortion", metavar="A,B,...", help="its coefficients; with an equals sign: --distortion=-0.28,0.07,0,0,0"
    )
    group.add_argument(
        "--intrinsics",
        type=path_argument,
        metavar="FILE",
        help="a calibration as camera_calibration writes it (YAML), instead of the above",
    )
    group.add_argument("--rate", type=float, metavar="HZ", help="frames a second")
    group.add_argument("--camera-height", type=float, metavar="M", help="above the floor")
    group.add_argument("--camera-pitch", type=float, metavar="DEG", help="downwards")


def run(args: argparse.Namespace) -> int:
    """Plan, draw, write."""
    config = load_flat_config(args.flat)
    seed = config.seeds.development[0] if args.seed is None else args.seed
    if seed < 0:
        raise UsageError(f"--seed {seed}: expected a number from 0")
    if args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs}: expected at least 1")
    if args.output.exists() and not args.overwrite:
        raise UsageError(f"{args.output} exists; choose another name or say --overwrite")
    camera = _camera(config.camera, args)
    intrinsics = _read_intrinsics(args.intrinsics) if args.intrinsics else intrinsics_of(camera)
    settings = _drive_settings(getattr(config.drives, args.drive), args)
    job = prepare_job(
        config, settings, seed, drive=_plan(config, settings, args, seed), camera=camera, intrinsics=intrinsics
    )
    total = len(frame_stamps(job)[: args.max_frames])
    # A multiple of the camera's rate, so that every image has a pose at its very stamp.
    rate_hz = camera.rate_hz * max(1, -(-config.odometry.rate_hz // camera.rate_hz))
    odometry = drift_odometry(job.drive, config.odometry, rate_hz, (seed, settings.variant, 17))
    frames = simulate_drive(job, args.jobs, args.max_frames)
    count = write_drive(
        args.output,
        track(frames, "drawing", total),
        job.drive,
        odometry,
        intrinsics,
        job.base_from_camera,
        storage=args.storage,
        compressed=args.compressed,
        depth=args.depth,
        overwrite=args.overwrite,
    )
    print(
        f"{args.output}: {count} frames, {job.drive.seconds:.0f} s of driving, {settings.light}, seed {seed}",
        file=sys.stderr,
    )
    return 0


def _camera(camera: CameraConfig, args: argparse.Namespace) -> CameraConfig:
    changes: dict[str, Any] = {}
    if args.size is not None:
        width, cross, height = args.size.partition("x")
        if not (cross and width.isdigit() and height.isdigit()):
            raise UsageError(f"--size {args.size!r}: expected width x height such as 320x240")
        changes |= {"width": int(width), "height": int(height)}
    if args.distortion is not None:
        try:
            changes["distortion"] = tuple(float(value) for value in args.distortion.split(","))
        except ValueError as error:
            raise UsageError(f"--distortion {args.distortion!r}: expected numbers such as -0.3,0.1,0,0,0") from error
    for name, value in (
        ("fov_deg", args.fov),
        ("distortion_model", args.distortion_model),
        ("rate_hz", args.rate),
        ("height_m", args.camera_height),
        ("pitch_deg", args.camera_pitch),
    ):
        if value is not None:
            changes[name] = value
    return _changed(camera, changes)


def _drive_settings(settings: DriveConfig, args: argparse.Namespace) -> DriveConfig:
    named = {"light": args.light, "people": args.people, "variant": args.variant}
    return _changed(settings, {name: value for name, value in named.items() if value is not None})


def _changed(group: Group, changes: dict[str, Any]) -> Group:
    """The group with these values, held to the limits that its file is held to."""
    for entry in dataclasses.fields(group):  # type: ignore[arg-type]
        value, limits = changes.get(entry.name), entry.metadata
        if isinstance(value, (int, float)) and "low" in limits and not limits["low"] <= value <= limits["high"]:
            raise SettingsError(f"{entry.name}={value} is outside {limits['low']}..{limits['high']}")
    return dataclasses.replace(group, **changes)  # type: ignore[type-var]


def _plan(config: FlatConfig, settings: DriveConfig, args: argparse.Namespace, seed: int) -> Drive:
    if args.trajectory is not None:
        path = read_track(args.trajectory)
        drive = Drive(path.stamps_ns, path.poses)
    else:
        drive = planned_drive(config, settings, seed, None if args.floors is None else args.floors.split(","))
    if args.duration is not None:
        kept = drive.stamps_ns <= drive.stamps_ns[0] + round(args.duration * 1e9)
        drive = Drive(drive.stamps_ns[kept], drive.map_from_base[kept])
    return drive


def _read_intrinsics(path: Path) -> Intrinsics:
    """A calibration file of ROS's camera_calibration: image_width, camera_matrix.data, distortion_coefficients.data."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        matrix = [float(value) for value in loaded["camera_matrix"]["data"]]
        coefficients = tuple(float(value) for value in loaded["distortion_coefficients"]["data"])
        size = int(loaded["image_width"]), int(loaded["image_height"])
        model = str(loaded.get("distortion_model", "plumb_bob"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"{path}: not a calibration ({type(error).__name__}: {error}); expected image_width, image_height, "
            "camera_matrix: {data: [9 numbers]}, distortion_model, distortion_coefficients: {data: [...]}"
        ) from error
    if len(matrix) != 9:
        raise SettingsError(f"{path}: camera_matrix has {len(matrix)} numbers, expected 9")
    return Intrinsics(np.array(matrix).reshape(3, 3), *size, model, coefficients)
