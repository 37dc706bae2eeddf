"""The places of a map as columns: what retrieval's answers are looked up in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, Labels, Place


@dataclass(frozen=True, eq=False)
class PlaceTable:
    """n places. `place_ids` ascend strictly; `map_from_base` is float64 [n, 4, 4], or None for a poseless map."""

    place_ids: npt.NDArray[np.int64]
    stamps_ns: npt.NDArray[np.int64]
    source_names: tuple[str, ...]
    cameras: tuple[str, ...]
    labels: tuple[Labels, ...]
    map_from_base: Array | None

    def __len__(self) -> int:
        return len(self.place_ids)

    def row_of(self, place_id: int) -> int:
        """Row of a place. Raises KeyError when the map has no such place."""
        row = int(self.place_ids.searchsorted(place_id))
        if row == len(self) or self.place_ids[row] != place_id:
            raise KeyError(place_id)
        return row

    def rows_of(self, place_ids: Sequence[int]) -> list[int]:
        """Rows of several places, in their order. Raises KeyError when the map lacks one of them."""
        asked = np.asarray(place_ids, dtype=np.int64)
        rows = self.place_ids.searchsorted(asked)
        known = rows < len(self)
        known[known] = self.place_ids[rows[known]] == asked[known]
        if not known.all():
            raise KeyError(int(asked[~known][0]))
        return [int(row) for row in rows]

    def place(self, row: int) -> Place:
        """One row as a record."""
        return Place(
            place_id=int(self.place_ids[row]),
            stamp_ns=int(self.stamps_ns[row]),
            source_name=self.source_names[row],
            camera=self.cameras[row],
            map_from_base=None if self.map_from_base is None else np.array(self.map_from_base[row]),
            labels=self.labels[row],
        )
