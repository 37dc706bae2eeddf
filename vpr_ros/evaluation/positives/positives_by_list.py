"""Right places from a JSON file: for data whose poses nobody knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import UsageError
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame
from vpr_ros.evaluation.positives.positives import Judgement
from vpr_ros.maps.checked_json import loads_strictly

_SHAPE = '{"0": [12, 13], "1": []} or [[12, 13], []]: a query\'s index and those of its map places'


class ListedPositives:
    """A query's index (counted after slicing) names map places in building order, which are their ids.

    Keyframes that building left out, for nothing is seen in them, may be named; they are no places and so no answers.
    sha256: of the file.
    """

    def __init__(self, path: Path, table: PlaceTable, next_place_id: int, queries: int) -> None:
        self.text = str(path)
        row_of = {int(place_id): row for row, place_id in enumerate(table.place_ids)}
        data = _bytes_of(path)
        self.sha256 = hashlib.sha256(data).hexdigest()
        listed = _parse(path, data, next_place_id, queries)
        self._rows = {query: frozenset(row_of[i] for i in ids if i in row_of) for query, ids in listed.items()}

    def judge(self, frame: Frame, index: int, rows: Sequence[int]) -> Judgement | None:  # noqa: ARG002
        right = self._rows.get(index)
        if right is None:
            return None
        return Judgement(tuple(row in right for row in rows), bool(right), min(right, default=None))


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--positives {path}: cannot be read: {error.strerror}") from error


def _parse(path: Path, data: bytes, places: int, queries: int) -> dict[int, list[int]]:
    try:
        content = loads_strictly(data.decode("utf-8"))
    except ValueError as error:  # undecodable text as well
        raise UsageError(f"--positives {path}: is no JSON: {error}") from error
    if isinstance(content, list):
        content = {str(index): listed for index, listed in enumerate(content)}
    if not isinstance(content, dict):
        raise UsageError(f"--positives {path}: expected {_SHAPE}")
    found = {}
    for key, listed in content.items():
        if not (key.isascii() and key.isdigit() and len(key) < 10) or int(key) in found:
            raise UsageError(f"--positives {path}: {key!r} is no query's index, or stands twice; expected {_SHAPE}")
        if int(key) >= queries:
            raise UsageError(f"--positives {path}: names query {key}, but there are {queries}, 0 to {queries - 1}")
        found[int(key)] = _checked_ids(listed, f"--positives {path}: query {key}", places)
    return found


def _checked_ids(listed: Any, where: str, places: int) -> list[int]:
    if not isinstance(listed, list) or not all(type(row) is int for row in listed):
        raise UsageError(f"{where} has no list of whole numbers; expected {_SHAPE}")
    for row in listed:
        if not 0 <= row < places:
            raise UsageError(
                f"{where} names map place {row}; the map was built from {places} frames, 0 to {places - 1}"
            )
    return listed
