"""`vpr map build`: from a drive or a folder of images to a map."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence, Set
from typing import Any

from vpr_ros.assemble import make_ingredients, recipe_of, settle_features
from vpr_ros.cli.options import add_settings_options, add_source_options, settings_from, source_options_from
from vpr_ros.cli.progress import track
from vpr_ros.core.errors import SettingsError, SourceError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.settings import MapSettings, Settings
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.maps.build_map import Drive, build_map
from vpr_ros.maps.choose_embedding import choose_embedding
from vpr_ros.maps.geometry.make_geometry import PointMakers
from vpr_ros.maps.write_map import MapWriter
from vpr_ros.sources.folders.colmap_model import ColmapModel
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.select_keyframes import choose_keyframes
from vpr_ros.sources.source import FrameEntry, Source


def add_parser(subparsers: Any) -> None:
    """Declare `build` among the subcommands of `vpr map`."""
    parser = subparsers.add_parser(
        "build",
        help="make a map from a drive or a folder of images",
        description=(
            "Reads a rosbag2 bag, a folder of images or an RGB-D folder, chooses keyframes, describes them and writes "
            "a map. An existing map at MAP is replaced in one step at the end; until then it stays as it is."
        ),
        epilog="example: vpr map build drive.mcap -o ~/maps/office",
    )
    parser.add_argument(
        "source", type=path_argument, metavar="SOURCE", help="bag or folder; what it holds is recognised"
    )
    parser.add_argument("-o", "--output", type=path_argument, required=True, metavar="MAP", help="directory of the map")
    parser.add_argument("--map-id", metavar="ID", help="name in ROS frames (default: from MAP's name)")
    parser.add_argument("--features", metavar="NAME", help="short for --set features.name=NAME")
    parser.add_argument(
        "--overlap-encoder",
        type=path_argument,
        metavar="FILE",
        help="keep patch embeddings made by this encoder (`vpr train overlap`): candidates are then reranked",
    )
    parser.add_argument("--aggregation", metavar="NAME", help="short for --set aggregation.name=NAME")
    add_source_options(parser)
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build, and say what came of it."""
    began = time.monotonic()
    writer = MapWriter(args.output, args.map_id)  # refuses a place that is no place for a map before work begins
    further = [f"{group}.name={name}" for group in ("features", "aggregation") if (name := getattr(args, group))]
    asked, named = settings_from(args, *further)
    _check_ensemble(asked, named)
    settings, choice = settle_features(asked)
    source = open_source(args.source, source_options_from(args, settings))
    entries = source.entries()
    numbers, notes = _keyframes(entries, args.frames, settings.map)
    notes = [*source.notes, *notes]
    if choice is not None:
        print(f"features: {choice.name} (chosen: {choice.reason})")
    for note in notes:
        print(f"note: {note}")
    ingredients = make_ingredients(settings)
    for vocabulary in ingredients.given:
        if vocabulary and "aggregation.clusters" in named and len(vocabulary.centres) != settings.aggregation.clusters:
            clusters = settings.aggregation.clusters
            print(f"note: aggregation.clusters={clusters} has no effect: the vocabulary has {len(vocabulary.centres)}")
    embedding = choose_embedding(ingredients, settings, args.overlap_encoder)
    if embedding is not None:
        print(f"overlap: {embedding.origin.told()}")
        for note in embedding.notes:
            print(f"note: {note}")
        notes += embedding.notes
    points = _point_makers(settings, source)
    drive = Drive(source.name, source.kind, tuple(notes), numbers, source.frames)
    with writer:
        built = build_map(
            writer, drive, ingredients, settings, recipe_of(settings, ingredients), track, embedding, points
        )
    for note in built.notes:
        print(f"note: {note}")
    took_s = time.monotonic() - began
    print(f"{args.output}: {built.places} places from {len(entries)} frames in {took_s:.1f} s")
    return 0


def _point_makers(settings: Settings, source: Source) -> PointMakers | None:
    """What finds keypoints and their points, None where poses are switched off."""
    if not settings.pose.enabled:
        return None
    extractor, matcher = make_keypoints(settings.pose, settings.features.device)
    observed = source.observed_points if isinstance(source, ColmapModel) else None
    return PointMakers(extractor, matcher, settings.pose, observed)


def _check_ensemble(settings: Settings, named: Set[str]) -> None:
    """Raises SettingsError for features or an aggregation that a person named and no member of the ensemble is of."""
    parts = [member.partition("+") for member in settings.ensemble.members]
    for group, names in (("features", {part[0] for part in parts}), ("aggregation", {part[2] for part in parts})):
        name = getattr(settings, group).name
        if parts and f"{group}.name" in named and name not in names | {"auto"}:
            raise SettingsError(
                f"{group}.name={name} contradicts ensemble.members=[{', '.join(settings.ensemble.members)}], "
                "which says what each descriptor is of; leave one of them out"
            )


def _keyframes(
    entries: Sequence[FrameEntry], frames: str | None, settings: MapSettings
) -> tuple[Sequence[int], list[str]]:
    """Numbers of the frames to build from, and what to tell about the others."""
    if frames is None:
        chosen = choose_keyframes(entries, settings)
        return chosen.numbers, list(chosen.notes)
    numbers = parse_frames(frames, len(entries))
    posed = [number for number in numbers if entries[number].map_from_base is not None]
    if len(posed) == len(numbers) or all(entry.map_from_base is None for entry in entries):
        return numbers, []
    if not posed:
        raise SourceError(
            f"--frames {frames}: none of these {len(numbers)} frames has a pose, others have; choose other frames, "
            "or build without poses: --pose none"
        )
    return posed, [f"{len(numbers) - len(posed)} of {len(numbers)} chosen frames have no pose and are left out"]
