"""File names in the order that people count: 2.jpg before 10.jpg."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vpr_ros.core.errors import SourceError

_NUMBER = re.compile(r"([0-9]+)")


def natural_key(path: Path) -> tuple[list[list[str | int]], str]:
    """Sort key of a relative path: folder by folder, numbers by their value, the plain name where those are equal."""
    parts: list[list[str | int]] = []
    for part in path.parts:
        pieces = _NUMBER.split(part)  # text and numbers alternate, text first, so that like meets like
        parts.append([int(piece) if index % 2 else piece for index, piece in enumerate(pieces)])
    return parts, str(path)


def list_files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Relative paths of all files below `folder` with one of these (lower-case) suffixes, in natural order.

    Hidden files and folders are left out, as are links to folders. Raises SourceError where a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename}: cannot be read: {error.strerror}") from error

    found: list[Path] = []
    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = Path(where).relative_to(folder)
        found += [inside / name for name in names if not name.startswith(".") and name.lower().endswith(suffixes)]
    return sorted(found, key=natural_key)
