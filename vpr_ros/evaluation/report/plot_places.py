"""Recall, precision-recall, risk-coverage, and how similarity tells right from wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.report.section import Figure, Section, axis, share_axis
from vpr_ros.evaluation.report.verdicts import RIGHT, VERDICTS, WRONG, verdict_of
from vpr_ros.evaluation.report.words import count_of, percent
from vpr_ros.evaluation.summary.summarize_places import precision_recall_of, risk_coverage_of, scores_of

MOST_POINTS = 1000
HISTOGRAM_BINS = 30


def places_section(queries: Sequence[Query], metrics: Mapping[str, Any]) -> Section | None:
    """None where nobody can say which places are right."""
    figures = tuple(_figures(queries, metrics))
    if not figures:
        return None
    score = scores_of(queries).name
    lead = f"Answers are ordered by {score}. A threshold on it trades answers for certainty; the curves show the price."
    return Section("places", "Retrieval", "Which place: how good is the retrieval?", lead, figures)


def _figures(queries: Sequence[Query], metrics: Mapping[str, Any]) -> Iterator[Figure]:
    if "recall" in metrics:
        yield _recall(metrics)
    curve = precision_recall_of(queries)
    if curve is not None:
        told = metrics["precision_recall"]
        caption = (
            f"Precision against recall: area {told['auc']:.3f}; "
            f"{percent(told['recall_at_full_precision'])} recalled before the first wrong answer"
        )
        hover = f"recall %{{x:.1%}}, precision %{{y:.1%}}<br>{told['score']} ≥ %{{text}}<extra></extra>"
        line = _curve(curve.recall, curve.precision, curve.scores, hover, "var(--right)")
        yield Figure(
            "precision-recall", caption, f"{caption}.", [line], _axes(share_axis("recall"), share_axis("precision"))
        )
    risks = risk_coverage_of(queries)
    if risks is not None:
        told = metrics["risk_coverage"]
        at = told["coverage_at_risk"]
        caption = "Risk against coverage: " + "; ".join(
            f"{percent(share)} answered with at most {percent(float(risk))} wrong" for risk, share in at.items()
        )
        hover = f"answering %{{x:.1%}}, wrong %{{y:.1%}}<br>{told['score']} ≥ %{{text}}<extra></extra>"
        line = _curve(risks.coverage, risks.risk, risks.scores, hover, "var(--wrong)")
        top = max(float(risks.risk.max()) * 1.15, 0.05)
        axes = _axes(share_axis("images answered"), share_axis("wrong among the answers", range=[0, top]))
        yield Figure("risk-coverage", caption, f"{caption}.", [line], axes)
    histogram = _scores(queries)
    if histogram is not None:
        yield histogram


def _recall(metrics: Mapping[str, Any]) -> Figure:
    recall, intervals = metrics["recall"], metrics.get("recall_interval", {})
    counts, shares = list(recall), list(recall.values())
    bars: dict[str, Any] = {
        "type": "bar",
        "x": [f"R@{count}" for count in counts],
        "y": shares,
        "text": [f"{share:.3f}" for share in shares],
        "textposition": "inside",
        "insidetextanchor": "start",
        "marker": {"color": "var(--right)"},
        "hovertemplate": "%{x}: %{y:.1%}<extra></extra>",
    }
    if all(count in intervals for count in counts):
        bars["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [max(intervals[count][1] - recall[count], 0) for count in counts],
            "arrayminus": [max(recall[count] - intervals[count][0], 0) for count in counts],
            "color": "var(--ink)",
        }
    among = count_of(metrics["with_positives"], "image")
    caption = f"Recall@K: a right place among the first K candidates, over {among} with one in the map"
    if "error_y" in bars:
        caption += "; whiskers: 95% intervals"
    said = ", ".join(f"R@{count} {share:.3f}" for count, share in recall.items())
    layout = _axes(axis("", type="category"), share_axis("share of the images", range=[0, 1.05]))
    return Figure("recall", caption, f"{said}. {caption}.", [bars], layout)


def _scores(queries: Sequence[Query]) -> Figure | None:
    """How the scores of right and wrong answers lie apart."""
    scores = scores_of(queries)
    verdicts = np.array([verdict_of(query) for query in queries])
    known = np.isfinite(scores.values) & np.isin(verdicts, (RIGHT, WRONG))
    if not known.any():
        return None
    edges = np.histogram_bin_edges(scores.values[known], HISTOGRAM_BINS)
    traces = []
    for key in (RIGHT, WRONG):
        counts, _ = np.histogram(scores.values[known & (verdicts == key)], edges)
        if counts.any():
            traces.append(_histogram(edges, counts, VERDICTS[key].title, VERDICTS[key].colour))
    caption = f"The {scores.name} of right and wrong answers: the less they overlap, the better a threshold works"
    layout = _axes(axis(scores.name), axis("answers")) | {"barmode": "stack", "bargap": 0.05, "showlegend": True}
    return Figure("scores", caption, f"{caption}.", traces, layout)


def _histogram(edges: Array, counts: Array, name: str, colour: str) -> dict[str, Any]:
    middles = (edges[1:] + edges[:-1]) / 2
    return {
        "type": "bar",
        "name": name,
        "x": [round(float(middle), 5) for middle in middles],
        "y": counts.tolist(),
        "marker": {"color": colour},
        "hovertemplate": f"{name}: %{{y}} around %{{x:.3f}}<extra></extra>",
    }


def _curve(x: Array, y: Array, scores: Array, hover: str, colour: str) -> dict[str, Any]:
    points = spread(np.column_stack([x, y, scores]), MOST_POINTS)
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(points) <= 30 else "lines",
        "x": points[:, 0].round(5).tolist(),
        "y": points[:, 1].round(5).tolist(),
        "text": [f"{score:.3f}" for score in points[:, 2]],
        "hovertemplate": hover,
        "line": {"color": colour, "width": 2.5},
    }


def _axes(x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    return {"xaxis": x, "yaxis": y, "showlegend": False}
