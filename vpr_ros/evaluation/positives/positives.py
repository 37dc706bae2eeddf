"""Which places of the map are right answers to a query: the seam, and what every criterion shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame


@dataclass(frozen=True)
class Judgement:
    """right: for each row that was asked about. has_positive: whether any place of the map is right; positive_row: one
    that is."""

    right: tuple[bool, ...]
    has_positive: bool
    positive_row: int | None


class Positives(Protocol):
    """A criterion bound to a map. `text` is what --positives says for it."""

    text: str

    def judge(self, frame: Frame, index: int, rows: Sequence[int]) -> Judgement | None:
        """Which of the map's rows are right for this frame, the index-th of those asked about; None: nobody can say."""


class FloorCheck:
    """Places on another floor than the query's, where both carry a floor's name: never right by distance or overlap."""

    def __init__(self, table: PlaceTable) -> None:
        self._floors = [labels.floor or "" for labels in table.labels]
        self._possible: dict[str | None, npt.NDArray[np.bool_]] = {}

    def possible(self, frame: Frame) -> npt.NDArray[np.bool_]:
        """bool [places]; not to be written to."""
        floor = frame.labels.floor
        if floor not in self._possible:
            self._possible[floor] = np.array([floor is None or of_place in ("", floor) for of_place in self._floors])
        return self._possible[floor]
