"""`vpr evaluate`: how often is a map right, how often wrong without knowing, how far off, how fast?"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from vpr_ros.assemble import make_localizer
from vpr_ros.cli.options import add_settings_options, add_source_options, settings_from, source_options_from
from vpr_ros.cli.progress import track
from vpr_ros.core.errors import UsageError, WeightsError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.settings import Settings
from vpr_ros.evaluation.evaluate import SEQUENCE_S, Questions, Replayed, evaluate
from vpr_ros.evaluation.files.results_bag import results_bag
from vpr_ros.evaluation.files.run_folder import RESULTS, NewFolder
from vpr_ros.evaluation.files.write_run import write_run
from vpr_ros.evaluation.positives.choose_positives import parse_positives
from vpr_ros.evaluation.records import Run, count_queries
from vpr_ros.evaluation.summary.summarize_run import summarize_run
from vpr_ros.maps.obey_recipe import obey_recipe
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import Source, SourceOptions


def add_parser(subparsers: Any) -> None:
    """Declare `evaluate`."""
    parser = subparsers.add_parser(
        "evaluate",
        help="replay a drive on a map and judge every answer",
        description=(
            "Replays a bag or folder through the localizer that the node runs, judges every answer by the source's own "
            "poses, depth or labels, and writes metrics.json, queries.csv, report.html, results.mcap and trajectories "
            "into DIR."
        ),
        epilog="example: vpr evaluate other_day.mcap ~/maps/office -o out/office --positives distance=2",
    )
    parser.add_argument("source", type=path_argument, metavar="SOURCE", help="bag or folder with the truth in it")
    parser.add_argument("map", type=path_argument, metavar="MAP", help="directory of the map")
    parser.add_argument("-o", "--output", type=path_argument, required=True, metavar="DIR", help="folder to be made")
    parser.add_argument("--force", action="store_true", help="replace DIR if it is an evaluation and nothing else")
    parser.add_argument(
        "--positives",
        metavar="WHICH",
        help=(
            "which places are right: distance=0.5[,angle=30], overlap=0.3[,angle=20], label=room, or a JSON file of "
            "map places for every query (default: the strictest of overlap=0.25,angle=45, distance=5 and labels that "
            "map and source allow)"
        ),
    )
    parser.add_argument(
        "--further-camera",
        action="append",
        default=[],
        metavar="TOPIC",
        help="image topic of another camera of a bag: poses are solved from all of them; may be repeated",
    )
    parser.add_argument("--align", action="store_true", help="lay the source's frame of reference onto the map's first")
    parser.add_argument("--no-report", action="store_true", help="leave report.html out: figures only")
    parser.add_argument(
        "--sequence-s",
        type=float,
        default=SEQUENCE_S,
        metavar="S",
        help="longest stretch that the bootstrap draws as one (default %(default)g)",
    )
    add_source_options(parser)
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ask, judge, write, and say the main figures."""
    if not (math.isfinite(args.sequence_s) and args.sequence_s > 0):
        raise UsageError(f"--sequence-s {args.sequence_s:g}: expected more than 0 seconds")
    positives = None if args.positives is None else parse_positives(args.positives)
    folder = NewFolder(args.output, force=args.force)  # refuses a place that is taken before work begins
    settings, named = settings_from(args)
    place_map = open_map(args.map)
    localizer = make_localizer(place_map, settings, named)
    replayed = Replayed(place_map, localizer, obey_recipe(place_map, settings, named))
    options = _source_options(args, settings, named, place_map)
    source = open_source(args.source, options)
    further = _further_cameras(args, source, options)
    questions = Questions(args.frames, positives, args.align, args.sequence_s)
    with folder as working:
        with results_bag(working / RESULTS, place_map) as bag:
            done = evaluate(source, replayed, questions, bag.write, track, further)
        metrics = summarize_run(done)
        write_run(working, done, metrics)
        unreported, failure = (None, None) if args.no_report else _write_report(working, done, metrics)
    if failure is not None:
        raise failure
    for note in [*metrics["notes"], *([unreported] if unreported else [])]:
        print(f"note: {note}")
    print(localizer.about_reranking)
    if localizer.solves_poses:  # else a note has said why not
        print(localizer.about_poses)
    for line in headline(metrics):
        print(line)
    print(f"{args.output}: {count_queries(metrics['queries'])} in {metrics['cost']['total_s']:.1f} s")
    return 0


def _source_options(
    args: argparse.Namespace, settings: Settings, named: Set[str], place_map: PlaceMap
) -> SourceOptions:
    """Poses are looked for between the map's own frames, unless others are named."""
    options = source_options_from(args, settings)
    return dataclasses.replace(
        options,
        map_frame=options.map_frame if "node.map_frame" in named else place_map.map_frame,
        base_frame=options.base_frame if "node.base_frame" in named else place_map.base_frame,
    )


def _further_cameras(args: argparse.Namespace, source: Source, options: SourceOptions) -> list[Source]:
    """Calibration and mounting are found beside each topic; truth and depth are the first camera's."""
    cameras = [
        open_source(args.source, dataclasses.replace(options, image_topic=topic, info_topic=None, depth_topic=None))
        for topic in args.further_camera
    ]
    names = [each.camera for of in (source, *cameras) for each in of.entries()[:1]]
    if len(set(names)) < len(names):
        raise UsageError(f"--further-camera: {', '.join(names)} are to be different cameras, each named once")
    return cameras


def _write_report(folder: Path, done: Run, metrics: Mapping[str, Any]) -> tuple[str | None, Exception | None]:
    """(Why there is no page, what to raise when the figures are safe): hours of replay are not lost for a picture."""
    from vpr_ros.evaluation.report.write_report import write_report

    try:
        write_report(folder, done, metrics)
    except WeightsError as error:
        return f"report.html is left out: {error}", None
    except Exception as error:
        return None, error
    return None, None


def headline(metrics: Mapping[str, Any]) -> Iterator[str]:
    """The figures that people ask for first, one line each; what does not exist is not told."""
    truth = metrics["ground_truth"]
    if "positives" in truth:
        chosen = " (chosen)" if truth["chosen"] else ""
        count = metrics.get("with_positives", 0)
        have = "has" if count == 1 else "have"
        yield f"right places: {truth['positives']}{chosen}, {count_queries(count)} {have} one"
    if "alignment" in truth:
        align = truth["alignment"]
        fit = f"{align['inliers']} of {align['answers']} answers agree, {align['rmse_m']:.2f} m"
        yield f"aligned: the source's poses were laid onto the map's ({fit})"
    if "recall" in metrics:
        yield "recall: " + ", ".join(f"R@{count} {share:.3f}" for count, share in metrics["recall"].items())
    for name in ("place", "room", "floor"):
        told = metrics.get(name, {})
        if "accuracy" in told:
            yield f"{name}: {told['accuracy']:.1%} of its answers right, {told['answered']:.1%} answered"
    yield from _pose_lines(metrics)
    if "false_fix" in metrics:
        false = metrics["false_fix"]
        bound = f"at most {false['upper_95']:.1%} with 95% confidence, were images independent"
        yield f"false fixes: {false['count']} of {false['answers']}, {bound}"
    if "total" in metrics["latency_ms"]:
        total = metrics["latency_ms"]["total"]
        yield f"latency: median {total['p50']:.0f} ms, 95% within {total['p95']:.0f} ms"


def _pose_lines(metrics: Mapping[str, Any]) -> Iterator[str]:
    if pose := metrics.get("pose"):
        off = f", median {pose['median_m']:.3f} m" if "median_m" in pose else ""
        turned = f", {pose['median_deg']:.2f} degrees" if "median_deg" in pose else ""
        yield f"pose: {pose['answered']:.1%} answered{off}{turned}"
        if pose["refused"]:
            most_first = sorted(pose["refused"].items(), key=lambda each: -each[1])
            yield "poses refused: " + ", ".join(f"{reason} ({count})" for reason, count in most_first)
    coarse = metrics.get("coarse_pose", {})
    if "median_m" in coarse:
        turned = f", {coarse['median_deg']:.1f} degrees" if "median_deg" in coarse else ""
        yield f"coarse pose (no fix): median {coarse['median_m']:.2f} m{turned}"
