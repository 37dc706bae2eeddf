"""An evaluation's folder read back: its figures and its rows, checked before they are believed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Array
from vpr_ros.evaluation.files.query_table import COLUMNS
from vpr_ros.evaluation.files.run_folder import FORMAT, METRICS, QUERIES
from vpr_ros.maps.checked_json import loads_strictly


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """metrics.json, and queries.csv by column. Numbers are NaN where the file has nothing."""

    path: Path
    metrics: Mapping[str, Any]
    columns: Mapping[str, list[str]]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """What a query is recognised by in another run: the image's name and its stamp."""
        return list(zip(self.columns["source_name"], self.columns["stamp_ns"], strict=True))

    def numbers(self, column: str) -> Array:
        """float64 [queries]. Raises UsageError where something else stands there."""
        try:
            return np.array([float(text) if text else np.nan for text in self.columns[column]], dtype=np.float64)
        except ValueError as error:
            raise _damaged(self.path / QUERIES, f"column {column}: {error}") from error

    def texts(self, column: str) -> Array:
        """[queries]."""
        return np.array(self.columns[column], dtype=object)


def read_run(path: Path) -> FinishedRun:
    """Raises UsageError where there is no whole evaluation."""
    if not path.is_dir():
        raise UsageError(f"{path}: is no folder of an evaluation; make one with `vpr evaluate SOURCE MAP -o {path}`")
    metrics = _read(path / METRICS, loads_strictly)
    if not isinstance(metrics, dict) or metrics.get("format") != FORMAT:
        raise UsageError(f"{path / METRICS}: is no {FORMAT}")
    if metrics.get("version") != 1:
        raise UsageError(
            f"{path / METRICS}: is of version {metrics.get('version')}, this program reads 1; evaluate again"
        )
    lines = _read(path / QUERIES, lambda text: list(csv.reader(text.splitlines())))
    if not lines or lines[0] != list(COLUMNS) or any(len(line) != len(COLUMNS) for line in lines):
        raise _damaged(path / QUERIES, "its columns are not those that `vpr evaluate` writes")
    if len(lines) == 1:
        raise _damaged(path / QUERIES, "it has no rows")
    columns = {name: [line[place] for line in lines[1:]] for place, name in enumerate(COLUMNS)}
    return FinishedRun(path, metrics, columns)


def _read(path: Path, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; is it an evaluation?") from error
    except (ValueError, csv.Error) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, what: str) -> UsageError:
    return UsageError(f"{path}: is damaged: {what}; evaluate again")
