"""The benchmark flat, second visit at dusk on a map of the day: share of places within 2 m, and of right floors.

python -m benchmarks.flat_places                 the development seeds
python -m benchmarks.flat_places --acceptance    the seeds that judge; only after everything is frozen
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.build_and_ask import Answer, build_and_ask
from vpr_ros.cli.main import main as vpr
from vpr_ros.core.geometry import distance_m
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.simulation.flat_config import load_flat_config
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.select_keyframes import select_keyframes
from vpr_ros.sources.source import SourceOptions

NEAR_M = 2.0


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flat_places", description=__doc__.splitlines()[0])
    parser.add_argument("--flat", type=Path, help="flat's file (default config/flats/benchmark.yaml)")
    parser.add_argument("--seed", type=int, action="append", help="a flat; may be repeated")
    parser.add_argument("--acceptance", action="store_true", help="the seeds that judge")
    args = parser.parse_args(argv)
    seeds = load_flat_config(args.flat).seeds
    for seed in args.seed or (seeds.acceptance if args.acceptance else seeds.development):
        measure(seed, [] if args.flat is None else ["--flat", str(args.flat)])


def measure(seed: int, flat: Sequence[str]) -> None:
    """Draw both drives, build, ask, print."""
    with tempfile.TemporaryDirectory() as folder:
        bags = {}
        for drive in ("mapping", "second_visit"):
            bag = Path(folder) / drive
            if vpr(["simulate", "-o", str(bag), "--drive", drive, "--seed", str(seed), *flat]):
                sys.exit(f"simulating {drive} of flat {seed} failed")
            bags[drive] = open_source(bag, SourceOptions())
        entries = bags["mapping"].entries()
        keyframes = select_keyframes(entries, Settings().map)
        place_of = {entry.source_name: (entry.map_from_base, entry.labels) for entry in entries}
        answers = build_and_ask(bags["mapping"], keyframes, bags["second_visit"], None, Path(folder) / "map")
        verdicts = np.array([_verdict(answer, place_of) for answer in answers])
    within, floor, room = 100 * verdicts.mean(axis=0)
    refused = sum(answer.estimate.refusal is not None for answer in answers)
    print(
        f"flat {seed}, second visit: {len(answers)} queries on {len(keyframes)} places: place within {NEAR_M:g} m "
        f"{within:.1f}%, right floor {floor:.1f}%, right room {room:.1f}%, refused {refused} (counted as wrong)",
        flush=True,
    )


def _verdict(answer: Answer, place_of: dict[str, tuple[Matrix4 | None, Labels]]) -> tuple[bool, bool, bool]:
    """(place right, floor right, room right); the floor is the one said, the place the one found."""
    query = answer.query
    if answer.found is None:
        return False, False, False
    pose, labels = place_of[answer.found]
    assert pose is not None
    assert query.map_from_base is not None
    near = float(distance_m(pose, query.map_from_base)) <= NEAR_M and labels.floor == query.labels.floor
    estimate = answer.estimate
    return near, estimate.floor.label == query.labels.floor, estimate.room.label == query.labels.room


if __name__ == "__main__":
    main()
