"""How long each stage takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vpr_ros.evaluation.report.section import Figure, Section, axis
from vpr_ros.evaluation.report.words import milliseconds, table

PERCENTS = (
    ("p50", "half of the images", "var(--tone-1)"),
    ("p95", "95%", "var(--tone-2)"),
    ("p99", "99%", "var(--tone-3)"),
)


def latency_section(metrics: Mapping[str, Any]) -> Section | None:
    """None where nothing was timed."""
    stages = metrics.get("latency_ms", {})
    if not stages:
        return None
    names = [name.replace("_", " ") for name in stages]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": title,
            "y": names,
            "x": [told[percent] for told in stages.values()],
            "marker": {"color": colour},
            "hovertemplate": f"%{{y}}: {title} within %{{x:.1f}} ms<extra></extra>",
        }
        for percent, title, colour in PERCENTS
    ]
    caption = f"Milliseconds an image, by stage; in all half within {milliseconds(stages['total']['p50'])}"
    layout = {
        "xaxis": axis("ms", rangemode="tozero"),
        "yaxis": axis("", autorange="reversed", automargin=True),
        "barmode": "group",
        "showlegend": True,
    }
    figure = Figure("latency", caption, f"{caption}.", traces, layout, tall=140 + 58 * len(names), wide=True)
    rows = [
        (name, *(milliseconds(told[percent]) for percent, _, _ in PERCENTS))
        for name, told in zip(names, stages.values(), strict=True)
    ]
    cost = metrics["cost"]
    lead = (
        f"Measured on this machine in this run: {cost['localize_s']:.1f} s of localizing, {cost['read_s']:.1f} s of "
        f"reading and decoding, {cost['total_s']:.1f} s in all."
    )
    body = table(("stage", "p50", "p95", "p99"), rows, "Latency by stage")
    return Section("latency", "Latency", "How fast?", lead, (figure,), body)
