"""TIFF directories, whole and spoilt."""

from __future__ import annotations

import math
import struct

import pytest
from exif_bytes import exif
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.images.exif_tags import ExifTag, read_tags


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_of_each_kind(order: str) -> None:
    first = {0x10F: (2, b"ACME\0junk"), 0x110: (2, b"A\0"), 0x112: (3, 6), 0x11A: (5, [72.5, 1 / 3])}
    tags = read_tags(exif(first, order=order))
    assert tags[0x10F] == ExifTag(2, text="ACME")
    assert tags[0x110] == ExifTag(2, text="A")
    assert tags[0x112] == ExifTag(3, values=(6,))
    assert tags[0x11A].values == pytest.approx((72.5, 1 / 3), abs=1e-6)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_directory_that_a_tag_points_to(order: str) -> None:
    data = exif({0x112: (3, 1)}, {1: (2, b"N\0"), 2: (5, [1, 2, 3.5])}, order)
    assert read_tags(data, 0x8825) == {1: ExifTag(2, text="N"), 2: ExifTag(5, values=(1, 2, 3.5))}
    assert read_tags(data, 0x8769) == {}
    assert read_tags(exif({0x8825: (3, 60000)}), 0x8825) == {}


def test_a_quotient_by_zero_is_no_number() -> None:
    data = bytearray(exif({0x11A: (5, [7.0])}))
    data[-4:] = struct.pack("<I", 0)
    (value,) = read_tags(bytes(data))[0x11A].values
    assert math.isnan(value)


def test_a_damaged_tag_leaves_the_others() -> None:
    data = bytearray(exif({0x10F: (2, b"a longer text\0"), 0x112: (3, 6)}))
    struct.pack_into("<I", data, 10 + 8, 10**6)  # the text lies far behind the end
    assert read_tags(bytes(data)) == {0x112: ExifTag(3, values=(6,))}
    struct.pack_into("<I", data, 10 + 4, 2**32 - 1)  # or is longer than everything
    assert read_tags(bytes(data)) == {0x112: ExifTag(3, values=(6,))}


@given(st.binary(max_size=120), st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_nothing_is_an_error(data: bytes, start: bytes) -> None:
    for pointer in (None, 0x8825):
        read_tags(start + data, pointer)


@given(st.integers(0, 200), st.integers(0, 255))
def test_nor_is_a_changed_byte(at: int, byte: int) -> None:
    data = bytearray(exif({0x112: (3, 6)}, {1: (2, b"N\0"), 2: (5, [1, 2, 3.5])}))
    data[at % len(data)] = byte
    read_tags(bytes(data), 0x8825)
