"""Small pictures of queries and places inside the page, within a budget of bytes; failures come first."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import cv2

from vpr_ros.core.errors import MapError, VprError
from vpr_ros.core.records import Array
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.report.spread import spread
from vpr_ros.evaluation.report.verdicts import FAILURES, label_wrong, verdict_of
from vpr_ros.evaluation.report.words import count_of
from vpr_ros.maps.place_map import PlaceMap

MOST_FAILURES, MOST_OTHERS = 400, 120
BUDGET_BYTES = 15_000_000
"""Of all pictures as base64; the plots' library adds 5 MB, the answers' text 400 bytes each."""
LONG_SIDE_PX, QUALITY = 320, 78
LARGEST_THUMBNAIL_BYTES = 24_000
SHOWN_CANDIDATES = 5


@dataclass
class Pictures:
    """Data URIs by index among the run's queries, and by place id. notes: what is missing and why."""

    queries: dict[int, str] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def bytes_used(self) -> int:
        return sum(map(len, (*self.queries.values(), *self.places.values())))


def encode_pictures(run: Run) -> Pictures:
    """Pictures of chosen queries and of the places they were taken for.

    Reads the source once more, at these frames only. A source or map that can no longer be read costs pictures and a
    note, never the run.
    """
    pictures = Pictures()
    wanted = sorted(chosen := choose_queries(run.queries))
    try:
        encoded = dict(_encode_queries(run, wanted))
    except VprError as error:
        pictures.notes.append(f"pictures of the images are missing: {error}")
        encoded = {}
    used, told = 0, 0
    for index in chosen:
        needed = _with_places(run.place_map, run.queries[index], pictures, encoded.get(index))
        if used + needed > BUDGET_BYTES:
            break
        used, told = used + needed, told + 1
    _drop_surplus(pictures, chosen[told:])
    _note_caps(pictures, run.queries)
    return pictures


def choose_queries(queries: Sequence[Query]) -> list[int]:
    """Indices, the most telling first: failures, answers with a wrong room, then some of the others; all spread."""
    failed = [index for index, query in enumerate(queries) if verdict_of(query) in FAILURES]
    mislabelled = [
        index for index, query in enumerate(queries) if verdict_of(query) not in FAILURES and label_wrong(query)
    ]
    telling = {*failed, *mislabelled}
    others = [index for index in range(len(queries)) if index not in telling]
    rest = MOST_FAILURES - min(len(failed), MOST_FAILURES)
    return [*spread(failed, MOST_FAILURES), *spread(mislabelled, rest), *spread(others, MOST_OTHERS)]


def _encode_queries(run: Run, wanted: Sequence[int]) -> Iterator[tuple[int, str]]:
    numbers = [run.queries[index].number for index in wanted]
    with closing(run.source.frames(numbers)) as frames:  # type: ignore[type-var]
        for index, frame in zip(wanted, frames, strict=True):
            yield index, encode_picture(frame.image)


def encode_picture(image: Array) -> str:
    """RGB uint8 as the data URI of a small JPEG."""
    scale = LONG_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return _data_uri(data.tobytes())


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
