"""Right places from a JSON file: for data whose poses nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Frame
from vpr_ros.evaluation.positives import Judgement
from vpr_ros.maps.checked_json import loads_strictly

_SHAPE = '{"0": [12, 13], "1": []} or [[12, 13], []]: a query\'s index and those of its map places'


class ListedPositives:
    """A query's index (counted after slicing) names rows of the map (places in building order)."""

    def __init__(self, path: Path, places: int, queries: int) -> None:
        self.text = str(path)
        self._rows = _read(path, places, queries)

    def judge(self, frame: Frame, index: int, rows: Sequence[int]) -> Judgement | None:  # noqa: ARG002
        listed = self._rows.get(index)
        if listed is None:
            return None
        return Judgement(tuple(row in listed for row in rows), bool(listed), min(listed, default=None))


def _read(path: Path, places: int, queries: int) -> dict[int, frozenset[int]]:
    try:
        content = loads_strictly(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--positives {path}: cannot be read: {error.strerror}") from error
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
        found[int(key)] = frozenset(_checked_rows(listed, f"--positives {path}: query {key}", places))
    return found


def _checked_rows(listed: Any, where: str, places: int) -> list[int]:
    if not isinstance(listed, list) or not all(type(row) is int for row in listed):
        raise UsageError(f"{where} has no list of whole numbers; expected {_SHAPE}")
    for row in listed:
        if not 0 <= row < places:
            raise UsageError(f"{where} names map place {row}; the map holds {places}, 0 to {places - 1}")
    return listed
