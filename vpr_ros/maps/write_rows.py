"""Rows whose number is not known beforehand, on disk from the start: scratch space that grows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array
from vpr_ros.maps.file_writer import FileWriter


class RowsWriter(FileWriter):
    """Appends rows of one width and type to a file. Raises OSError when the disk is full."""

    def __init__(self, path: Path, dtype: npt.DTypeLike, columns: int) -> None:
        super().__init__(path)
        self.count = 0
        self._dtype = np.dtype(dtype)
        self._columns = columns

    def append(self, rows: Array) -> None:
        """[k, columns]; floats are rounded to the file's precision."""
        if rows.ndim != 2 or rows.shape[1] != self._columns:
            raise ValueError(f"{self.path.name}: rows of {self._columns} expected, got {rows.shape}")
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).tobytes())
        self.count += len(rows)

    def rows(self) -> Array:
        """[count, columns], memory-mapped read-only; nothing is appended afterwards."""
        self._file.flush()
        if self.count == 0:  # nothing can be mapped of an empty file
            return np.empty((0, self._columns), self._dtype)
        return np.memmap(self.path, dtype=self._dtype, mode="r", shape=(self.count, self._columns))
