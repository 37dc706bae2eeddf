"""Items of different lengths, end to end in one file: names and pictures."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.maps.file_writer import FileWriter
from vpr_ros.maps.npy_file import HEADER_BYTES, npy_header


class BlobWriter(FileWriter):
    """Appends items to a `.npy` file of bytes. Raises OSError when the disk is full."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ends = [0]
        self._file.write(bytes(HEADER_BYTES))

    def append(self, item: bytes) -> None:
        """One item; an empty one says that there is none."""
        self._file.write(item)
        self.ends.append(self.ends[-1] + len(item))

    def finish(self) -> Array:
        """Write the header, now that the length is known -> offsets, int64 [items + 1]."""
        self._file.seek(0)
        self._file.write(npy_header("|u1", (self.ends[-1],)))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return np.array(self.ends, dtype=np.int64)
