"""A comparison as a table for people: plain text, Markdown, JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vpr_ros.evaluation.comparing.compare_runs import ComparedFigure, Difference


def run_names(paths: Sequence[Path]) -> list[str]:
    """The folders' names, as much of their paths as tells them apart."""
    for parts in range(1, max(len(path.parts) for path in paths) + 1):
        names = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [f"{number}:{path}" for number, path in enumerate(paths, start=1)]


def comparison_table(names: Sequence[str], figures: Sequence[ComparedFigure]) -> list[list[str]]:
    """Header and a row a figure; a difference that chance may explain is in brackets."""
    header = ["figure", names[0]]
    for name in names[1:]:
        header += [name, "difference"]
    return [header, *(_row(figure) for figure in figures)]


def as_text(table: Sequence[Sequence[str]]) -> str:
    """Columns under each other."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    )


def as_markdown(table: Sequence[Sequence[str]]) -> str:
    """A Markdown table; what would end a cell is escaped."""
    rows = ["| " + " | ".join(cell.replace("\\", "\\\\").replace("|", "\\|") for cell in row) + " |" for row in table]
    return "\n".join([rows[0], "|" + " --- |" * len(table[0]), *rows[1:]])


def as_json(names: Sequence[str], figures: Sequence[ComparedFigure]) -> dict[str, Any]:
    """{figure: {run: {value, difference, interval}}}; what does not exist has no key."""
    told: dict[str, Any] = {}
    for figure in figures:
        rows: dict[str, Any] = {}
        for name, value, difference in zip(names, figure.values, (None, *figure.differences), strict=True):
            if value is None:
                continue
            rows[name] = {"value": value}
            if difference is not None:
                rows[name]["difference"] = difference.value
                if difference.interval is not None:
                    rows[name]["interval"] = list(difference.interval)
        told[figure.name] = rows
    return told


def _row(figure: ComparedFigure) -> list[str]:
    cells = [figure.name, value_text(figure, figure.values[0])]
    for value, difference in zip(figure.values[1:], figure.differences, strict=True):
        cells += [value_text(figure, value), difference_text(figure, difference)]
    return cells


def value_text(figure: ComparedFigure, value: float | None) -> str:
    """A share in percent, - where there is none."""
    if value is None:
        return "-"
    return f"{100 * value:.1f}%" if figure.is_share else f"{value:.3g}"


def difference_text(figure: ComparedFigure, difference: Difference | None) -> str:
    """In percentage points with its interval; in brackets where chance may explain it."""
    if difference is None:
        return ""
    if not figure.is_share:
        return f"{difference.value:+.3g}"
    told = f"{100 * difference.value:+.1f}"
    if difference.interval is None:
        return told
    low, high = (100 * bound for bound in difference.interval)
    told = f"{told} {low:+.1f}..{high:+.1f}"
    return told if difference.telling else f"({told})"
