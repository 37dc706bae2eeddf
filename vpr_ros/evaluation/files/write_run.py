"""The files of an evaluation that are made when its last query has been answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vpr_ros.evaluation.files.query_table import write_queries
from vpr_ros.evaluation.files.run_folder import METRICS, QUERIES
from vpr_ros.evaluation.files.write_trajectories import write_trajectories
from vpr_ros.evaluation.records import Run


def write_run(folder: Path, run: Run, metrics: dict[str, Any]) -> None:
    """metrics.json, queries.csv and the trajectories, into a folder that is there."""
    write_queries(folder / QUERIES, run.queries, run.place_map.table)
    write_trajectories(folder, run.queries)
    text = json.dumps(metrics, indent=1, allow_nan=False) + "\n"
    (folder / METRICS).write_text(text, encoding="utf-8")
