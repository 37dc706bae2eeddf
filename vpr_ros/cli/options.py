"""Options that several subcommands share, and what they turn into."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vpr_ros.config_files import read_preset
from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import merge_settings, named_settings, override_settings, settings_from_mapping
from vpr_ros.core.paths import path_argument
from vpr_ros.core.read_yaml import read_yaml_mapping
from vpr_ros.core.settings import Settings
from vpr_ros.sources.positions.folder_positions import POSITIONS
from vpr_ros.sources.source import SourceOptions

RECTIFIED = (
    "images are undistorted already, though their CameraInfo has distortion: they are calibrated by its P "
    "(of topics called image_rect... this is known)"
)


def add_settings_options(parser: argparse.ArgumentParser) -> None:
    """`--preset NAME`, `--settings FILE` and `--set a.b=c`."""
    group = parser.add_argument_group("settings", "the later wins: defaults, --preset, --settings, --set")
    group.add_argument(
        "--preset", metavar="NAME", help="settings by name, e.g. anyloc_vitg14, robot_dinov2_s; see docs"
    )
    group.add_argument(
        "--settings", type=path_argument, metavar="FILE", help="YAML file of settings, e.g. `retrieval: {top_k: 10}`"
    )
    group.add_argument(
        "--set",
        dest="assignments",
        action="append",
        default=[],
        metavar="GROUP.NAME=VALUE",
        help="one setting, e.g. --set retrieval.top_k=10; may be repeated",
    )


def settings_from(args: argparse.Namespace, *further: str) -> tuple[Settings, frozenset[str]]:
    """Defaults, preset, file, then `--set` and further assignments; and the names of those that a person gave."""
    mapping: Mapping[str, Any] = {} if args.preset is None else read_preset(args.preset)
    if args.settings is not None:
        mapping = merge_settings(mapping, _read_file(args.settings))
    assignments = [*args.assignments, *further]
    settings = override_settings(settings_from_mapping(mapping), assignments)
    return settings, named_settings(mapping) | {assignment.partition("=")[0] for assignment in assignments}


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return read_yaml_mapping(text, str(path))


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """What a person may have to say about a SOURCE."""
    group = parser.add_argument_group("source", "what SOURCE holds is recognised; these say what is ambiguous")
    group.add_argument("--image", metavar="TOPIC", help="image topic of a bag, raw or compressed")
    group.add_argument("--info", metavar="TOPIC", help="CameraInfo topic of a bag")
    group.add_argument("--depth", metavar="TOPIC", help="depth topic of a bag, aligned to the image")
    group.add_argument("--rectified", action="store_true", help=RECTIFIED)
    group.add_argument(
        "--pose",
        metavar="TOPIC",
        help=(
            "where a bag's poses come from: /tf, a topic of PoseStamped, PoseWithCovarianceStamped or of Odometry in "
            "the map frame, or `none` for a map of places and rooms only"
        ),
    )
    group.add_argument(
        "--trajectory",
        type=path_argument,
        metavar="FILE",
        help="TUM trajectory, for a folder of images or instead of a bag's own poses",
    )
    group.add_argument(
        "--positions",
        choices=POSITIONS,
        help=(
            "where photos of a folder were taken, as their names (@utm_east@utm_north@...) or EXIF GPS say, or `none` "
            "for places and rooms only (default: names, where they carry coordinates)"
        ),
    )
    group.add_argument(
        "--images", type=path_argument, metavar="DIR", help="images of a COLMAP model (default: images/ near it)"
    )
    group.add_argument(
        "--trust-odometry",
        action="store_true",
        help="take poses of an odometry frame for map poses, although they drift",
    )
    group.add_argument(
        "--frames", metavar="A:B,...", help="frames of the source, counted from 0; switches keyframe selection off"
    )


def source_options_from(args: argparse.Namespace, settings: Settings) -> SourceOptions:
    """The options as the source reads them."""
    return SourceOptions(
        image_topic=args.image,
        pose_topic=args.pose,
        info_topic=args.info,
        depth_topic=args.depth,
        rectified=args.rectified,
        trust_odometry=args.trust_odometry,
        trajectory=args.trajectory,
        positions=args.positions,
        images=args.images,
        max_pose_gap_s=settings.map.max_pose_gap_s,
        map_frame=settings.node.map_frame,
        base_frame=settings.node.base_frame,
        max_megapixels=settings.image.max_megapixels,
    )
