"""Answers on their way from the Localizer to their judgement, some at a time.

One by one it would take twice as long: after every frame the processor's caches hold the localizer's data, not ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.evaluation.judge_query import Asked, in_map_frame, judge_query
from vpr_ros.evaluation.positives.positives import Positives
from vpr_ros.evaluation.records import Alignment, Query

TOGETHER = 32
MOST_BYTES = 64 * 2**20
"""Of depth images that wait to be compared; the pictures themselves do not wait."""
_NO_IMAGE = np.zeros((0, 0, 3), np.uint8)


class Judging:
    """Takes answers in order; `hear` gets each estimate, `queries` fills up. Complete after `finish`."""

    def __init__(
        self,
        table: PlaceTable,
        positives: Positives | None,
        alignment: Alignment | None,
        hear: Callable[[Estimate], None],
    ) -> None:
        self.queries: list[Query] = []
        self._table, self._positives, self._hear = table, positives, hear
        self._map_from_source = None if alignment is None else alignment.map_from_source
        self._waiting: list[tuple[Asked, Frame, Estimate]] = []
        self._waiting_bytes = 0

    def add(self, asked: Asked, frame: Frame, estimate: Estimate) -> None:
        """The next answer."""
        self._waiting.append((asked, dataclasses.replace(frame, image=_NO_IMAGE), estimate))
        self._waiting_bytes += 0 if frame.depth_m is None else frame.depth_m.nbytes
        if len(self._waiting) >= TOGETHER or self._waiting_bytes >= MOST_BYTES:
            self.finish()

    def finish(self) -> None:
        """Record and judge what waits."""
        for _, _, estimate in self._waiting:
            self._hear(estimate)
        for asked, frame, estimate in self._waiting:
            placed = in_map_frame(frame, self._map_from_source)
            self.queries.append(judge_query(asked, placed, estimate, self._table, self._positives))
        self._waiting.clear()
        self._waiting_bytes = 0
