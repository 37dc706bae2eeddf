"""`vpr localize`: which places of a map do these images show?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vpr_ros.assemble import make_cluster_painter, make_localizer
from vpr_ros.cli.options import add_settings_options, settings_from
from vpr_ros.cli.picture_files import PictureFiles
from vpr_ros.cli.query_frames import add_query_options, open_queries
from vpr_ros.cli.tell_pose import pose_json, pose_lines
from vpr_ros.core.draw_answer import draw_answer
from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Candidate, Estimate
from vpr_ros.core.settings import Settings
from vpr_ros.maps.indexes.make_index import index_for
from vpr_ros.maps.obey_recipe import obey_recipe
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap


def add_parser(subparsers: Any) -> None:
    """Declare `localize`."""
    parser = subparsers.add_parser(
        "localize",
        help="say which places of a map images show",
        description=(
            "The places of MAP that look most like each IMAGE. Similarity is no proof; with --pose geometry decides, "
            "on maps with points: where the robot is and how surely, or why nobody can say."
        ),
        epilog="example: vpr localize ~/maps/office drive.mcap --frames 100 --pose --draw answer.png",
    )
    parser.add_argument("map", type=path_argument, metavar="MAP", help="directory of the map")
    parser.add_argument("images", type=path_argument, nargs="+", metavar="IMAGE", help="image files, bags, folders")
    parser.add_argument("-k", type=int, default=5, metavar="K", help="candidates to print (default 5)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: image, candidates, room, floor")
    parser.add_argument(
        "--pose", action="store_true", help="solve poses: needs a map with points and a calibrated camera"
    )
    add_query_options(parser)
    pictures = parser.add_argument_group("pictures", "PNG files in the folder TO, or TO itself where it is one picture")
    pictures.add_argument("--draw", type=path_argument, metavar="TO", help="each image beside its best match")
    pictures.add_argument(
        "--draw-clusters", type=path_argument, metavar="TO", help="each image's patches by the cluster they fall to"
    )
    pictures.add_argument("--force", action="store_true", help="replace pictures that are there")
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Localize image by image; an image that cannot be read ends the command after those before it were printed."""
    if args.k < 1:
        raise UsageError(f"-k {args.k}: at least one candidate")
    settings, named = settings_from(args, *_asked(args))
    if args.k > settings.retrieval.top_k:
        settings, named = settings_from(args, *_asked(args), f"retrieval.top_k={args.k}")
    place_map = open_map(args.map)
    queries = open_queries(args.images, args, settings, place_map)
    draw = _drawings(args, queries.names, place_map, obey_recipe(place_map, settings, named))
    localizer = make_localizer(place_map, index_for(settings, len(queries.names)), named)
    if not args.json:
        print(localizer.about_reranking)
        if args.pose:
            print(localizer.about_poses)
    for number, frame in enumerate(queries.frames()):
        estimate = localizer.localize(frame)
        draw(number, frame.image, estimate)
        if args.json:
            print(json.dumps(_as_json(estimate, place_map.table, args)), flush=True)
        else:
            print("\n".join(_lines(estimate, place_map, args)), flush=True)
    return 0


def _asked(args: argparse.Namespace) -> list[str]:
    """Settings that options stand for: without --pose nobody waits for one, and a hand stands on no floor."""
    if not args.pose:
        return ["pose.enabled=false"]
    return ["pose.gates.robot=off", "pose.planar=false"] if args.intrinsics is not None else []


def _drawings(
    args: argparse.Namespace, names: Sequence[Path], place_map: PlaceMap, obeyed: Settings
) -> Callable[[int, Array, Estimate], None]:
    """What draws the pictures that were asked for; whatever forbids them is said before work begins."""
    matches = None if args.draw is None else PictureFiles(args.draw, names, args.force)
    clusters = None if args.draw_clusters is None else PictureFiles(args.draw_clusters, names, args.force)
    if matches and clusters and set(matches.paths) & set(clusters.paths):
        raise UsageError(f"--draw {args.draw} and --draw-clusters {args.draw_clusters}: name two different places")
    painter = make_cluster_painter(place_map, obeyed) if clusters else None
    if clusters and painter is None:
        made_by = ", ".join(obeyed.ensemble.members) or obeyed.aggregation.name
        raise UsageError(
            f"{place_map.path}: its descriptors ({made_by}) are made without clusters, so there are "
            "none to draw; maps of vlad and soft_vlad have them"
        )

    def draw(number: int, image: Array, estimate: Estimate) -> None:
        if matches:
            matches.write(number, draw_answer(image, estimate, place_map))
        if clusters and painter:
            clusters.write(number, painter.paint(image))

    return draw


def _as_json(estimate: Estimate, table: PlaceTable, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "image": estimate.source_name,
        "candidates": [
            {
                "place_id": candidate.place_id,
                "similarity": round(candidate.similarity, 6),
                "overlap": None if candidate.overlap is None else round(candidate.overlap, 4),
                "inliers": candidate.inliers,
                "source": table.source_names[table.row_of(candidate.place_id)],
            }
            for candidate in estimate.candidates.ranked[: args.k]
        ],
        "room": estimate.room.label,
        "floor": estimate.floor.label,
        "refused": None if estimate.refusal is None else str(estimate.refusal),
        **(pose_json(estimate) if args.pose else {}),
    }


def _lines(estimate: Estimate, place_map: PlaceMap, args: argparse.Namespace) -> Iterator[str]:
    yield f"{estimate.source_name}  room {estimate.room.label}, floor {estimate.floor.label}"
    if estimate.refusal is not None:
        yield f"  refused: {estimate.refusal}"
    if args.pose:
        base = "the camera" if args.intrinsics is not None else place_map.base_frame
        yield from (f"  {line}" for line in pose_lines(estimate, base))
    yield from _candidate_lines(estimate, place_map.table, args.k)


def _candidate_lines(estimate: Estimate, table: PlaceTable, count: int) -> Sequence[str]:
    return [
        f"  {rank}. place {candidate.place_id:<6} {candidate.similarity:6.3f}  {_judged(candidate)}"
        f"{table.source_names[table.row_of(candidate.place_id)]}"
        for rank, candidate in enumerate(estimate.candidates.ranked[:count], start=1)
    ]


def _judged(candidate: Candidate) -> str:
    overlap = "" if candidate.overlap is None else f"overlap {candidate.overlap:<8.3g} "
    return overlap + ("" if candidate.inliers is None else f"inliers {candidate.inliers:<4} ")
