"""`vpr record`: what the node says into a bag, for machines without `ros2 bag`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import expand_path


def add_parser(subparsers: Any) -> None:
    """Declare `vpr record`."""
    parser = subparsers.add_parser(
        "record",
        help="record what the node says into a bag",
        description=(
            "Records all that a node publishes into a rosbag2 bag (MCAP), from when the node appears until Ctrl-C. "
            "Pictures are left out unless they are named: making them costs the node time."
        ),
        epilog="example: vpr record -o answers --topics /vpr/match /vpr/pose /vpr/debug_image/compressed",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="BAG", help="folder of the new bag")
    parser.add_argument("--node", default="/vpr", metavar="NAME", help="whose topics (default /vpr)")
    parser.add_argument("--topics", nargs="+", metavar="TOPIC", help="record these, whoever publishes them")
    parser.add_argument("--clock", action="store_true", help="take the time from /clock, as with a bag that is played")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Record until told to end, and say how many messages of each topic were written."""
    try:
        from vpr_ros.ros.plumbing.ending_signals import EndingSignals
        from vpr_ros.ros.replay.record_bag import BagRecorder, RecordOptions
    except ImportError as error:
        raise UsageError(
            f"`vpr record` needs ROS 2 ({error}); source a ROS installation, or pip install 'vpr_ros[ros]'"
        ) from error
    topics = None if args.topics is None else tuple(args.topics)
    options = RecordOptions(f"/{args.node.strip('/')}", topics, args.clock)
    path = expand_path(args.output)
    with EndingSignals() as signals, BagRecorder(path, options, signals.wake) as recorder:
        wanted = f"what {options.node} says" if topics is None else ", ".join(topics)
        print(f"{path}: recording {wanted}; Ctrl-C ends it", flush=True)
        signals.wait()
    for note in recorder.notes:
        print(f"note: {note}", file=sys.stderr)
    for topic in sorted(recorder.counts):
        print(f"{recorder.counts[topic]:8d}  {topic}")
    if not recorder.counts:
        print("note: nothing was recorded", file=sys.stderr)
    return 0
