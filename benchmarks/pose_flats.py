"""Poses in simulated flats: how often one is given, how far off, and how often a wrong one, on flats nobody tuned on.

For each flat: a map of the day, once with points from depth and once triangulated; a second visit by day, and one at
dusk among people with another camera. Then what must be refused: drives through another flat, and the first floor on a
map of the ground floor alone.

python -m benchmarks.pose_flats --seed 1 --seed 2     flats to build with
python -m benchmarks.pose_flats --acceptance          those that judge; only after everything is frozen
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.run_vpr import run_vpr
from vpr_ros.core.settings import Settings
from vpr_ros.evaluation.metrics.binomial_bound import upper_bound
from vpr_ros.simulation.flat_config import load_flat_config
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.select_keyframes import select_keyframes
from vpr_ros.sources.source import SourceOptions

ANOTHER_CAMERA = [
    "--size=400x300",
    "--fov=75",
    "--distortion-model=plumb_bob",
    "--distortion=-0.18,0.04,0.0003,-0.0002,0",
    "--camera-height=0.8",
    "--camera-pitch=5",
]
DRIVES = {
    "mapping": ["--drive", "mapping"],
    "day": ["--drive", "second_visit", "--light", "day", "--people", "0"],
    "dusk": ["--drive", "second_visit", *ANOTHER_CAMERA],
}
GEOMETRIES = ("depth", "triangulate")


@dataclass
class Tally:
    """What is added up over all flats."""

    false_fixes: int = 0
    answers: int = 0
    foreign_answers: int = 0
    foreign_queries: int = 0
    rows: list[str] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pose_flats", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, action="append", help="a flat; may be repeated")
    parser.add_argument("--acceptance", action="store_true", help="the flats that judge")
    parser.add_argument("-o", "--output", type=Path, help="keep drives, maps and reports here, and use those there")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every Nth frame only")
    parser.add_argument("--geometry", choices=GEOMETRIES, action="append", help="one kind of points only")
    args = parser.parse_args(argv)
    seeds = load_flat_config(None).seeds
    with tempfile.TemporaryDirectory() as scratch:
        measure(
            args.seed or list(seeds.acceptance if args.acceptance else seeds.development),
            args.output or Path(scratch),
            args.every,
            args.geometry or GEOMETRIES,
        )


def measure(seeds: Sequence[int], folder: Path, every: int, geometries: Sequence[str]) -> None:
    """Draw, build, ask, print."""
    tally = Tally()
    for seed in seeds:
        for drive, options in DRIVES.items():
            _draw(folder / f"{seed}_{drive}", seed, options)
    for place, seed in enumerate(seeds):
        other = seeds[place - 1]
        for geometry in geometries:
            name = f"flat {seed}, {geometry}"
            whole = _build(folder, seed, geometry, None)
            for drive in ("day", "dusk"):
                _count(tally, f"{name}, {drive}", _ask(folder, seed, drive, whole, every))
            ground = _build(folder, seed, geometry, "ground")
            for drive in ("day", "dusk"):
                upstairs = _ask(folder, seed, drive, ground, every, "first")
                _count_foreign(tally, f"{name}, {drive} upstairs, not in the map", upstairs)
                if other != seed:
                    _count_foreign(tally, f"{name}, {drive} of flat {other}", _ask(folder, other, drive, whole, every))
    _tell(tally)


def _draw(bag: Path, seed: int, options: Sequence[str]) -> None:
    if not (bag / "metadata.yaml").exists():
        run_vpr("simulate", "-o", bag, "--overwrite", "--depth", "--seed", seed, *options)


def _build(folder: Path, seed: int, geometry: str, floor: str | None) -> Path:
    """A map of the whole flat, or of the keyframes of one floor."""
    path = folder / f"{seed}_{geometry}_{floor or 'all'}"
    bag = folder / f"{seed}_mapping"
    options = [] if floor is None else ["--frames", _frames_of(bag, floor)]
    if not (path / "manifest.json").exists():
        run_vpr("map", "build", bag, "-o", path, "--set", f"pose.geometry={geometry}", *options)
    return path


def _frames_of(bag: Path, floor: str) -> str:
    source = open_source(bag, SourceOptions())
    entries = source.entries()
    chosen = [number for number in select_keyframes(entries, Settings().map) if entries[number].labels.floor == floor]
    return ",".join(map(str, chosen))


def _ask(folder: Path, seed: int, drive: str, place_map: Path, every: int, floor: str | None = None) -> dict[str, Any]:
    """The metrics of a drive on a map; of one floor of it where named."""
    bag = folder / f"{seed}_{drive}"
    entries = open_source(bag, SourceOptions()).entries()
    numbers = [n for n, entry in enumerate(entries) if floor in (None, entry.labels.floor)][::every]
    report = folder / f"{place_map.name}_asked_{seed}_{drive}_{floor or 'all'}_{every}"
    if not (report / "metrics.json").exists():
        run_vpr("evaluate", bag, place_map, "-o", report, "--no-report", "--frames", ",".join(map(str, numbers)))
    metrics: dict[str, Any] = json.loads((report / "metrics.json").read_text())
    return metrics


def _count(tally: Tally, name: str, metrics: dict[str, Any]) -> None:
    pose, false = metrics.get("pose"), metrics.get("false_fix")
    if pose is None or false is None:
        tally.rows.append(
            f"{name}: no poses in {metrics['queries']} queries ({_told((pose or {}).get('refused', {}))})"
        )
        return
    tally.false_fixes += false["count"]
    tally.answers += false["answers"]
    coverage = {axis: "/".join(f"{100 * each:.0f}" for each in row.values()) for axis, row in pose["coverage"].items()}
    tally.rows.append(
        f"{name}: {metrics['queries']} queries, answered {100 * pose['answered']:.1f}%, median "
        f"{pose['median_m']:.3f} m {pose['median_deg']:.2f} deg, 95% {pose['p95_m']:.3f} m {pose['p95_deg']:.2f} deg, "
        f"worst {pose['worst_m']:.2f} m, false {false['count']} of {false['answers']}; coverage 50/90/99%: {coverage}; "
        f"verify_pose p50 {metrics['latency_ms']['verify_pose']['p50']:.0f} ms; refused: {_told(pose['refused'])}"
    )


def _told(refused: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in refused.items()) or "none"


def _count_foreign(tally: Tally, name: str, metrics: dict[str, Any]) -> None:
    answers = round(metrics.get("pose", {}).get("answered", 0.0) * metrics["queries"])
    tally.foreign_answers += answers
    tally.foreign_queries += metrics["queries"]
    tally.rows.append(f"{name}: {answers} of {metrics['queries']} answered")


def _tell(tally: Tally) -> None:
    print("\n".join(tally.rows))
    bound = 100 * upper_bound(tally.false_fixes, tally.answers)
    print(f"false fixes: {tally.false_fixes} of {tally.answers} answers, 95% upper bound {bound:.2f}%")
    share = 100 * tally.foreign_answers / max(1, tally.foreign_queries)
    print(f"answered elsewhere: {tally.foreign_answers} of {tally.foreign_queries} queries, {share:.2f}%")


if __name__ == "__main__":
    main()
