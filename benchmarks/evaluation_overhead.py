"""What judging and recording add to the time of localizing, reading images aside, in the same run.

Some of it is done once (opening the bag, bootstrap), so short runs pay more: --frames says how many there are. A
rendered drive is repeated until there are as many.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.evaluation_memory import Repeated
from vpr_ros.assemble import make_localizer
from vpr_ros.cli.main import main as vpr
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.settings import Settings
from vpr_ros.evaluation.evaluate import Questions, Replayed, evaluate
from vpr_ros.evaluation.files.results_bag import results_bag
from vpr_ros.evaluation.files.run_folder import RESULTS
from vpr_ros.evaluation.files.write_run import write_run
from vpr_ros.evaluation.positives.choose_positives import parse_positives
from vpr_ros.evaluation.summary.summarize_run import summarize_run
from vpr_ros.maps.obey_recipe import obey_recipe
from vpr_ros.maps.open_map import open_map
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import Source, SourceOptions

GOAL = 0.1
WITHOUT_POSES = "pose.enabled=false"
"""Localizing at its cheapest, so that what is added is the largest share that it can be."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the shares; 1 when one is above the goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation_overhead", description=__doc__)
    parser.add_argument("--frames", type=int, default=1500, help="queries (default %(default)d)")
    parser.add_argument("--rendered", type=int, default=100, help="frames that are drawn (default %(default)d)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        bag, path = Path(folder) / "drive", Path(folder) / "map"
        simulated = ["--max-frames", str(args.rendered), "--rate", "5", "--size", "640x480", "--depth"]
        build = ["map", "build", str(bag), "-o", str(path), "--set", WITHOUT_POSES]
        if vpr(["simulate", "-o", str(bag), *simulated]) or vpr(build):
            sys.exit("the drive could not be prepared")
        source = Repeated(open_source(bag, SourceOptions()), args.frames)
        shares = [measure(source, path, criterion) for criterion in ("distance=2", "overlap=0.25,angle=45")]
    return 0 if max(shares) <= GOAL else 1


def measure(source: Source, path: Path, criterion: str) -> float:
    """Evaluate once, print what it took, and give what was added as a share of localizing."""
    place_map = open_map(path)
    settings = override_settings(Settings(), [WITHOUT_POSES])
    replayed = Replayed(place_map, make_localizer(place_map, settings), obey_recipe(place_map, settings))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with results_bag(Path(folder) / RESULTS, place_map) as bag:
            questions = Questions(positives=parse_positives(criterion))
            run = evaluate(source, replayed, questions, bag.write, lambda items, *_: iter(items))
        asked = time.perf_counter()
        write_run(Path(folder), run, summarize_run(run))
        ended = time.perf_counter()
    count, cost = len(run.queries), run.cost
    judging_s, writing_s = asked - began - cost.read_s - cost.localize_s, ended - asked
    share = (judging_s + writing_s) / cost.localize_s
    localizing, judging, writing = (seconds / count * 1e3 for seconds in (cost.localize_s, judging_s, writing_s))
    print(
        f"{criterion}: {count} queries of 640x480 on {len(place_map.table)} places: localizing {localizing:.1f} ms a "
        f"query, judging and recording {judging:.2f}, figures and tables {writing:.2f}: {share:.1%} more "
        f"(goal {GOAL:.0%})"
    )
    return share


if __name__ == "__main__":
    sys.exit(main())
