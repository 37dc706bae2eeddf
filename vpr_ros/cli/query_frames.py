"""What `vpr localize` is asked about: image files, and frames of bags and folders with all that these know of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.cli.options import RECTIFIED
from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import Frame, Intrinsics, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.images.decode_image import read_image
from vpr_ros.sources.images.intrinsics_file import read_intrinsics_file
from vpr_ros.sources.open_source import is_bag, open_source
from vpr_ros.sources.source import Source, SourceOptions


@dataclass(frozen=True, eq=False)
class Calibration:
    """What is known of the camera of lone image files."""

    intrinsics: Intrinsics | None = None
    base_from_camera: Matrix4 | None = None


@dataclass(frozen=True, eq=False)
class QueryFrames:
    """names: of all frames, as paths that files can be named by. Frames are read one at a time, in that order."""

    names: Sequence[Path]
    _parts: Sequence[tuple[Path | Source, Sequence[int]]]
    _calibration: Calibration
    _max_megapixels: float

    def frames(self) -> Iterator[Frame]:
        """Raises ImageError or SourceError at the frame that cannot be read."""
        for origin, numbers in self._parts:
            if not isinstance(origin, Path):
                yield from origin.frames(numbers)
                continue
            image, known = read_image(origin, self._max_megapixels), self._calibration
            yield Frame(
                image,
                0,
                "camera",
                str(origin),
                intrinsics=known.intrinsics,
                base_from_camera=known.base_from_camera,
            )


def add_query_options(parser: argparse.ArgumentParser) -> None:
    """Which frames of sources, and what took lone image files."""
    group = parser.add_argument_group("queries", "image files, or bags and folders with their calibration")
    group.add_argument("--frames", metavar="A:B,...", help="frames of a bag or folder, counted from 0 (default: all)")
    group.add_argument("--image", metavar="TOPIC", help="image topic of a bag")
    group.add_argument("--info", metavar="TOPIC", help="CameraInfo topic of a bag")
    group.add_argument("--rectified", action="store_true", help=RECTIFIED)
    taken = group.add_mutually_exclusive_group()
    taken.add_argument(
        "--intrinsics",
        type=path_argument,
        metavar="FILE",
        help="of image files: ROS's camera_info as YAML, or JSON with width, height and K; poses are the camera's",
    )
    taken.add_argument(
        "--camera", metavar="NAME", help="image files are of this camera of the map: its calibration, its place on it"
    )


def open_queries(
    paths: Sequence[Path], args: argparse.Namespace, settings: Settings, place_map: PlaceMap
) -> QueryFrames:
    """Raises UsageError or SourceError before anything is decoded."""
    names: list[Path] = []
    parts: list[tuple[Path | Source, Sequence[int]]] = []
    for path in paths:
        if not path.is_dir() and not is_bag(path):
            names.append(path)
            parts.append((path, ()))
            continue
        source = open_source(path, _options(path, args, settings, place_map))
        for note in source.notes:
            if "as asked" not in note:  # nobody asked: the poses of queries are not wanted
                print(f"note: {note}", file=sys.stderr)
        entries = source.entries()
        numbers = range(len(entries)) if args.frames is None else parse_frames(args.frames, len(entries))
        names += [Path(f"{path.stem}-{number}") for number in numbers]
        parts.append((source, numbers))
    lone = sum(isinstance(origin, Path) for origin, _ in parts)
    _check(args, lone, len(parts) - lone)
    return QueryFrames(names, parts, _calibration(args, place_map), settings.image.max_megapixels)


def _options(path: Path, args: argparse.Namespace, settings: Settings, place_map: PlaceMap) -> SourceOptions:
    """Where the robot truly was is not asked for."""
    bag = is_bag(path)
    return SourceOptions(
        image_topic=args.image if bag else None,
        info_topic=args.info if bag else None,
        pose_topic="none" if bag else None,
        rectified=args.rectified,
        map_frame=place_map.map_frame,
        base_frame=place_map.base_frame,
        max_megapixels=settings.image.max_megapixels,
    )


def _check(args: argparse.Namespace, lone: int, sources: int) -> None:
    for option, needed in (("frames", sources), ("image", sources), ("info", sources)):
        if getattr(args, option) is not None and not needed:
            raise UsageError(f"--{option} is for bags and folders, and there are image files only")
    if args.rectified and not sources and args.intrinsics is None:
        raise UsageError("--rectified is for bags and for --intrinsics; a camera of the map is as the map knows it")
    for option in ("intrinsics", "camera"):
        if getattr(args, option) is not None and not lone:
            raise UsageError(f"--{option} is for image files; bags and folders bring their own calibration")


def _calibration(args: argparse.Namespace, place_map: PlaceMap) -> Calibration:
    if args.intrinsics is not None:
        return Calibration(read_intrinsics_file(args.intrinsics, args.rectified), np.eye(4))
    if args.camera is None:
        return Calibration()
    known: dict[str, Any] = {camera.name: camera for camera in place_map.cameras}
    if args.camera not in known:
        raise UsageError(f"--camera {args.camera}: the map's cameras are {', '.join(known)}")
    camera = known[args.camera]
    return Calibration(camera.intrinsics, camera.base_from_camera)
