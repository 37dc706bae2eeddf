"""A file that a command writes: there whole or not at all, and never in the place of another unless that was said."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vpr_ros.core.errors import StorageError, UsageError


def refuse_existing(path: Path, force: bool) -> None:
    """Raises UsageError where something stands at `path` that must not be replaced."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder, the name of a file was expected")
    if not force and (path.exists() or path.is_symlink()):
        raise UsageError(f"{path} exists; choose another name, or say --force to replace it")


@contextmanager
def new_file(path: Path, force: bool) -> Iterator[BinaryIO]:
    """The file to write into; it stands at `path` once the block ended without an exception. Makes its folder.

    Raises UsageError as `refuse_existing` does, at the beginning and at the end; StorageError.
    """
    refuse_existing(path, force)
    working = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = working.open("xb")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(path, force)
        working.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        working.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written: {error.strerror or error}; nothing half-written was kept")
