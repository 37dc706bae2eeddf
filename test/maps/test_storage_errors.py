from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from vpr_ros.core.errors import StorageError
from vpr_ros.maps.storage_errors import storage_errors


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "disk full while writing depth of {0}; an earlier map there is untouched"),
        (errno.EDQUOT, "disk quota used up while writing depth of {0}; an earlier map there is untouched"),
        (errno.EACCES, "cannot write depth of {0}: Permission denied; fix the permissions or write the map elsewhere"),
        (errno.EIO, "cannot write depth of {0}: Input/output error; an earlier map there is untouched"),
    ],
)
def test_each_cause_says_what_to_do(tmp_path: Path, number: int, message: str) -> None:
    with pytest.raises(StorageError) as caught, storage_errors("depth", tmp_path):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == message.format(tmp_path)
    assert isinstance(caught.value.__cause__, OSError)


def test_what_is_missing_is_told_in_megabytes(tmp_path: Path) -> None:
    needed = shutil.disk_usage(tmp_path).free + 5 * 2**40
    with (
        pytest.raises(StorageError, match=r"; needs about 52\d{5} MB more;"),
        storage_errors("depth", tmp_path, needed),
    ):
        raise OSError(errno.ENOSPC, "full")


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(KeyError), storage_errors("depth", tmp_path):
        raise KeyError(1)
