"""Which rooms and floors are taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.report.section import Figure, Section
from vpr_ros.evaluation.report.words import count_of, percent, plot_text, shown

MOST_LABELS = 30
"""More rows than this cannot be read; those with the most confusions are shown."""
ROW_PX, FRAME_PX = 34, 190


def labels_section(queries: Sequence[Query], metrics: Mapping[str, Any]) -> Section | None:
    """None where the true names are not known. Offers the queries of each cell off the diagonals."""
    cells: dict[str, list[int]] = {}
    figures = []
    for name in ("room", "floor"):
        if "confusion" in metrics.get(name, {}):
            mine = _mistakes_of(queries, name)
            figures.append(_confusion(name, metrics[name], mine))
            cells |= mine
    if not figures:
        return None
    lead = (
        "Rows are what was true, columns what was said. Everything off the diagonal is a mistake or an “unknown”; "
        "click a cell to see its images."
    )
    return Section("labels", "Rooms", "Does it know the room and the floor?", lead, tuple(figures), lists=cells)


def _mistakes_of(queries: Sequence[Query], name: str) -> dict[str, list[int]]:
    cells: dict[str, list[int]] = {}
    for index, query in enumerate(queries):
        true, said = getattr(query.truth.labels, name), getattr(query.estimate, name).label
        if true is not None and true != said:
            cells.setdefault(_cell(name, true, said), []).append(index)
    return cells


def _cell(name: str, true: str, said: str) -> str:
    return f"{name} {shown(true)}, said to be {shown(said)}"


def _confusion(name: str, told: Mapping[str, Any], cells: Mapping[str, Sequence[int]]) -> Figure:
    labels, counts = told["confusion"]["labels"], np.array(told["confusion"]["counts"])
    kept = _kept(counts)
    rows = [index for index in kept if counts[index].sum()]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    titles = [[_cell(name, labels[row], labels[column]) for column in kept] for row in rows]
    heat = {
        "type": "heatmap",
        "z": shares[np.ix_(rows, kept)].round(4).tolist(),
        "text": [[str(count) if count else "" for count in row] for row in counts[np.ix_(rows, kept)].tolist()],
        "customdata": [[title if title in cells else None for title in row] for row in titles],
        "texttemplate": "%{text}",
        "hovertemplate": "%{text} (%{z:.1%} of the row)<extra></extra>",
        "colorscale": [[0, "var(--heat-low)"], [1, "var(--heat-high)"]],
        "zmin": 0,
        "zmax": 1,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "x": list(range(len(kept))),
        "y": list(range(len(rows))),
    }
    layout = {
        "xaxis": _names("said", [labels[index] for index in kept]),
        "yaxis": _names("true", [labels[index] for index in rows]) | {"autorange": "reversed"},
    }
    caption = f"{name.capitalize()}s: {count_of(int(counts.sum()), 'image')} with a known {name}"
    if "accuracy" in told:
        caption += f"; {percent(told['accuracy'])} of the {told['judged']:,} answers right"
    if len(kept) == MOST_LABELS < len(labels):
        caption += f"; the {len(kept)} most confused of {len(labels)} names"
    return Figure(
        f"confusion-{name}",
        caption,
        f"{caption}. {_mistakes(labels, counts)}",
        [heat],
        layout,
        FRAME_PX + ROW_PX * len(rows),
        asks=True,
    )


def _kept(counts: Array) -> list[int]:
    mistakes = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    order = np.argsort(-(mistakes + np.minimum(counts.sum(axis=1), 1) / 2), kind="stable")[:MOST_LABELS]
    used = counts.sum(axis=0) + counts.sum(axis=1) > 0
    return sorted(int(index) for index in order if used[index])


def _names(title: str, names: Sequence[str]) -> dict[str, Any]:
    ticks = {"tickvals": list(range(len(names))), "ticktext": [plot_text(name, 22) for name in names]}
    return {
        "title": {"text": title, "standoff": 16},
        "fixedrange": True,
        "automargin": True,
        "showgrid": False,
        **ticks,
    }


def _mistakes(labels: Sequence[str], counts: Array) -> str:
    """The commonest confusion in words, for those who cannot see the matrix."""
    off = counts - np.diag(np.diag(counts))
    if not off.any():
        return "No mistakes."
    row, column = (int(each) for each in np.unravel_index(int(np.argmax(off)), off.shape))
    return f"Most often {labels[row]} was said to be {labels[column]} ({off[row, column]})."
