"""The baseline: every data set at hand with every kind of features that runs here, by `vpr benchmark`.

python -m benchmarks.baseline -o out/baseline                     simulate, build, evaluate; a second run goes on
python -m benchmarks.baseline -o out/baseline --page docs/benchmarks.md   and write the table into the page
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from benchmarks.shared_data import shared_data
from vpr_ros.cli.main import main as vpr
from vpr_ros.core.errors import UsageError
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

SEED = 301  # a flat that nothing was tuned on
# Each visit is drawn at 1 frame a second: what lies closer together says the same again.
VISITS = {
    "day": ["--light", "day", "--people", "0"],
    "dusk": ["--light", "dusk", "--people", "2"],
    "night": ["--light", "night", "--people", "2"],
    "reverse": [
        "--light",
        "day",
        "--people",
        "0",
        "--variant",
        "0",
    ],  # the mapping drive's way, rooms in opposite order
    "other_camera": ["--light", "day", "--people", "0", "--size", "424x240", "--fov", "69", "--camera-height", "0.6"],
}
BEGIN, END = "<!-- baseline: begin -->", "<!-- baseline: end -->"
MOBILENET = "mobilenet_v2_imagenet_tflite/mobilenet_v2_1.0_224_ptq.tflite"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.baseline", description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for bags, maps and evaluations")
    parser.add_argument("--page", type=Path, help="page whose marked part becomes the table")
    args = parser.parse_args(argv)
    args.output.mkdir(parents=True, exist_ok=True)
    data = shared_data()
    sources = {**_real(data, args.output), **_flat(args.output)}
    mobilenet = data.parent / "models" / MOBILENET
    suites = {
        "dense_sift": (
            {"DenseSIFT": ["features.name=dense_sift"]},
            {"VLAD": ["aggregation.name=vlad"], "GeM": ["aggregation.name=gem"]},
        ),
        "mobilenet": (
            {
                "MobileNetV2": [
                    "features.name=cnn",
                    "features.cnn.model=mobilenet_v2_tflite",
                    f"features.cnn.weights={mobilenet}",
                ]
            },
            {"GeM": ["aggregation.name=gem"]},
        ),
    }
    cells: list[Mapping[str, Any]] = []
    for name, (features, aggregations) in suites.items():
        suite = args.output / f"{name}.yaml"
        content = {"sources": sources, "features": features, "aggregations": aggregations, "seeds": [0]}
        suite.write_text(yaml.safe_dump(content, sort_keys=False))
        if code := vpr(["benchmark", str(suite), "-o", str(args.output / name)]):
            return code
        cells += _cells(args.output / name)
    page = "\n".join(table(cells, list(sources)))
    print(page)
    if args.page is not None:
        write_between(args.page, page)
    return 0


def _real(data: Path, out: Path) -> dict[str, dict[str, str]]:
    kitchen = data / "seven_scenes_redkitchen"
    corridor = data / "rtabmap_corridor" / "images"
    tower = data / "ie_tower" / "images"
    blocks = {
        half: ",".join(f"{start}:{min(start + 30, 250)}" for start in range(30 * half, 250, 60)) for half in (0, 1)
    }
    return {
        "corridor": _corridor(corridor, out / "corridor.json"),
        "kitchen": {
            "map": str(kitchen),
            "map_frames": blocks[0],
            "query_frames": blocks[1],
            "positives": "overlap=0.3,angle=20",
        },
        "ie_tower": _tower(tower, data / "ie_tower" / "labels.csv", out / "ie_tower.json"),
    }


def _corridor(folder: Path, positives: Path) -> dict[str, str]:
    """Map: images 1 to 43; queries: the second lap but for the blank wall (46); right one lap away, give or take 3."""
    numbers = [int(Path(entry.source_name).stem) for entry in open_source(folder, SourceOptions()).entries()]
    map_rows = [row for row, number in enumerate(numbers) if number <= 43]
    query_rows = [row for row, number in enumerate(numbers) if number >= 44 and number != 46]
    lists = [
        [
            place
            for place, row in enumerate(map_rows)
            if min((numbers[row] - numbers[query]) % 40, (numbers[query] - numbers[row]) % 40) <= 3
        ]
        for query in query_rows
    ]
    positives.write_text(json.dumps(lists))
    return _source(folder, map_rows, query_rows, positives)


def _tower(folder: Path, labels: Path, positives: Path) -> dict[str, str]:
    """As it is published: the gallery is the map; right is a place of the same area of the same floor."""
    with labels.open(newline="") as file:
        told = {row["image"].removeprefix("images/"): row for row in csv.DictReader(file)}
    rows = [told[entry.source_name.removeprefix("images/")] for entry in open_source(folder, SourceOptions()).entries()]
    map_rows = [number for number, row in enumerate(rows) if row["split"] == "gallery"]
    query_rows = [number for number, row in enumerate(rows) if row["split"] == "query"]

    def where(number: int) -> tuple[str, str]:
        return rows[number]["floor"], rows[number]["area"]

    lists = [[place for place, row in enumerate(map_rows) if where(row) == where(query)] for query in query_rows]
    positives.write_text(json.dumps(lists))
    return _source(folder, map_rows, query_rows, positives)


def _source(folder: Path, map_rows: Iterable[int], query_rows: Iterable[int], positives: Path) -> dict[str, str]:
    return {
        "map": str(folder),
        "map_frames": _slices(map_rows),
        "query_frames": _slices(query_rows),
        "positives": str(positives.resolve()),
    }


def _slices(rows: Iterable[int]) -> str:
    """Ascending numbers as --frames takes them."""
    runs = [[row for _, row in run] for _, run in groupby(enumerate(rows), lambda pair: pair[1] - pair[0])]
    return ",".join(f"{run[0]}:{run[-1] + 1}" for run in runs)


def _flat(out: Path) -> dict[str, dict[str, str]]:
    mapping = _bag(out / "mapping", ["--drive", "mapping"])
    visits = {
        name: _bag(out / name, ["--drive", "second_visit", "--rate", "1", *words]) for name, words in VISITS.items()
    }
    return {
        f"flat_{name}": {"map": str(mapping), "query": str(bag), "positives": "distance=2"}
        for name, bag in visits.items()
    }


def _bag(path: Path, words: Sequence[str]) -> Path:
    if not path.exists() and vpr(["simulate", "-o", str(path), "--seed", str(SEED), *words]):
        sys.exit(f"simulating {path} failed")
    return path.resolve()


def _cells(folder: Path) -> Iterator[Mapping[str, Any]]:
    for cell in sorted(folder.iterdir()):
        metrics = cell / "run" / "metrics.json"
        if metrics.is_file():
            source, features, aggregation, _ = cell.name.rsplit("-", 3)
            yield {**json.loads(metrics.read_text()), "source": source, "method": f"{features} {aggregation}"}


def table(cells: Iterable[Mapping[str, Any]], sources: Sequence[str]) -> Iterator[str]:
    """Lines of the page: one row for each source and method."""
    yield "| source | method | queries | R@1 (95%) | R@5 | place right | room | floor | coarse pose, median |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for cell in sorted(cells, key=lambda cell: (sources.index(cell["source"]), cell["method"])):
        coarse = cell.get("coarse_pose", {})
        told = [
            cell["source"],
            cell["method"],
            str(cell["queries"]),
            _recall(cell),
            _share(cell.get("recall", {}).get("5")),
            _share(cell["place"].get("accuracy")),
            _share(cell.get("room", {}).get("accuracy")),
            _share(cell.get("floor", {}).get("accuracy")),
            f"{coarse['median_m']:.2f} m, {coarse['median_deg']:.0f}°" if "median_m" in coarse else "",
        ]
        yield f"| {' | '.join(told)} |"


def _recall(cell: Mapping[str, Any]) -> str:
    if "1" not in cell.get("recall", {}):
        return ""
    interval = cell.get("recall_interval", {}).get("1")
    return f"{cell['recall']['1']:.3f}" + (f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else "")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def write_between(page: Path, text: str) -> None:
    """Replace what stands between the marks. Raises UsageError where they are not."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"{page}: has no {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    sys.exit(main())
