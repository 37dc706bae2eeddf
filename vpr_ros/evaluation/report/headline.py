"""The first screen: how often right, how often wrong without knowing, how far off, how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vpr_ros.evaluation.report.verdicts import ABSTAINED, MISSED, RIGHT, UNJUDGED, VERDICTS, WRONG
from vpr_ros.evaluation.report.words import (
    count_of,
    degrees,
    interval_text,
    markup,
    metres,
    milliseconds,
    percent,
    positives_text,
    rate,
)

Metrics = Mapping[str, Any]


def headline_html(metrics: Metrics, verdicts: Counter[str]) -> str:
    """The answer in a sentence, the outcome as a bar, a card for each question that has an answer."""
    cards = "".join((_right(metrics), _wrong(metrics, verdicts), _far(metrics), _rooms(metrics), _fast(metrics)))
    name = Path(metrics["source"]["name"]).name or metrics["source"]["name"]
    about = f"<b>{markup(name)}</b> on the map <b>{markup(metrics['map']['map_id'])}</b>"
    return (
        f'<header><p class="eyebrow">{about}</p><h1>{_answer(verdicts)}</h1>'
        f'<p class="summary">{_summary(metrics, verdicts)}</p>{_bar(verdicts)}</header>'
        f'<section aria-label="In short" class="cards">{cards}</section>'
    )


def _answer(verdicts: Counter[str]) -> str:
    total = sum(verdicts.values())
    if not verdicts[RIGHT] + verdicts[WRONG]:
        if not verdicts[UNJUDGED]:
            return '<span class="unknown">Said “unknown” every time</span>'
        return f"Named a place for {percent(verdicts[UNJUDGED] / total)} of the images; whether rightly, nobody can say"
    judged = total - verdicts[UNJUDGED]
    right, wrong = percent(verdicts[RIGHT] / judged), percent(verdicts[WRONG] / judged)
    if not verdicts[WRONG]:
        return f'<span class="right">Right {right}</span> of the time, never wrong here'
    mistaken = f'<span class="wrong">wrong without knowing {wrong}</span>'
    return f'<span class="right">Right {right}</span> of the time, {mistaken}'


def _summary(metrics: Metrics, verdicts: Counter[str]) -> str:
    total = sum(verdicts.values())
    places = count_of(metrics["map"]["places"], "place")
    parts = [f"Asked about {count_of(total, 'image')} on a map of {places}."]
    if verdicts[UNJUDGED] and verdicts[UNJUDGED] < total:
        parts.append(f"{verdicts[UNJUDGED]:,} of the answers cannot be judged and are left out above.")
    unknown = verdicts[MISSED] + verdicts[ABSTAINED]
    if unknown:
        rightly = (
            f", {verdicts[ABSTAINED]:,} of these rightly: the map has no right place" if verdicts[ABSTAINED] else ""
        )
        parts.append(f"It said “unknown” {count_of(unknown, 'time')}{rightly}.")
    positives = metrics["ground_truth"].get("positives")
    if "false_fix" in metrics:
        limit = metrics["thresholds"]["false_fix"]
        bounds = f"{limit['distance_m']:g} m or {limit['angle_deg']:g}°"
        parts.append(f"Wrong: an accepted pose off by more than {bounds}; where no pose was accepted, a wrong place.")
    if positives:
        parts.append(f"A place is right when {positives_text(positives)}.")
    else:
        parts.append("Neither poses nor labels say which place would be right.")
    if lost := metrics.get("without_positives", {}).get("count"):
        parts.append(f"For {count_of(lost, 'image')} the map holds no right place.")
        if not metrics["with_positives"]:
            parts.append("<b>It holds one for none: another area, or poses in another frame of reference.</b>")
    if own := metrics.get("images_of_map"):
        parts.append(f"<b>{count_of(own, 'image')} asked about made the map: the figures are too good.</b>")
    return " ".join(parts)


def _bar(verdicts: Counter[str]) -> str:
    """One bar, a stretch for each verdict; the legend says it in words and numbers."""
    total = sum(verdicts.values())
    told = [(VERDICTS[key], verdicts[key]) for key in VERDICTS if verdicts[key]]
    pieces = "".join(f'<i class="{each.key}" style="flex-grow:{count}"></i>' for each, count in told)
    legend = "".join(
        f'<li><i class="{each.key}"></i><b>{count:,}</b> {each.title} <small>{percent(count / total)}</small></li>'
        for each, count in told
    )
    return f'<div class="outcome" aria-hidden="true">{pieces}</div><ul class="legend">{legend}</ul>'


def _card(question: str, answer: str, lines: Sequence[str], tone: str = "") -> str:
    told = "".join(f"<p>{line}</p>" for line in lines if line)
    return f'<article class="card {tone}"><h2>{question}</h2><p class="big">{answer}</p>{told}</article>'


def _right(metrics: Metrics) -> str:
    place = metrics.get("place", {})
    if "accuracy" not in place:
        return ""
    lines = [f"of its answers; it answered {percent(place['answered'])} of the images"]
    lines.append(interval_text(place.get("interval")))
    if "recall" in metrics:
        lines.append(", ".join(f"R@{count} {share:.3f}" for count, share in list(metrics["recall"].items())[:2]))
    return _card("Right place?", percent(place["accuracy"]), lines)


def _wrong(metrics: Metrics, verdicts: Counter[str]) -> str:
    if "false_fix" in metrics:
        fixes, limit = metrics["false_fix"], metrics["thresholds"]["false_fix"]
        bounds = f"{limit['distance_m']:g} m or {limit['angle_deg']:g}°"
        lines = [
            f"{fixes['count']:,} of {count_of(fixes['answers'], 'accepted pose')} off by more than {bounds}",
            f"at most {percent(fixes['upper_95'])} with 95% confidence, were images independent",
        ]
        known = {"per_hour": "an hour", "per_km": "a kilometre"}
        rates = [f"{rate(fixes[key])} {unit}" for key, unit in known.items() if key in fixes]
        if rates:
            lines.append(f"{', '.join(rates)} driven")
        if "worst_m" in metrics.get("pose", {}):
            worst = metrics["pose"]
            turned = f", {degrees(worst['worst_deg'])}" if "worst_deg" in worst else ""
            lines.append(f"worst: {metres(worst['worst_m'])}{turned}")
        return _card("Wrong without knowing?", percent(metrics["false_fix_rate"]), lines, _tone(fixes["count"]))
    place = metrics.get("place", {})
    if "wrong" not in place:
        return ""
    lines = [
        f"{verdicts[WRONG]:,} of {count_of(verdicts[RIGHT] + verdicts[WRONG], 'answer')} named a wrong place",
        f"at most {percent(place['upper_95'])} with 95% confidence, were images independent",
    ]
    return _card("Wrong without knowing?", percent(1 - place["accuracy"]), lines, _tone(place["wrong"]))


def _tone(wrong: int) -> str:
    return "bad" if wrong else "good"


def _far(metrics: Metrics) -> str:
    kind = "pose" if "median_m" in metrics.get("pose", {}) else "coarse_pose"
    pose = metrics.get(kind, {})
    if "median_m" not in pose:
        return ""
    # Angles are absent where only positions are true, 95% where more of the answers are no poses.
    lines = [f"and {degrees(pose['median_deg'])} (medians)" if "median_deg" in pose else "(median)"]
    most = [f"95% within {told(pose[key])}" for key, told in (("p95_m", metres), ("p95_deg", degrees)) if key in pose]
    lines += [", ".join(most)] if most else []
    if kind == "coarse_pose":
        lines.append("coarse pose: where the matched place was seen from")
    return _card("How far off?", metres(pose["median_m"]), lines)


def _rooms(metrics: Metrics) -> str:
    told = {name: metrics[name] for name in ("room", "floor") if "accuracy" in metrics.get(name, {})}
    if not told:
        return ""
    lines = [
        f"{name}: {percent(each['accuracy'])} of its {each['judged']:,} answers; {percent(each['answered'])} answered"
        for name, each in told.items()
    ]
    first = next(iter(told))
    return _card(f"Right {first}?", percent(told[first]["accuracy"]), lines)


def _fast(metrics: Metrics) -> str:
    total = metrics.get("latency_ms", {}).get("total")
    if not total:
        return ""
    lines = [f"an image (median); 95% within {milliseconds(total['p95'])}"]
    if "peak_memory_mb" in metrics:
        lines.append(f"{metrics['peak_memory_mb']:,.0f} MB of memory at most")
    return _card("How fast?", milliseconds(total["p50"]), lines)
