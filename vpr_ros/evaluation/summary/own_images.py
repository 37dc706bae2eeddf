"""Whoever asks about the drive that made the map shall not believe the figures."""

from __future__ import annotations

from collections.abc import Sequence

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.evaluation.records import Query

SAME_IMAGE = 0.999
"""Similarity of an image to itself, give or take rounding."""


def count_own_images(queries: Sequence[Query], table: PlaceTable) -> int:
    """How many queries are keyframes of the map: same name, same stamp, same looks."""
    return sum(_is_own(query, table) for query in queries)


def _is_own(query: Query, table: PlaceTable) -> bool:
    estimate, best = query.estimate, query.estimate.candidates.best
    if best is None or best.similarity <= SAME_IMAGE:
        return False
    row = table.row_of(best.place_id)
    return bool(table.source_names[row] == estimate.source_name and table.stamps_ns[row] == estimate.stamp_ns)
