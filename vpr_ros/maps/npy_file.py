"""`.npy` files for maps: written with their space reserved first, read memory-mapped after their checksum.

The header is always 128 bytes (the .npy format allows the padding), so it can be written when the length is known.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.maps.map_format import data_file_name

HEADER_BYTES = 128
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileEntry:
    """What a manifest says about one file."""

    file: str
    sha256: str
    bytes: int
    dtype: str
    shape: tuple[int, ...]

    @property
    def expected_bytes(self) -> int:
        """Length that a file of this type and shape has."""
        return npy_bytes(self.dtype, self.shape)


def npy_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """Length of a file of this type and shape."""
    return HEADER_BYTES + math.prod(shape) * np.dtype(dtype).itemsize


def npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The 128 bytes before the data: format version 1.0, C order."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}"
    return b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little") + f"{text:<{HEADER_BYTES - 11}}\n".encode()


def create_npy(path: Path, dtype: str, shape: tuple[int, ...], header: bool = True) -> np.memmap[Any, Any]:
    """A new zeroed file, mapped for writing. Raises OSError when the disk cannot hold it.

    A write to a mapping on a full disk would kill the process (SIGBUS); reserving the space makes it an error here.
    """
    start = npy_header(dtype, shape) if header else b""
    length = npy_bytes(dtype, shape) - HEADER_BYTES + len(start)
    with path.open("xb") as file:
        os.posix_fallocate(file.fileno(), 0, max(length, 1))
        file.write(start)
    return np.memmap(path, dtype=np.dtype(dtype), mode="r+", shape=shape, offset=len(start))


def describe_npy(path: Path, name: str, dtype: str, shape: tuple[int, ...]) -> FileEntry:
    """The manifest entry of a finished file, which is flushed to the disk on the way."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        sha256, length = _sha256(file.fileno())
    return FileEntry(data_file_name(name, sha256), sha256, length, dtype, shape)


def read_npy(path: Path, entry: FileEntry) -> Array:
    """The array, read-only and memory-mapped. Raises ValueError saying how the file differs from its entry, OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe there must not hang us
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is no regular file")
        if status.st_size != entry.bytes:
            raise ValueError(f"has {status.st_size} bytes, expected {entry.bytes}")
        if _sha256(descriptor) != (entry.sha256, entry.bytes):
            raise ValueError("is damaged: its checksum differs")
        if entry.bytes != entry.expected_bytes:
            raise ValueError(f"cannot hold {entry.dtype} {list(entry.shape)} in {entry.bytes} bytes")
        mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
    if mapped[:HEADER_BYTES] != npy_header(entry.dtype, entry.shape):
        raise ValueError(f"has another .npy header than {entry.dtype} {list(entry.shape)}")
    return np.ndarray(entry.shape, np.dtype(entry.dtype), mapped, HEADER_BYTES)


def _sha256(descriptor: int) -> tuple[str, int]:
    digest, length = hashlib.sha256(), 0
    buffer = bytearray(_CHUNK_BYTES)
    while count := os.preadv(descriptor, [buffer], length):
        digest.update(memoryview(buffer)[:count])
        length += count
    return digest.hexdigest(), length
