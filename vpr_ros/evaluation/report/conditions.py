"""Under which conditions the figures hold: remarks, thresholds, alignment, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vpr_ros.evaluation.report.section import Section
from vpr_ros.evaluation.report.words import count_of, markup, percent, positives_text, table

ENOUGH_SEQUENCES = 20
"""With fewer, what happened to be driven hides how different drives can be."""
FILES = (
    "metrics.json, queries.csv, results.mcap and the trajectories lie beside this page; docs/evaluation.md defines "
    "every figure."
)


def conditions_section(metrics: Mapping[str, Any], notes: Sequence[str]) -> Section:
    """The last section: what a careful reader asks."""
    facts = "".join(f"<dt>{name}</dt><dd>{told}</dd>" for name, told in _facts(metrics))
    remarks = "".join(f"<li>{markup(note)}</li>" for note in [*metrics["notes"], *notes])
    settings = [(key, value) for key, value in metrics["settings"].items()]
    body = f'<dl class="facts">{facts}</dl>'
    if remarks:
        body += f"<h3>Remarks</h3><ul>{remarks}</ul>"
    listed = table(("setting", "value"), settings, "as the localizer obeyed them")
    body += f"<details><summary>All settings</summary>{listed}</details>"
    return Section("conditions", "Conditions", "Under which conditions", FILES, body=body)


def _facts(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    source, used, truth = metrics["source"], metrics["map"], metrics["ground_truth"]
    asked = f", {markup(source['selection'])} of them asked" if "selection" in source else ""
    yield "Source", f"{markup(source['name'])} ({markup(source['kind'])}, {source['frames']:,} frames{asked})"
    how = f"{markup(used['features'])} + {markup(used['aggregation'])}, {used['descriptor_size']} numbers an image"
    yield "Map", f"{markup(used['path'])}: {count_of(used['places'], 'place')}, {how}"
    if "positives" in truth:
        chosen = "; chosen, as nothing was named" if truth["chosen"] else ""
        text = f"a place is right when {positives_text(truth['positives'])} "
        yield "Right places", f"{text}(<code>--positives {markup(truth['positives'])}</code>{chosen})"
    known = [count_of(truth[each], each.removesuffix("s")) for each in ("poses", "rooms", "floors") if truth[each]]
    yield "Truth known for", ", ".join(known) or "nothing"
    if "alignment" in truth:
        align = truth["alignment"]
        agree = f"{align['inliers']} of {align['answers']} answers agree, to {align['rmse_m']:.2f} m"
        yield "Aligned", f"the source's poses were laid onto the map's ({agree}); a constant offset is hidden by that"
    limits = metrics["thresholds"]
    if "false_fix" in metrics:
        bounds = f"{limits['false_fix']['distance_m']:g} m or {limits['false_fix']['angle_deg']:g}°"
        yield "False fix", f"an accepted pose that is off by more than {bounds}"
    boot, stretches = limits["bootstrap"], metrics["sequences"]["count"]
    drawn = f"over {stretches} stretches of up to {boot['sequence_s']:g} s, drawn {boot['draws']:,} times"
    few = "; so few make intervals too narrow" if stretches < ENOUGH_SEQUENCES else ""
    yield "Intervals", f"{percent(boot['level'])}, {drawn}{few}" if stretches > 1 else "none: one stretch alone"
    yield "Made", f"{markup(metrics['made_by'])}, {markup(metrics['created'])}"
