"""`vpr map info`: what a map holds, and that nothing of it is damaged."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from vpr_ros.core.paths import path_argument
from vpr_ros.core.vocabulary import Vocabulary
from vpr_ros.maps.map_embeddings import json_of_overlap
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import CameraCalibration, PlaceMap
from vpr_ros.maps.summarize_map import MapSummary, summarize_map

UNLABELLED = "(no label)"
NEAR = 0.1
"""Of what views are apart by, the 20 cm or 6 degrees that a shared error is told for (core/pose/shared_error.py)."""
_POINT_KINDS = {
    "depth": "measured by depth",
    "triangulated": "triangulated with the known poses",
    "colmap": "those of the COLMAP model",
}


def add_parser(subparsers: Any) -> None:
    """Declare `info` among the subcommands of `vpr map`."""
    parser = subparsers.add_parser(
        "info",
        help="what a map holds; checks every file of it",
        description="Opens a map, checks every file against its checksum, and tells what it holds.",
    )
    parser.add_argument("map", type=path_argument, metavar="MAP", help="directory of the map")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.set_defaults(run=print_map_info)


def print_map_info(args: argparse.Namespace) -> int:
    """Print the map's figures. Raises MapError when it cannot be opened: a printed map is an intact one."""
    place_map = open_map(args.map)
    summary = summarize_map(place_map)
    if args.json:
        print(json.dumps(_as_json(place_map, summary)))
    else:
        for title, text in _lines(place_map, summary):
            print(f"{title:<12} {text}")
    return 0


def _as_json(place_map: PlaceMap, summary: MapSummary) -> dict[str, Any]:
    return {
        "path": str(place_map.path),
        "map_id": place_map.map_id,
        "created": place_map.created,
        "made_by": place_map.made_by,
        "integrity": "ok",
        "place_ids": [int(place_map.table.place_ids[0]), int(place_map.table.place_ids[-1])],
        "next_place_id": place_map.next_place_id,
        **dataclasses.asdict(summary),
        "rooms": [dict(zip(("floor", "room", "places"), row, strict=True)) for row in summary.rooms],
        "overlap": json_of_overlap(None if place_map.embeddings is None else place_map.embeddings.origin),
        "geometry": None if place_map.keypoints is None else dataclasses.asdict(place_map.keypoints.origin),
        "descriptor_size": place_map.descriptors.shape[1],
        "frames": {"map": place_map.map_frame, "base": place_map.base_frame},
        "recipe": dataclasses.asdict(place_map.recipe),
        "cameras": [{"name": camera.name, "calibrated": camera.intrinsics is not None} for camera in place_map.cameras],
        "provenance": dataclasses.asdict(place_map.provenance),
    }


def _lines(place_map: PlaceMap, summary: MapSummary) -> Iterator[tuple[str, str]]:
    ids = place_map.table.place_ids
    yield "map", f"{place_map.map_id} ({place_map.path})"
    yield "created", f"{place_map.created} by {place_map.made_by}"
    yield "from", f"{place_map.provenance.source} ({place_map.provenance.kind})"
    yield from (("", f"note: {note}") for note in place_map.provenance.notes)
    yield "places", f"{summary.places}, ids {ids[0]}..{ids[-1]}, over {summary.seconds:.1f} s"
    for title, (floor, room, count) in zip(["rooms", *[""] * len(summary.rooms)], summary.rooms, strict=False):
        yield title, f"{floor or UNLABELLED} / {room or UNLABELLED}: {count}"
    yield "poses", _extent_text(summary, place_map.map_frame, place_map.base_frame)
    yield "features", _recipe_text(place_map)
    yield "overlap", _overlap_text(place_map)
    yield from zip(["points", *[""] * 3], _point_texts(place_map, summary.places), strict=False)
    for title, camera in zip(["cameras", *[""] * len(place_map.cameras)], place_map.cameras, strict=False):
        yield title, _camera_text(camera)
    for place, (group, size) in enumerate(summary.group_bytes.items()):
        yield "" if place else "KB a place", f"{size / summary.places / 1000:8.2f} {group}"
    yield "", f"{summary.bytes_a_keyframe / 1000:8.2f} counted (without thumbnails, depth and keypoints)"
    yield "disk", f"{sum(summary.group_bytes.values()) / 1e6:.1f} MB"
    yield "integrity", f"ok: {len(place_map.file_bytes)} files read and checked"


def _extent_text(summary: MapSummary, map_frame: str, base_frame: str) -> str:
    if summary.extent is None:
        return "none: places and rooms only"
    low, high = summary.extent.low_m, summary.extent.high_m
    box = ", ".join(f"{axis} {a:.2f}..{b:.2f}" for axis, a, b in zip("xyz", low, high, strict=True))
    return f"{base_frame} in {map_frame}: {box} m; {summary.extent.path_m:.1f} m from place to place"


def _recipe_text(place_map: PlaceMap) -> str:
    recipe = place_map.recipe
    single = f"{recipe.features.get('name', '?')}+{recipe.aggregation.get('name', '?')}"
    members = recipe.ensemble.get("members") or [single]
    told = "; ".join(
        _member_text(*each, recipe.aggregation) for each in zip(members, place_map.vocabularies, strict=False)
    )
    if len(members) > 1 and recipe.ensemble.get("combine") == "average":
        told += "; averaged"
    projection, size = place_map.projection, place_map.descriptors.shape[1]
    if projection is None:
        return f"{told}: {size}-d"
    whitened = " with whitening" if projection.whitening is not None else ""
    return f"{told}: {len(projection.mean)}-d, by PCA{whitened} {size}-d"


def _member_text(member: str, vocabulary: Vocabulary | None, aggregation: Mapping[str, Any]) -> str:
    name = member.replace("+", ", ")
    if vocabulary is None:
        return name
    clusters, dimension = vocabulary.centres.shape
    origin = vocabulary.origin
    of = "" if origin.kind == "map" else f" ({origin.kind} vocabulary {origin.name})"
    named = set(aggregation.get("keep_clusters") or range(clusters)) - set(aggregation.get("drop_clusters") or ())
    kept = "" if len(named) == clusters else f", {len(named)} of them used"
    return f"{name} of {clusters} x {dimension}{kept}{of}"


def _overlap_text(place_map: PlaceMap) -> str:
    held = place_map.embeddings
    if held is None:
        return "none: candidates stay as retrieved; `vpr map build --overlap-encoder FILE`"
    rows, columns = held.places.grid
    size = held.places.codes.shape[2]
    return f"{held.origin.told()}: {rows}x{columns} cells of {size} bytes; alike by chance {held.origin.chance:.2f}"


def _point_texts(place_map: PlaceMap, places: int) -> Iterator[str]:
    """What poses are solved from, and how well it agrees with the images."""
    if place_map.keypoints is None:
        yield "none: no poses in metres from this map; `vpr map build` says why"
        return
    origin = place_map.keypoints.origin
    name = origin.fingerprint.get("name", "?")
    each = f"{origin.keypoints / origin.keyframes:.0f} keypoints a keyframe ({name})"
    if origin.kind == "none":
        yield f"{each}, none with a point: pose.geometry=none"
        return
    yield f"{each}, {origin.points / origin.keyframes:.0f} of them with a point: {_POINT_KINDS[origin.kind]}"
    if origin.keyframes < places:
        yield f"{places - origin.keyframes} places have no keypoints"
    if origin.reprojection_median_px is not None:
        whereby = "in the images that they are of" if origin.track_length is not None else "in the next keyframe"
        off = f"{origin.reprojection_median_px:.2f} px (median), {origin.reprojection_p95_px:.2f} px (95%)"
        yield f"seen {off} from where they should be {whereby}"
    if origin.track_length is not None:
        yield f"{origin.track_length:.1f} images see a point (mean)"
    if origin.shared_error_m is not None and origin.shared_error_rad is not None:
        position_cm, turn_deg = 100 * NEAR * origin.shared_error_m, math.degrees(NEAR * origin.shared_error_rad)
        yield f"wrong together by {position_cm:.1f} cm and {turn_deg:.1f} deg, seen from 20 cm or 6 deg away"


def _camera_text(camera: CameraCalibration) -> str:
    seen = camera.intrinsics
    if seen is None:
        return f"{camera.name}: not calibrated"
    lens = "rectified" if seen.rectified else seen.distortion_model
    mounted = "mounting known" if camera.base_from_camera is not None else "mounting unknown"
    focal = f"fx {seen.matrix[0, 0]:.1f}, fy {seen.matrix[1, 1]:.1f} px"
    return f"{camera.name}: {seen.width}x{seen.height}, {focal}, {lens}, {mounted}"
