"""`vpr demo`: the whole way in a few minutes, from a drive to a robot that says where it is. Nothing is prepared."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vpr_ros.cli.demo_outcome import Outcome, judge_answers, outcome_table
from vpr_ros.cli.demo_picture import draw_outcome
from vpr_ros.config_files import find_config
from vpr_ros.core.errors import UsageError, VprError
from vpr_ros.core.paths import path_argument
from vpr_ros.maps.open_map import open_map
from vpr_ros.simulation.flat_config import load_flat_config
from vpr_ros.simulation.floor_plan import make_plan
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

FLAT = "flats/demo.yaml"
IMAGES, IMAGE_TYPE = "/camera/image_raw", "sensor_msgs/msg/Image"
CALIBRATION = "/camera/camera_info"
NODE = "/vpr"
RATE_HZ = 20.0
"""Every image of the visit is asked for, not the default's five a second."""
START_WITHIN_S = 30.0
END_WITHIN_S = 10.0


def add_parser(subparsers: Any) -> None:
    """Declare `demo`."""
    parser = subparsers.add_parser(
        "demo",
        help="simulate two drives, build a map, run the node on a bag, show the outcome",
        description=(
            "Simulates a mapping drive by day and a second visit at dusk, by another way and with a person in view; "
            "builds a map of the first; starts the ROS node; plays the second to it over DDS; and shows how it did."
        ),
    )
    parser.add_argument(
        "-o", "--output", type=path_argument, default=Path("out/demo"), metavar="DIR", help="default %(default)s"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="which flat (default: the first of config/flats/demo.yaml)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Every step prints the command that does the same by hand."""
    out: Path = args.output
    out.mkdir(parents=True, exist_ok=True)
    flat = find_config(FLAT)
    seed = load_flat_config(flat).seeds.development[0] if args.seed is None else args.seed
    drawn = ["--flat", str(flat), "--seed", str(seed), "--overwrite"]
    say("1. A robot drives through a flat by day, and comes back another way at dusk.")
    vpr("simulate", "-o", str(out / "mapping"), "--depth", *drawn)
    vpr("simulate", "-o", str(out / "visit"), "--drive", "second_visit", *drawn)
    say("2. The first drive becomes a map.")
    vpr("map", "build", str(out / "mapping"), "-o", str(out / "map"))
    say("   What runs here is DenseSIFT + VLAD, without any weights; docs/features.md says how to get DINOv2.")
    say("3. The node runs on the map and hears the second drive over DDS.")
    outcome = localize_over_dds(out / "visit", out / "map", out / "node.log")
    say("4. The outcome.")
    say(outcome_table(outcome))
    draw_outcome(outcome, open_map(out / "map"), make_plan(seed), out / "outcome.png")
    say(f"\npicture: {out / 'outcome.png'}   the node's log: {out / 'node.log'}   bags and map: {out}")
    return 0


def say(text: str) -> None:
    """Printed at once, in order with what the children print."""
    print(text, flush=True)


def vpr(*argv: str) -> None:
    """Run a subcommand in a process of its own. Raises VprError when it fails; it has said why."""
    say(f"   $ {shlex.join(['vpr', *argv])}")
    ended = subprocess.run([sys.executable, "-m", "vpr_ros.cli.main", *argv], check=False)
    if ended.returncode == 130:
        raise KeyboardInterrupt
    if ended.returncode:
        raise VprError(f"`vpr {argv[0]}` ended with exit code {ended.returncode}; its message stands above")


def localize_over_dds(bag: Path, map_path: Path, log: Path) -> Outcome:
    """Node and player in processes of their own, we listen. Raises VprError when the node does not come up."""
    keep_to_this_machine()
    try:
        from vpr_ros.ros.replay.record_answers import AnswerRecorder
    except ImportError as error:
        raise UsageError(f"`vpr demo` needs ROS 2 ({error}); source it, or pip install 'vpr_ros[ros]'") from error
    parameters = {
        "map.path": map_path,
        "use_sim_time": "true",
        "node.rate_hz": RATE_HZ,
        "node.mounting": "map",
        "node.min_motion_m": 0.0,  # every pose is judged here, not only those that a filter should hear
    }
    arguments = ["--ros-args", "-r", f"image:={IMAGES}", "-r", f"camera_info:={CALIBRATION}"]
    for name, value in parameters.items():
        arguments += ["-p", f"{name}:={value}"]
    with AnswerRecorder(NODE, IMAGES, IMAGE_TYPE) as recorder, node_process(arguments, log) as node:
        if not recorder.wait_until_active(START_WITHIN_S, lambda: node.poll() is None):
            raise VprError(f"the node did not become active within {START_WITHIN_S:.0f} s; {log} says why")
        vpr("play", str(bag), "--clock", "--rate", "1.5", "--wait", "10", "--topics", IMAGES, CALIBRATION)
        source = open_source(bag, SourceOptions())
        return judge_answers(source, open_map(map_path), recorder.answers, recorder.poses, dict(recorder.counts))


def keep_to_this_machine() -> None:
    """A domain of our own on loopback, unless the person chose another: no robot nearby shall hear the demo."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    os.environ.setdefault("ROS_DOMAIN_ID", str(20 + os.getpid() % 60))


@contextmanager
def node_process(arguments: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The localizer as a robot runs it; told to end on leaving."""
    command = [sys.executable, "-m", "vpr_ros.ros.localizer_process", *arguments]
    say(f"   $ localizer {shlex.join(arguments)}")
    with log.open("wb") as written:
        node = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        try:
            yield node
        finally:
            node.send_signal(signal.SIGINT)
            try:
                node.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                node.kill()
                node.wait()
