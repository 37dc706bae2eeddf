"""A file that is written bit by bit, and given up with everything else when that fails in between."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

Writer = TypeVar("Writer", bound="FileWriter")


class FileWriter:
    """A context manager around a new file. Writing raises OSError when the disk is full, closing does not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb")

    def __enter__(self: Writer) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file up, finished or not."""
        with suppress(OSError):  # the rest of the buffer does not fit on a full disk: that was reported already
            self._file.close()
