"""What a click on a query shows, as plain data for the page's script, which puts names in as text, never as markup."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from vpr_ros.core.draw_matches import matched_with
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.answered_pose import probability_of, refused_pose
from vpr_ros.evaluation.records import PoseError, Query, Run
from vpr_ros.evaluation.report.encode_pictures import SHOWN_CANDIDATES, Pictures, right_place, shown_places
from vpr_ros.evaluation.report.show_votes import points_data, votes_data
from vpr_ros.evaluation.report.verdicts import FAILURES, MISSED, VERDICTS, WRONG, verdict_of
from vpr_ros.evaluation.report.words import degrees, metres, milliseconds, percent, shown

MOST_TOLD = 12000
"""Queries with details, failures first: 600 bytes each."""


def details_of(run: Run, pictures: Pictures) -> dict[str, Any]:
    """{verdicts, queries: {index: ...}, places: {place_id: ...}} in JSON types."""
    told = told_queries(run.queries)
    places = sorted({place_id for index in told for place_id in shown_places(run.queries[index])})
    return {
        "verdicts": {key: {"title": each.title} for key, each in VERDICTS.items()},
        "queries": {index: _query(run.queries[index]) | _pictured(index, run, pictures) for index in told},
        "places": {
            place_id: _place(place_id, run.place_map.table) | _picture(pictures.places.get(place_id))
            for place_id in places
        },
    }


def told_queries(queries: Sequence[Query]) -> list[int]:
    """Ascending indices of the queries that have details."""
    failed = [index for index, query in enumerate(queries) if verdict_of(query) in FAILURES]
    kept = spread(failed, MOST_TOLD)
    others = sorted(set(range(len(queries))) - set(failed))
    return sorted([*kept, *spread(others, MOST_TOLD - len(kept))])


def _query(query: Query) -> dict[str, Any]:
    estimate = query.estimate
    verdict = verdict_of(query)
    judged = query.right or ()
    top = [
        [candidate.place_id, round(candidate.similarity, 4), judged[rank] if rank < len(judged) else None]
        for rank, candidate in enumerate(estimate.candidates.ranked[:SHOWN_CANDIDATES])
    ]
    told: dict[str, Any] = {
        "number": query.number,
        "name": shown(estimate.source_name),
        "verdict": verdict,
        "why": _why(query, verdict),
        "top": top,
        "facts": [list(row) for row in _facts(query)],
    }
    if where := ", ".join(shown(name) for name in (query.truth.labels.room, query.truth.labels.floor) if name):
        told["where"] = where
    if (place_id := right_place(query)) is not None:
        told["positive"] = place_id
    if mistaken := [f"said {shown(said)}, is {shown(true)}" for said, true in _mistaken(query)]:
        told["mistaken"] = mistaken
    return told


def _mistaken(query: Query) -> Iterator[tuple[str, str | None]]:
    """(said, true) of a wrong room and a wrong floor."""
    if query.room_right is False:
        yield query.estimate.room.label, query.truth.labels.room
    if query.floor_right is False:
        yield query.estimate.floor.label, query.truth.labels.floor


def _why(query: Query, verdict: str) -> str:
    """One line: what went wrong, as far as it is known."""
    estimate, truth = query.estimate, query.truth
    if estimate.refusal is not None:
        return f"Refused: {shown(estimate.refusal)}"
    if verdict == MISSED:
        return "Named no place"
    if verdict != WRONG:
        return ""
    if query.pose_error is not None:
        return f"The accepted pose is off by {_off(query.pose_error)}"
    if truth.has_positive is False:
        return "The map holds no right place for this image, and it was not refused"
    rank = next((rank for rank, right in enumerate(query.right or (), 1) if right), None)
    if rank is not None:
        return f"A right place came {_ordinal(rank)} of {len(query.right or ())} candidates"
    return f"None of the {len(query.right or ())} candidates is right"


def _facts(query: Query) -> Iterator[tuple[str, str]]:
    estimate, truth = query.estimate, query.truth
    best = estimate.candidates.best
    if best is not None:
        yield "Similarity", f"{best.similarity:.3f}"
        if best.overlap is not None:
            yield "Overlap", f"{best.overlap:.3g}"
    probability = probability_of(estimate)
    if probability is not None:
        yield "Probability", percent(probability)
    if query.pose_error is not None:
        yield "Pose off by", _off(query.pose_error)
    refused = refused_pose(estimate)
    if refused is not None:
        yield "Pose", f"refused: {shown(refused)}"
    if query.coarse_error is not None:
        yield "Coarse pose off by", _off(query.coarse_error)
    for title, said, true in (
        ("Room", estimate.room.label, truth.labels.room),
        ("Floor", estimate.floor.label, truth.labels.floor),
    ):
        if said != UNKNOWN or true is not None:
            yield title, f"said {shown(said)}" + ("" if true is None else f", is {shown(true)}")
    yield "Took", milliseconds(sum(estimate.latency_ms.values()))
    yield "Image", shown(estimate.source_name)


def _off(error: PoseError) -> str:
    if not math.isfinite(error.distance_m):
        return "no usable pose"
    turned = "" if math.isnan(error.angle_deg) else f", {degrees(error.angle_deg)}"
    return f"{metres(error.distance_m)}{turned}"


def _ordinal(rank: int) -> str:
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"


def _place(place_id: int, table: PlaceTable) -> dict[str, Any]:
    labels = table.labels[table.row_of(place_id)]
    where = ", ".join(shown(name) for name in (labels.place, labels.room, labels.floor) if name)
    return {"name": shown(table.source_names[table.row_of(place_id)]), "where": where}


def _pictured(index: int, run: Run, pictures: Pictures) -> dict[str, Any]:
    """The query's picture and, where its best place has one as well, what of both is the same: the points that the fix
    stands on, else what voted for each other."""
    told: dict[str, Any] = _picture(pictures.queries.get(index))
    estimate = run.queries[index].estimate
    best, votes = estimate.candidates.best, estimate.votes
    if not told or best is None or best.place_id not in pictures.places:
        return told
    points = matched_with(estimate.pose, best.place_id)
    if points is not None:
        told["points"] = points_data(points)
    elif votes is not None and votes.place_id == best.place_id:
        told["votes"] = votes_data(votes)
    return told


def _picture(uri: str | None) -> dict[str, str]:
    return {} if uri is None else {"picture": uri}
