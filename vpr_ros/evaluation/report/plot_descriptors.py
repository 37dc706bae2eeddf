"""The map as its descriptors see it: places that look alike lie together (t-SNE)."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.records import Array
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.report.section import Figure, Section
from vpr_ros.evaluation.report.words import count_of, plot_text
from vpr_ros.maps.place_map import PlaceMap

FEWEST, MOST = 8, 800
DIMENSIONS, PERPLEXITY, SEED = 50, 30.0, 0
COLOURS, SYMBOLS = 8, ("circle", "diamond", "square", "cross", "x", "star")


def descriptors_section(place_map: PlaceMap, notes: list[str]) -> Section | None:
    """None with few places, or without scikit-learn, which is said in `notes`."""
    rows = spread(np.arange(len(place_map.table)), MOST)
    rows = rows[np.any(np.asarray(place_map.descriptors[rows]) != 0, axis=1)]
    if len(rows) < FEWEST:
        return None
    try:
        flat = flatten_descriptors(np.asarray(place_map.descriptors[rows], dtype=np.float32))
    except WeightsError as error:
        notes.append(f"the picture of the descriptors is left out: {error}")
        return None
    rooms = [place_map.table.labels[row].room for row in rows]
    known = any(room is not None for room in rooms)
    names = [f"place {place_map.table.place_ids[row]}" for row in rows]
    traces = _by_room(flat, names, [room or "no room" for room in rooms]) if known else [_by_order(flat, names)]
    caption = f"{count_of(len(rows), 'place')}"
    if len(rows) < len(place_map.table):
        caption += f" of {len(place_map.table):,}"
    caption += ", coloured by " + ("room" if known else "when they were seen, dark to light")
    hidden = {"visible": False, "fixedrange": True}
    layout = {
        "xaxis": hidden,
        "yaxis": {**hidden, "scaleanchor": "x"},
        "showlegend": known,
        "hovermode": "closest",
    }
    lead = (
        "Two dots near each other are two places whose images look alike to the map. Clear clumps are easy to tell "
        "apart; colours that run into each other will be confused. Distances between clumps mean nothing (t-SNE)."
    )
    figure = Figure("descriptors", caption, f"{caption}.", traces, layout, tall=520, wide=True)
    return Section("descriptors", "Look-alikes", "Which places look alike?", lead, (figure,))


def flatten_descriptors(descriptors: Array) -> Array:
    """[n, d], n at least 4 -> [n, 2] by t-SNE, the same for the same descriptors. Raises WeightsError without
    scikit-learn."""
    manifold = extra_library("sklearn.manifold", "evaluation")
    threads = extra_library("threadpoolctl", "evaluation")
    centred = descriptors - descriptors.mean(axis=0)
    # Not scikit-learn's PCA: signs of the axes shall not depend on its version.
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:DIMENSIONS]
    turned = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    reduced = centred @ (directions * turned[:, None]).T
    perplexity = min(PERPLEXITY, (len(descriptors) - 1) / 3)
    tsne = manifold.TSNE(n_components=2, perplexity=perplexity, init="pca", random_state=SEED)
    # One thread: several would add in another order each time, and wait for each other on a busy machine.
    with threads.threadpool_limits(1):
        return np.asarray(tsne.fit_transform(reduced))


def _by_room(flat: Array, names: list[str], rooms: list[str]) -> list[dict[str, Any]]:
    """A colour a room; where colours run out, another shape."""
    traces = []
    for rank, room in enumerate(sorted(set(rooms))):
        mine = [index for index, each in enumerate(rooms) if each == room]
        marker = {
            "color": f"var(--room-{rank % COLOURS})",
            "symbol": SYMBOLS[rank // COLOURS % len(SYMBOLS)],
            "size": 8,
        }
        about = {"name": plot_text(room, 22), "hovertemplate": "%{fullData.name}, %{text}<extra></extra>"}
        traces.append(_dots(flat[mine], [names[index] for index in mine]) | about | {"marker": marker})
    return traces


def _by_order(flat: Array, names: list[str]) -> dict[str, Any]:
    marker = {"color": list(range(len(flat))), "colorscale": "Viridis", "size": 8, "showscale": False}
    return _dots(flat, names) | {"marker": marker, "hovertemplate": "%{text}<extra></extra>"}


def _dots(flat: Array, names: list[str]) -> dict[str, Any]:
    x, y = flat.round(2).T.tolist()
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "text": names}
