"""`vpr doctor`: is this recording, or this robot, fit to map and localize with?"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vpr_ros.cli.options import RECTIFIED, add_settings_options, settings_from
from vpr_ros.cli.progress import track
from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.settings import Settings
from vpr_ros.doctor.examine import AgainstMap, examine_against, examine_bag, examine_folder
from vpr_ros.doctor.finding import FAIL, LEVELS, SKIP, Finding, worst
from vpr_ros.doctor.open_frames import open_frames
from vpr_ros.doctor.read_recording import read_recording
from vpr_ros.doctor.recording import Hearing, Offer
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.open_source import is_bag, open_source
from vpr_ros.sources.source import SourceOptions

_EPILOG = """\
Each check is a line: ok, warn (it works, and worse than it could), FAIL (places or poses will be missing or wrong) or
skip (it could not be looked at), what was found, and what to do. docs/doctor.md explains them all.

exit codes: 0 nothing fails (there may be warnings), 1 a check fails, else as everywhere: 2 usage or settings,
3 the recording cannot be read, 4 the map cannot be used

examples:
  vpr doctor drive.mcap                        before a map is built of it
  vpr doctor monday.mcap ~/maps/office         before a robot localizes in a map
  vpr doctor --live --image /camera/image_raw  the running robot, while it turns and drives
"""


def add_parser(subparsers: Any) -> None:
    """Declare `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="check a recording or a running robot: frames, calibration, clocks, mounting, pictures",
        description="Checks whether a recording, or a running robot, is fit to map and localize with.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", type=path_argument, nargs="*", metavar="[RECORDING] [MAP]", help="a bag or folder, and a map to ask"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    live = parser.add_argument_group("live", "the robot's topics are recorded for a while, and looked at like a bag")
    live.add_argument("--live", action="store_true", help="listen to a running robot instead of reading a RECORDING")
    live.add_argument("--seconds", type=float, default=10.0, metavar="S", help="how long to listen (default 10)")
    live.add_argument("--keep", type=path_argument, metavar="BAG", help="keep what was heard as a bag")
    source = parser.add_argument_group("recording", "what it holds is recognised; these say what is ambiguous")
    source.add_argument("--image", metavar="TOPIC", help="image topic, raw or compressed")
    source.add_argument("--info", metavar="TOPIC", help="CameraInfo topic of a bag")
    source.add_argument("--pose", metavar="TOPIC", help="where a bag's poses come from: /tf or a topic")
    source.add_argument("--trajectory", type=path_argument, metavar="FILE", help="poses from a TUM trajectory instead")
    source.add_argument("--rectified", action="store_true", help=RECTIFIED)
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings as they come; 1 where a check fails."""
    settings, named = settings_from(args)
    findings = []
    with _opened(args) as (path, map_path, hearing):
        for finding in _examine(args, path, map_path, hearing, settings, named):
            findings.append(finding)
            if not args.json:
                print(finding, flush=True)
    _summarize(args, findings)
    return 1 if worst(findings) == FAIL else 0


def _examine(
    args: argparse.Namespace,
    path: Path,
    map_path: Path | None,
    hearing: Hearing | None,
    settings: Settings,
    named: frozenset[str],
) -> Iterator[Finding]:
    options = _source_options(args, settings)
    recording = None
    if is_bag(path):
        recording = read_recording(BagFile(path), options, settings.node.max_age_s, hearing)
        yield from examine_bag(recording, settings, _watch)
    else:
        yield from examine_folder(open_source(path, options), settings, _watch)
    if map_path is not None:
        from vpr_ros.assemble import make_localizer
        from vpr_ros.maps.open_map import open_map

        place_map = open_map(map_path)
        localizer = make_localizer(place_map, settings, named)
        there = _in_map(options, place_map.map_frame, place_map.base_frame)
        against = AgainstMap(place_map, localizer, lambda: open_frames(path, there))
        if recording is None or recording.camera is not None:
            yield from examine_against(against, recording, settings, _watch)


def _in_map(options: SourceOptions, map_frame: str, base_frame: str) -> SourceOptions:
    return dataclasses.replace(options, map_frame=map_frame, base_frame=base_frame)


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[tuple[Path, Path | None, Hearing | None]]:
    """(what to look at, the map, what only listening told)."""
    most = 1 if args.live else 2
    if len(args.paths) > most or (not args.live and not args.paths):
        wanted = "--live [MAP]" if args.live else "RECORDING [MAP], or --live [MAP]"
        raise UsageError(f"{len(args.paths)} paths given; expected vpr doctor {wanted}")
    maps = args.paths[most - 1 :]
    if not args.live:
        if args.keep is not None:
            raise UsageError("--keep keeps what --live heard; a recording is kept already")
        path = args.paths[0]
        if not path.exists():
            raise SourceError(f"{path}: no such file or folder")
        yield path, maps[0] if maps else None, None
        return
    with tempfile.TemporaryDirectory(prefix="vpr_doctor_") as folder:
        path = args.keep if args.keep is not None else Path(folder) / "heard"
        yield path, maps[0] if maps else None, _listen(args, path)


def _listen(args: argparse.Namespace, path: Path) -> Hearing:
    try:
        from vpr_ros.ros.replay.hear_robot import hear_robot
    except ImportError as error:
        raise UsageError(
            f"`vpr doctor --live` needs ROS 2 ({error}); source a ROS installation, or pip install 'vpr_ros[ros]'"
        ) from error
    ticks = iter(track(range(round(10 * args.seconds)), "listening"))
    heard = hear_robot(path, args.seconds, args.image, args.info, lambda: next(ticks, None))
    offers = tuple(Offer(each.topic, each.reliable, each.node) for each in heard.publishers)
    return Hearing(args.seconds, offers, heard.untold)


def _source_options(args: argparse.Namespace, settings: Settings) -> SourceOptions:
    return SourceOptions(
        # What was heard is of one camera, whose topic may be the compressed one of the name that was given.
        image_topic=None if args.live else args.image,
        info_topic=args.info,
        pose_topic=args.pose,
        trajectory=args.trajectory,
        rectified=args.rectified,
        max_pose_gap_s=settings.map.max_pose_gap_s,
        map_frame=settings.node.map_frame,
        base_frame=settings.node.base_frame,
        max_megapixels=settings.image.max_megapixels,
    )


def _watch(items: Iterable[Any], label: str) -> Iterable[Any]:
    return track(items, label)


def _summarize(args: argparse.Namespace, findings: list[Finding]) -> None:
    level = worst(findings)
    counts = {each: sum(finding.level == each for finding in findings) for each in LEVELS}
    if args.json:
        rows = [dataclasses.asdict(finding) for finding in findings]
        print(json.dumps({"verdict": level, "counts": counts, "findings": rows}))
        return
    told = ", ".join(f"{counts[each]} {each}" for each in (FAIL, "warn", SKIP, "ok") if counts[each])
    print(f"{told}: {'mend what fails first' if level == FAIL else 'nothing fails'}")
