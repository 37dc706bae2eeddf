"""What the operating system says while a map is written, as one line a person can act on."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vpr_ros.core.errors import StorageError

NO_SPACE = {errno.ENOSPC: "disk full", errno.EDQUOT: "disk quota used up", errno.EFBIG: "file size limit reached"}
NOT_OURS = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def storage_errors(what: str, folder: Path, needed_bytes: int = 0) -> Iterator[None]:
    """Turn OSError into StorageError: `what` was being written to the map `folder` and takes `needed_bytes`."""
    try:
        yield
    except OSError as error:
        raise StorageError(_sentence(error, what, folder, needed_bytes)) from error


def _sentence(error: OSError, what: str, folder: Path, needed_bytes: int) -> str:
    if error.errno in NO_SPACE:
        more = _missing_megabytes(folder, needed_bytes)
        needs = f"; needs about {more} MB more" if more else ""
        return f"{NO_SPACE[error.errno]} while writing {what} of {folder}{needs}; an earlier map there is untouched"
    if error.errno in NOT_OURS:
        return f"cannot write {what} of {folder}: {error.strerror}; fix the permissions or write the map elsewhere"
    return f"cannot write {what} of {folder}: {error.strerror or error}; an earlier map there is untouched"


def _missing_megabytes(folder: Path, needed_bytes: int) -> int:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        free = 0
    return max(0, -(-(needed_bytes - free) // 2**20))
