"""`vpr play`: a bag over DDS, for machines without `ros2 bag`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from vpr_ros.cli.progress import track
from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import expand_path


def add_parser(subparsers: Any) -> None:
    """Declare `vpr play`."""
    parser = subparsers.add_parser(
        "play",
        help="publish a bag's messages as they were recorded",
        description=(
            "Publishes the recorded bytes of a rosbag2 bag over DDS, at the pace and with the QoS they were recorded "
            "with. ROS_DOMAIN_ID and the other variables of ROS hold. Ctrl-C ends it."
        ),
        epilog="example: vpr play drive.mcap --clock, with the node started with use_sim_time:=true",
    )
    parser.add_argument("bag", type=Path, metavar="BAG", help="folder of a bag, or a lone .mcap or .db3 file")
    parser.add_argument("--rate", type=float, default=1.0, metavar="R", help="R times as fast (default 1)")
    parser.add_argument("--loop", action="store_true", help="begin again at the end, until interrupted")
    parser.add_argument("--clock", action="store_true", help="publish the bag's time on /clock, at 40 Hz or more")
    parser.add_argument("--topics", nargs="+", metavar="TOPIC", help="play these only (default: all)")
    parser.add_argument(
        "--wait",
        type=float,
        default=2.0,
        metavar="S",
        help="seconds to wait until every topic has a subscriber (default 2), so that the first messages are heard",
    )
    parser.add_argument(
        "--wait-for",
        nargs="+",
        metavar="TOPIC",
        help="topics that must have a subscriber within --wait, in place of all; <TOPIC>/compressed does as well",
    )
    parser.add_argument(
        "--until-heard",
        nargs="+",
        default=[],
        metavar="TOPIC",
        help="topics of others that must have a subscriber too before the bag begins: those that somebody records",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play, and say how many messages of each topic went out, also when interrupted."""
    try:
        from vpr_ros.ros.replay.play_bag import BagPlayer, PlayOptions
    except ImportError as error:
        raise UsageError(
            f"`vpr play` needs ROS 2 ({error}); source a ROS installation, or pip install 'vpr_ros[ros]'"
        ) from error
    topics, wait_for = (None if names is None else tuple(names) for names in (args.topics, args.wait_for))
    options = PlayOptions(args.rate, args.loop, args.clock, topics, args.wait, wait_for, tuple(args.until_heard))
    with BagPlayer(expand_path(args.bag), options) as player:
        for note in player.notes:
            print(f"note: {note}", file=sys.stderr)
        heard = player.wait_for_subscribers()
        print(f"{args.bag}: playing {player.duration_s:.1f} s at {args.rate:g}x, {_listeners(heard)}", flush=True)
        try:
            for _ in track(player.play(), "playing", None if args.loop else player.message_count):
                pass
        finally:
            for topic in player.topics:
                print(f"{player.counts[topic]:8d}  {topic}")
            if player.latest_s > 0.1:
                print(f"note: up to {player.latest_s:.1f} s late; lower --rate", file=sys.stderr)
    return 0


def _listeners(heard: list[str]) -> str:
    return f"subscribed: {', '.join(heard)}" if heard else "nobody is subscribed yet"
