"""Whether probabilities and covariances mean what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vpr_ros.evaluation.report.section import Figure, Section, axis, share_axis
from vpr_ros.evaluation.report.words import count_of, percent

KINDS = (("pose", "accepted pose"), ("coarse_pose", "coarse pose"))
STATED = {"50": "var(--tone-1)", "90": "var(--tone-2)", "99": "var(--tone-3)"}
SYMBOLS = {"50": "circle", "90": "diamond", "99": "square"}


def calibration_section(metrics: Mapping[str, Any]) -> Section | None:
    """None where answers carry neither a probability nor a covariance that can be judged."""
    figures = tuple(_figures(metrics))
    if not figures:
        return None
    lead = "What it says of its own certainty, against what came. On the dashed line it means what it says."
    return Section("calibration", "Certainty", "Does it know how sure it can be?", lead, figures)


def _figures(metrics: Mapping[str, Any]) -> Iterator[Figure]:
    if "calibration" in metrics:
        yield _reliability(metrics["calibration"], metrics["thresholds"]["confident"])
    for key, name in KINDS:
        if "coverage" in metrics.get(key, {}):
            yield _coverage(f"coverage-{key.replace('_', '-')}", name, metrics[key])


def _reliability(told: Mapping[str, Any], sure: float) -> Figure:
    rows = told["reliability"]
    answers = count_of(told["answers"], "answer")
    caption = f"Probability against what came, {answers}: off by {percent(told['ece'])} on average"
    if "confident" in told:
        confident = told["confident"]
        caption += (
            f"; of {count_of(confident['answers'], 'answer')} with p ≥ {sure:g}, {percent(confident['error'])} wrong "
            f"(at most {percent(confident['upper_95'])}, exact 95% bound)"
        )
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [row["said"] for row in rows],
        "y": [row["right"] for row in rows],
        "text": [count_of(row["count"], "answer") for row in rows],
        "marker": {"color": "var(--tone-1)", "size": 10},
        "line": {"color": "var(--tone-1)", "width": 2},
        "hovertemplate": "said %{x:.1%}, right %{y:.1%}<br>%{text}<extra></extra>",
    }
    layout = {"xaxis": share_axis("probability said"), "yaxis": share_axis("share right"), "showlegend": False}
    return Figure("reliability", caption, f"{caption}.", [_diagonal(), points], layout)


def _diagonal() -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": "var(--muted)", "dash": "dash", "width": 1},
        "hoverinfo": "skip",
    }


def _coverage(anchor: str, name: str, told: Mapping[str, Any]) -> Figure:
    """Axis by axis, the share of errors inside the intervals that the covariance states."""
    axes = list(told["coverage"])
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{stated}% stated",
            "x": axes,
            "y": [told["coverage"][each][stated] for each in axes],
            "marker": {"color": colour, "symbol": SYMBOLS[stated], "size": 11},
            "hovertemplate": f"%{{x}}: %{{y:.1%}} inside the {stated}% interval<extra></extra>",
        }
        for stated, colour in STATED.items()
    ]
    lines = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": float(stated) / 100,
            "y1": float(stated) / 100,
            "line": {"color": colour, "dash": "dash", "width": 1},
        }
        for stated, colour in STATED.items()
    ]
    caption = f"Covariance of the {name}: share of errors inside its 50, 90 and 99% intervals, axis by axis"
    if "nees_median" in told:
        caption += f"; median NEES {told['nees_median']:.2f} (should be 5.35)"
    layout = {
        "xaxis": axis("", type="category"),
        "yaxis": share_axis("errors inside"),
        "shapes": lines,
        "showlegend": True,
    }
    return Figure(anchor, caption, f"{caption}.", traces, layout)
