"""The folder of a suite, which a later run goes on with: a folder a cell, and what each was made by."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import StorageError, UsageError
from vpr_ros.evaluation.files.run_folder import FORMAT, METRICS, is_ours
from vpr_ros.evaluation.suite.benchmark_suite import Cell
from vpr_ros.evaluation.suite.suite_summary import summary_page

SUITE_FORMAT = "vpr_ros benchmark"
SUMMARY, TABLE, CELL = "summary.json", "summary.md", "cell.json"


class SuiteFolder:
    """DIR/CELL/{map, run, cell.json}, DIR/summary.json and DIR/summary.md.

    Raises UsageError where DIR holds something else, StorageError where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            strangers = any(path.iterdir()) and not is_ours(path / SUMMARY, SUITE_FORMAT)
        except OSError as error:
            raise StorageError(f"{path}: cannot be used: {error.strerror or error}") from error
        if strangers:
            raise UsageError(f"{path} is not empty and no benchmark; choose another name")

    def map_of(self, cell: Cell) -> Path:
        return self.path / cell.name / "map"

    def run_of(self, cell: Cell) -> Path:
        return self.path / cell.name / "run"

    def begin(self, cell: Cell) -> None:
        """Note what the cell is made by. Raises UsageError where an earlier run made it by something else."""
        made_by = self.path / cell.name / CELL
        wanted = {"build": cell.build_words(Path("map")), "evaluate": cell.evaluate_words(Path("map"), Path("run"))}
        try:
            if made_by.exists():
                if json.loads(made_by.read_text(encoding="utf-8")) != wanted:
                    raise UsageError(
                        f"{made_by.parent} was made by other settings ({CELL} tells); remove it, or name another DIR"
                    )
                return
            made_by.parent.mkdir(exist_ok=True)
            _write(made_by, json.dumps(wanted, indent=1) + "\n")
        except ValueError as error:
            raise UsageError(f"{made_by}: is damaged: {error}; remove {made_by.parent}") from error
        except OSError as error:
            raise StorageError(f"{made_by}: cannot be written: {error.strerror or error}") from error

    def is_done(self, cell: Cell) -> bool:
        """Whether its evaluation stands there whole."""
        return is_ours(self.run_of(cell) / METRICS, FORMAT)

    def metrics_of(self, cell: Cell) -> dict[str, Any]:
        """Of a cell that is done."""
        return dict(json.loads((self.run_of(cell) / METRICS).read_text(encoding="utf-8")))

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Both files, each replaced in one step."""
        try:
            _write(self.path / SUMMARY, json.dumps(summary, indent=1, allow_nan=False) + "\n")
            _write(self.path / TABLE, summary_page(summary))
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written: {error.strerror or error}") from error


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
