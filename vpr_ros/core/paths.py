"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path

from vpr_ros.core.errors import UsageError


def expand_path(path: Path) -> Path:
    """`~` and `~user` become home directories. Raises UsageError for a user who is not there."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise UsageError(f"{path}: there is no home directory of that user; write the path out") from error


def path_argument(text: str) -> Path:
    """A path from the command line. Raises UsageError for an empty one, which would mean the current directory."""
    if not text:
        raise UsageError("a path is empty; write . for the current directory")
    return expand_path(Path(text))
