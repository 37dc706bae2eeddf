"""EXIF as cameras write it, and as it should not be."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.images.exif_orientation import read_orientation, turn_upright


def exif(tag: int, kind: int, value: int, entries: int = 1) -> bytes:
    return b"II*\0" + struct.pack("<IHHHIHH", 8, entries, tag, kind, 1, value, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (exif(0x0112, 3, 8), 8),
        (exif(0x0112, 3, 0), 1),
        (exif(0x0112, 3, 9), 1),
        (exif(0x0112, 4, 6), 1),
        (exif(0x010F, 3, 6), 1),
        (exif(0x010F, 3, 6, entries=9), 1),
        (b"", 1),
    ],
)
def test_only_a_proper_orientation_counts(data: bytes, expected: int) -> None:
    assert read_orientation(data) == expected


@given(st.binary(max_size=60))
def test_nonsense_is_upright_or_an_orientation(data: bytes) -> None:
    assert 1 <= read_orientation(b"MM\0*" + data) <= 8


def test_every_orientation_is_another_way_to_hold_it() -> None:
    image = np.arange(6).reshape(2, 3)
    assert len({turn_upright(image, each).tobytes() for each in range(1, 9)}) == 8
    assert turn_upright(image, 6).tolist() == np.rot90(image, -1).tolist()
    assert turn_upright(image, 3).tolist() == np.rot90(image, 2).tolist()
