"""What came of a suite: its cells' figures, and a table with the spread over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vpr_ros.evaluation.comparing.compare_text import as_markdown
from vpr_ros.evaluation.suite.benchmark_suite import Cell

FIGURES: Mapping[str, tuple[str, ...]] = {
    "R@1": ("recall", "1"),
    "R@5": ("recall", "5"),
    "R@1 of all": ("recall_of_all", "1"),
    "AUC-PR": ("precision_recall", "auc"),
    "room": ("room", "accuracy"),
    "floor": ("floor", "accuracy"),
    "pose 0.25m_2deg": ("pose", "within", "0.25m_2deg"),
    "false fixes": ("false_fix_rate",),
    "p50 ms": ("latency_ms", "total", "p50"),
    "descriptor": ("map", "descriptor_size"),
    "memory MB": ("peak_memory_mb",),
}
_SHARES = ("R@1", "R@5", "R@1 of all", "room", "floor", "pose 0.25m_2deg", "false fixes")


def figures_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The figures of one evaluation that it has."""
    found = {name: _look_up(metrics, path) for name, path in FIGURES.items()}
    return {name: value for name, value in found.items() if value is not None}


def summarize_suite(
    cells: Sequence[Cell], metrics: Mapping[str, Mapping[str, Any]], failed: Mapping[str, str]
) -> dict[str, Any]:
    """JSON values: every cell, and mean, least and largest over the seeds that are done.

    metrics and failed go by a cell's name.
    """
    told = []
    for cell in cells:
        row: dict[str, Any] = {
            "name": cell.name,
            "source": cell.source.name,
            "features": cell.features.name,
            "aggregation": cell.aggregation.name,
            "seed": cell.seed,
        }
        if cell.name in metrics:
            row |= {"queries": metrics[cell.name].get("queries"), "figures": figures_of(metrics[cell.name])}
        elif cell.name in failed:
            row["failed"] = failed[cell.name]
        told.append(row)
    return {"format": "vpr_ros benchmark", "version": 1, "cells": told, "groups": _groups(told)}


def summary_table(summary: Mapping[str, Any]) -> list[list[str]]:
    """Header and a row a group; several seeds as mean (least..largest). Figures that no group has are left out."""
    groups = summary["groups"]
    names = [name for name in FIGURES if any(name in group["figures"] for group in groups)]
    rows = [["source", "features", "aggregation", "seeds", *names]]
    for group in groups:
        about = [group["source"], group["features"], group["aggregation"], str(len(group["seeds"]))]
        rows.append([*about, *(_cell(name, group["figures"].get(name)) for name in names)])
    return rows


def summary_page(summary: Mapping[str, Any]) -> str:
    """The table in Markdown, and under it what failed: a row that is missing has a reason."""
    failed = [f"- {cell['name']} failed: {cell['failed']}\n" for cell in summary["cells"] if "failed" in cell]
    return as_markdown(summary_table(summary)) + "\n" + ("\n" if failed else "") + "".join(failed)


def _groups(cells: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_choice: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for cell in cells:
        if "figures" in cell:
            by_choice.setdefault((cell["source"], cell["features"], cell["aggregation"]), []).append(cell)
    groups = []
    for (source, features, aggregation), mine in by_choice.items():
        spread = {}
        for name in FIGURES:
            values = [cell["figures"][name] for cell in mine if name in cell["figures"]]
            if values:
                spread[name] = {"mean": sum(values) / len(values), "least": min(values), "largest": max(values)}
        seeds = [cell["seed"] for cell in mine]
        groups.append(
            {"source": source, "features": features, "aggregation": aggregation, "seeds": seeds, "figures": spread}
        )
    return groups


def _cell(name: str, spread: Mapping[str, float] | None) -> str:
    if spread is None:
        return "-"
    shown = [_number(name, spread[key]) for key in ("mean", "least", "largest")]
    return shown[0] if shown[1] == shown[2] else f"{shown[0]} ({shown[1]}..{shown[2]})"


def _number(name: str, value: float) -> str:
    return f"{100 * value:.1f}" if name in _SHARES else f"{value:.4g}"


def _look_up(metrics: Mapping[str, Any], path: Sequence[str]) -> float | None:
    found: Any = metrics
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, (int, float)) else None
