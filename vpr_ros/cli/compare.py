"""`vpr compare`: evaluations of the same queries side by side."""

from __future__ import annotations

import argparse
import json
from typing import Any

from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.evaluation.comparing.compare_page import write_comparison
from vpr_ros.evaluation.comparing.compare_runs import compare_runs
from vpr_ros.evaluation.comparing.compare_text import as_json, as_markdown, as_text, comparison_table, run_names
from vpr_ros.evaluation.comparing.read_run import read_run
from vpr_ros.evaluation.records import count_queries
from vpr_ros.evaluation.summary.resample import FEWEST


def add_parser(subparsers: Any) -> None:
    """Declare `compare`."""
    parser = subparsers.add_parser(
        "compare",
        help="evaluations of the same queries side by side",
        description=(
            "Puts evaluations (folders that `vpr evaluate` wrote) of the same queries side by side. Differences are to "
            "the first, in percentage points with a 95% interval by paired bootstrap over sequences; one that chance "
            "may explain is in brackets."
        ),
        epilog="example: vpr compare out/vlad out/gem -o out/compared.html",
    )
    parser.add_argument("runs", type=path_argument, nargs="+", metavar="DIR", help="two or more evaluations")
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    style.add_argument("--markdown", action="store_true", help="a Markdown table")
    parser.add_argument("-o", "--output", type=path_argument, metavar="FILE.html", help="draw it as a page, too")
    parser.add_argument("--force", action="store_true", help="replace FILE.html")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, pair, draw, print."""
    if len(args.runs) < 2:
        raise UsageError("one evaluation alone cannot be compared; name two or more")
    finished = [read_run(path) for path in args.runs]
    figures, names = compare_runs(finished), run_names(args.runs)
    criterion = finished[0].metrics.get("ground_truth", {}).get("positives", "nothing")
    sequences = finished[0].metrics.get("sequences", {}).get("count", 0)
    told = "1 sequence" if sequences == 1 else f"{sequences} sequences"
    about = f"{count_queries(len(finished[0].keys))} in {told}, places judged by {criterion}."
    intervals = "with 95% intervals" if sequences >= FEWEST else "without intervals: one sequence alone"
    if args.output is not None:
        write_comparison(args.output, names, figures, about, args.force)
    if args.json:
        print(json.dumps(as_json(names, figures)))
        return 0
    table = comparison_table(names, figures)
    print(as_markdown(table) if args.markdown else as_text(table))
    if not args.markdown:
        print(f"{about} Differences in percentage points {intervals}.")
    return 0
