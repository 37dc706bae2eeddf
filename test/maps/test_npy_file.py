from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.maps.npy_file import HEADER_BYTES, create_npy, describe_npy, npy_header, read_npy


@given(
    dtype=st.sampled_from(["<f4", "<f2", "<i8", "<u2", "|u1"]),
    shape=st.lists(st.integers(0, 10**6), min_size=1, max_size=3).map(tuple),
)
def test_numpy_reads_our_header(dtype: str, shape: tuple[int, ...]) -> None:
    import io

    header = npy_header(dtype, shape)
    assert len(header) == HEADER_BYTES
    file = io.BytesIO(header)
    assert np.lib.format.read_magic(file) == (1, 0)
    assert np.lib.format.read_array_header_1_0(file) == (shape, False, np.dtype(dtype))


@settings(max_examples=20)
@given(shape=st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, ...]) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    array = create_npy(path, "<f4", shape)
    array[...] = values
    array.flush()
    entry = describe_npy(path, "vocabulary", "<f4", shape)
    assert entry.bytes == entry.expected_bytes == path.stat().st_size
    np.testing.assert_array_equal(read_npy(path, entry), values)
    np.testing.assert_array_equal(np.load(path, allow_pickle=False), values)


def test_space_is_reserved_before_anything_is_written(tmp_path: Path) -> None:
    create_npy(tmp_path / "a.npy", "<f4", (1000, 1000))
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= 4_000_000


def test_arrays_are_read_only(tmp_path: Path) -> None:
    create_npy(tmp_path / "a.npy", "<f4", (2,))
    array = read_npy(tmp_path / "a.npy", describe_npy(tmp_path / "a.npy", "a", "<f4", (2,)))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_each_difference_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    create_npy(path, "<f4", (2, 3))
    entry = describe_npy(path, "a", "<f4", (2, 3))
    for changes, message in [
        ({"bytes": 151}, "has 152 bytes, expected 151"),
        ({"sha256": "0" * 64}, "checksum"),
        ({"shape": (3, 3)}, "cannot hold"),
        ({"shape": (3, 2)}, "header"),
        ({"dtype": "<i4"}, "header"),
    ]:
        with pytest.raises(ValueError, match=message):
            read_npy(path, dataclasses.replace(entry, **changes))


def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    create_npy(tmp_path / "a.npy", "<f4", (2,))
    entry = describe_npy(tmp_path / "a.npy", "a", "<f4", (2,))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="no regular file"):
        read_npy(tmp_path / "pipe", entry)
