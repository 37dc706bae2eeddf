"""Small pictures of queries and places inside the page, within a budget of bytes; failures come first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from vpr_ros.core.errors import MapError, VprError
from vpr_ros.core.records import Array
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.report.verdicts import FAILURES, label_wrong, verdict_of
from vpr_ros.evaluation.report.words import count_of
from vpr_ros.evaluation.summary.summarize_places import scores_of
from vpr_ros.maps.place_map import PlaceMap

MOST_FAILURES, MOST_OTHERS = 400, 120
BUDGET_BYTES = 12_000_000
"""Of all pictures as base64; the plots' library adds 5 MB, the text up to 12 MB."""
LONG_SIDE_PX, QUALITY = 320, 78
SHOWN_CANDIDATES = 5


@dataclass
class Pictures:
    """Data URIs by index among the run's queries, and by place id. notes: what is missing and why. damaged: of
    places, one line each."""

    queries: dict[int, str] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def encode_pictures(run: Run, budget_bytes: int = BUDGET_BYTES) -> Pictures:
    """Pictures of chosen queries and of the places they were taken for.

    Reads the source once more, at these frames only. A source or map that can no longer be read costs pictures and a
    note, never the run.
    """
    pictures, used = Pictures(), 0
    chosen = choose_queries(run.queries)
    encoded = _encode_queries(run, sorted(chosen), pictures.notes)
    for index in chosen:
        places = _encode_places(run.place_map, run.queries[index], pictures)
        used += len(encoded.get(index, "")) + sum(map(len, places.values()))
        if used > budget_bytes:
            break
        pictures.places |= places
        if index in encoded:
            pictures.queries[index] = encoded[index]
    if pictures.damaged:
        pictures.notes.append(f"some pictures of places are missing: {pictures.damaged[0]}")
    pictures.notes += _cap_note(pictures, run.queries)
    return pictures


def choose_queries(queries: Sequence[Query]) -> list[int]:
    """Indices, the most telling first: failures, answers with a wrong room, then some of the others."""
    scores = np.nan_to_num(scores_of(queries).values, nan=-np.inf)
    verdicts = [verdict_of(query) for query in queries]
    failed = [index for index, verdict in enumerate(verdicts) if verdict in FAILURES]
    failed.sort(key=lambda index: -scores[index])
    passed = [index for index, verdict in enumerate(verdicts) if verdict not in FAILURES]
    passed.sort(key=lambda index: scores[index])
    mislabelled = [index for index in passed if label_wrong(queries[index])]
    others = [index for index in passed if not label_wrong(queries[index])]
    chosen = _some(failed, MOST_FAILURES)
    return [*chosen, *_some(mislabelled, MOST_FAILURES - len(chosen)), *_some(others, MOST_OTHERS)]


def _some(ordered: Sequence[int], most: int) -> list[int]:
    """Half from the front, which the page lists first, and half spread over the rest."""
    front = most - most // 2
    return [*ordered[:front], *spread(list(ordered[front:]), most // 2)]


def _encode_queries(run: Run, wanted: Sequence[int], notes: list[str]) -> dict[int, str]:
    """As many as can still be read."""
    encoded: dict[int, str] = {}
    try:
        frames = run.source.frames([run.queries[index].number for index in wanted])
        for index, frame in zip(wanted, frames, strict=True):
            encoded[index] = encode_picture(frame.image)
    except VprError as error:
        notes.append(f"some pictures of images are missing: {error}")
    return encoded


def _encode_places(place_map: PlaceMap, query: Query, pictures: Pictures) -> dict[int, str]:
    """The places that this query's details show and that have no picture yet."""
    found: dict[int, str] = {}
    for place_id in shown_places(query):
        if place_id in pictures.places or place_id in found:
            continue
        try:
            thumbnail = place_map.thumbnail(place_map.table.row_of(place_id))
        except MapError as error:
            pictures.damaged.append(f"{error}")
            continue
        if thumbnail is not None:
            found[place_id] = encode_picture(thumbnail)
    return found


def shown_places(query: Query) -> list[int]:
    """The first candidates, and a place that would have been right."""
    ids = [candidate.place_id for candidate in query.estimate.candidates.ranked[:SHOWN_CANDIDATES]]
    right = right_place(query)
    return ids if right is None or right in ids else [*ids, right]


def right_place(query: Query) -> int | None:
    """A right place to show beside a wrong one: the first among the candidates, for it looks most alike, else any."""
    ranked = query.estimate.candidates.ranked
    found = (candidate.place_id for candidate, right in zip(ranked, query.right or (), strict=False) if right)
    return next(found, query.truth.positive_place_id)


def encode_picture(image: Array, long_side_px: int = LONG_SIDE_PX) -> str:
    """RGB uint8 as the data URI of a JPEG that is no larger than this."""
    scale = long_side_px / max(image.shape[:2])
    if scale < 1:
        size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def _cap_note(pictures: Pictures, queries: Sequence[Query]) -> list[str]:
    failed = [index for index, query in enumerate(queries) if verdict_of(query) in FAILURES]
    pictured = sum(index in pictures.queries for index in failed)
    if pictured == len(failed) and len(pictures.queries) == len(queries):
        return []
    told = f"{pictured:,} of {count_of(len(failed), 'failure')} and {len(pictures.queries) - pictured:,} other images"
    return [f"{told} have pictures here, so that this page stays small; queries.csv names every image"]
