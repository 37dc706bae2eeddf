"""`vpr compare`: evaluations of the same queries side by side."""

from __future__ import annotations

import argparse
import json
from typing import Any

from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.evaluation.compare_runs import compare_runs
from vpr_ros.evaluation.compare_text import as_json, as_markdown, as_text, comparison_table, run_names
from vpr_ros.evaluation.read_run import read_run


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
        epilog="example: vpr compare out/vlad out/gem",
    )
    parser.add_argument("runs", type=path_argument, nargs="+", metavar="DIR", help="two or more evaluations")
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    style.add_argument("--markdown", action="store_true", help="a Markdown table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, pair, print."""
    if len(args.runs) < 2:
        raise UsageError("one evaluation alone cannot be compared; name two or more")
    finished = [read_run(path) for path in args.runs]
    figures, names = compare_runs(finished), run_names(args.runs)
    if args.json:
        print(json.dumps(as_json(names, figures)))
        return 0
    table = comparison_table(names, figures)
    if args.markdown:
        print(as_markdown(table))
        return 0
    print(as_text(table))
    sequences = finished[0].metrics.get("sequences", {}).get("count", 0)
    print(
        f"{len(finished[0].keys)} queries in {sequences} sequences; differences in percentage points with 95% intervals"
    )
    return 0
