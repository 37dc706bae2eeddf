"""`vpr benchmark`: a matrix of features, aggregations and sources, with several seeds. Goes on where it was stopped."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from vpr_ros.core.errors import VprError
from vpr_ros.core.paths import path_argument
from vpr_ros.evaluation.comparing.compare_text import as_text
from vpr_ros.evaluation.suite.benchmark_suite import Cell, read_suite
from vpr_ros.evaluation.suite.suite_folder import SuiteFolder
from vpr_ros.evaluation.suite.suite_summary import summarize_suite, summary_table

_EPILOG = """\
SUITE.yaml:
  sources:
    kitchen: {map: kitchen/, map_frames: "0:30,60:90", query_frames: "30:60", positives: "overlap=0.3,angle=20"}
    office: {map: monday.mcap, query: friday.mcap}
  features: [dense_sift, cnn]              # or {mine: [features.name=cnn, features.cnn.weights=mine.pth]}
  aggregations: [vlad, gem]                # or the same way
  seeds: [0, 1, 2]                         # of the vocabulary
  set: [retrieval.top_k=20]                # for all
"""


def add_parser(subparsers: Any) -> None:
    """Declare `benchmark`."""
    parser = subparsers.add_parser(
        "benchmark",
        help="build and evaluate a matrix of features, aggregations and sources",
        description=(
            "Builds a map and evaluates it for every combination in SUITE.yaml, a folder each in DIR, and writes "
            "summary.json and summary.md. Called again it does what is missing; what failed is tried again."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suite", type=path_argument, metavar="SUITE.yaml", help="the matrix")
    parser.add_argument("-o", "--output", type=path_argument, required=True, metavar="DIR", help="folder to fill")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Cell by cell; one that fails does not stop the others. 1 when one failed."""
    cells = read_suite(args.suite)
    folder = SuiteFolder(args.output)
    failed: dict[str, str] = {}
    write_summary(folder, cells, failed)  # from now on DIR is known as ours
    for number, cell in enumerate(cells, start=1):
        folder.begin(cell)
        done = folder.is_done(cell)
        print(f"[{number}/{len(cells)}] {cell.name}{': done already' if done else ''}", flush=True)
        if not done and (told := run_cell(folder, cell)) is not None:
            failed[cell.name] = told
            print(f"  failed: {told}", flush=True)
        write_summary(folder, cells, failed)
    print(as_text(summary_table(write_summary(folder, cells, failed))))
    return 1 if failed else 0


def run_cell(folder: SuiteFolder, cell: Cell) -> str | None:
    """Build and evaluate in processes of their own, so that peak memory is each one's; what went wrong, or None."""
    if folder.run_of(cell).exists():
        return f"{folder.run_of(cell)} is no whole evaluation; remove it to have it made again"
    for words in (
        cell.build_words(folder.map_of(cell)),
        cell.evaluate_words(folder.map_of(cell), folder.run_of(cell)),
    ):
        try:
            vpr(words)
        except VprError as error:
            return str(error)
    return None


def vpr(words: Sequence[str]) -> None:
    """Run a subcommand. Raises VprError with its last line when it fails, KeyboardInterrupt when it was interrupted."""
    argv = [sys.executable, "-m", "vpr_ros.cli.main", *words]
    ended = subprocess.run(argv, capture_output=True, text=True, errors="backslashreplace", check=False)
    if ended.returncode == 130:
        raise KeyboardInterrupt
    if ended.returncode:
        lines = ended.stderr.strip().splitlines()
        raise VprError(lines[-1].removeprefix("vpr: error: ") if lines else f"exit code {ended.returncode}")


def write_summary(folder: SuiteFolder, cells: Sequence[Cell], failed: dict[str, str]) -> dict[str, Any]:
    """What is known so far."""
    metrics = {cell.name: folder.metrics_of(cell) for cell in cells if folder.is_done(cell)}
    summary = summarize_suite(cells, metrics, failed)
    folder.write_summary(summary)
    return summary
