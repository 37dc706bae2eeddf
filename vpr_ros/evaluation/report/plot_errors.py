"""How far off poses are: cumulative curves and histograms of the errors, the shares within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.records import PoseError, Query
from vpr_ros.evaluation.report.section import Figure, Section, axis, share_axis
from vpr_ros.evaluation.report.words import count_of, degrees, metres, percent, span, table

MOST_POINTS = 600
HISTOGRAM_BINS = 40
KINDS = (("pose", "accepted pose", "var(--tone-1)"), ("coarse_pose", "coarse pose", "var(--tone-2)"))
UNITS = (("m", "distance", metres), ("deg", "angle", degrees))


def errors_section(queries: Sequence[Query], metrics: Mapping[str, Any]) -> Section | None:
    """None where no answered pose has a truth."""
    errors = {
        "pose": [query.pose_error for query in queries if query.pose_error is not None],
        "coarse_pose": [query.coarse_error for query in queries if query.coarse_error is not None],
    }
    if not any(errors.values()):
        return None
    figures = tuple(_figures(errors))
    lead = (
        "A coarse pose is where the matched place was seen from; it is as far off as the robot stands from that place."
        if not errors["pose"]
        else "An accepted pose is measured; the coarse pose beside it is only where the matched place was seen from."
    )
    return Section("errors", "Errors", "How far off?", lead, figures, _within(metrics) + _trajectories(metrics))


def _figures(errors: Mapping[str, Sequence[PoseError]]) -> Iterator[Figure]:
    for unit, quantity, told in UNITS:
        curves, medians = [], []
        for key, name, colour in KINDS:
            values = _values(errors[key], unit)
            finite = np.sort(values[np.isfinite(values)])
            if not len(finite):
                continue
            curves.append(_cumulative(finite, len(values), unit, name, colour))
            medians.append(f"{name}: half within {told(float(np.median(values)))}")
        if curves:
            caption = f"Share of answers by {quantity}; " + ", ".join(medians)
            layout = {
                "xaxis": axis(f"error ({'m' if unit == 'm' else '°'})", rangemode="tozero"),
                "yaxis": share_axis("answers"),
                "showlegend": len(curves) > 1,
            }
            yield Figure(f"within-{unit}", caption, f"{caption}.", curves, layout)
    key, name, colour = next(kind for kind in KINDS if errors[kind[0]])
    for unit, quantity, _ in UNITS:
        values = _values(errors[key], unit)
        if np.isfinite(values).any():
            yield _histogram(values, unit, quantity, name, colour)


def _values(errors: Sequence[PoseError], unit: str) -> Array:
    """Those that exist: angles do not where the truth is a position only."""
    values = np.array([each.distance_m if unit == "m" else each.angle_deg for each in errors], dtype=np.float64)
    return np.asarray(values[~np.isnan(values)])


def _cumulative(ordered: Array, answers: int, unit: str, name: str, colour: str) -> dict[str, Any]:
    """Infinite errors are answers that never come within."""
    points = spread(np.column_stack([ordered, np.arange(1, len(ordered) + 1) / answers]), MOST_POINTS)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [0.0, *points[:, 0].round(4).tolist()],
        "y": [0.0, *points[:, 1].round(5).tolist()],
        "line": {"color": colour, "width": 2.5, "shape": "hv"},
        "hovertemplate": f"{name}: %{{y:.1%}} within %{{x:.2f}} {'m' if unit == 'm' else '°'}<extra></extra>",
    }


def _histogram(values: Array, unit: str, quantity: str, name: str, colour: str) -> Figure:
    """The last bar holds everything beyond the 99th percentile, so that one wild answer does not squash the rest."""
    finite = values[np.isfinite(values)]
    top = float(np.percentile(finite, 99)) or float(finite.max()) or 1.0
    edges = np.linspace(0, top, HISTOGRAM_BINS + 1)
    counts, _ = np.histogram(np.minimum(finite, top), edges)
    sign = "m" if unit == "m" else "°"
    bars = {
        "type": "bar",
        "x": ((edges[1:] + edges[:-1]) / 2).round(4).tolist(),
        "y": counts.tolist(),
        "marker": {"color": colour},
        "hovertemplate": f"%{{y}} answers around %{{x:.2f}} {sign}<extra></extra>",
    }
    beyond = int((values > top).sum())
    caption = f"How the {quantity} errors of the {name} are spread"
    if beyond:
        caption += f"; the last bar holds {count_of(beyond, 'answer')} beyond it"
    layout = {"xaxis": axis(f"error ({sign})"), "yaxis": axis("answers"), "bargap": 0.05, "showlegend": False}
    return Figure(f"histogram-{unit}", caption, f"{caption}.", [bars], layout, tall=260)


def _within(metrics: Mapping[str, Any]) -> str:
    kinds = [(metrics[key], name) for key, name, _ in KINDS if "within" in metrics.get(key, {})]
    if not kinds:
        return ""
    rows = [(_bound(bound), *(_share(told, bound) for told, _ in kinds)) for bound in kinds[0][0]["within"]]
    head = ("within", *(name for _, name in kinds))
    return table(head, rows, "Share of the images with a right place whose answer is within both bounds (95% interval)")


def _bound(name: str) -> str:
    distance, _, angle = name.partition("_")
    return f"{distance.removesuffix('m')} m and {angle.removesuffix('deg')}°"


def _share(told: Mapping[str, Any], bound: str) -> str:
    interval = told.get("within_interval", {}).get(bound)
    return percent(told["within"][bound]) + ("" if interval is None else f" ({span(interval)})")


def _trajectories(metrics: Mapping[str, Any]) -> str:
    pose = metrics.get("pose", {})
    titles = {"ate_rmse_m": "ATE (RMSE, m)", "rpe_rmse_m": "RPE (RMSE, m)", "rpe_rmse_deg": "RPE (RMSE, °)"}
    rows = [(title, f"{pose[key]:.3f}") for key, title in titles.items() if key in pose]
    rows += [(f"AUC up to {bound}°", f"{area:.3f}") for bound, area in pose.get("auc_deg", {}).items()]
    return table(("figure", "value"), rows, "Accepted poses as papers count them") if rows else ""
