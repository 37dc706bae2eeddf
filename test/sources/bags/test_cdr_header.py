"""Headers read from bytes are those that were serialised."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.errors import SourceError
from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.cdr_header import read_compressed_format, read_image_description, read_stamped_header
from vpr_ros.sources.bags.message_cdr import serialize_message

frames = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.integers(0, 2**31 * 10**9 - 1), frames, frames, st.integers(0, 2**32 - 1))
def test_what_is_read_is_what_was_written(stamp_ns: int, frame_id: str, encoding: str, height: int) -> None:
    header = header_fields(stamp_ns, frame_id)
    fields = {"header": header, "height": height, "width": 7, "encoding": encoding, "data": b"pixels"}
    raw = bytes(serialize_message("sensor_msgs/msg/Image", fields))
    assert read_stamped_header(raw).stamp_ns == stamp_ns
    assert read_stamped_header(raw).frame_id == frame_id.removeprefix("/")
    described = read_image_description(raw)
    assert (described.height, described.width, described.encoding) == (height, 7, encoding)
    fields = {"header": header, "format": encoding, "data": b"pixels"}
    assert read_compressed_format(bytes(serialize_message("sensor_msgs/msg/CompressedImage", fields))) == encoding


def test_big_endian_is_read_too() -> None:
    big = b"\0\0\0\0" + struct.pack(">iII4s", 5, 6, 4, b"cam\0")
    assert read_stamped_header(big) == read_stamped_header(b"\0\1\0\0" + struct.pack("<iII4s", 5, 6, 4, b"cam\0"))
    assert read_stamped_header(big).stamp_ns == 5_000_000_006


@given(st.binary(max_size=40))
def test_any_bytes_are_a_header_or_refused(data: bytes) -> None:
    try:
        described = read_image_description(data)
    except SourceError:
        return
    assert 0 <= described.width < 2**32


def test_a_message_that_ends_early_is_refused() -> None:
    whole = bytes(serialize_message("sensor_msgs/msg/Image", {"header": header_fields(5, "camera")}))
    with pytest.raises(SourceError, match="ends within its header"):
        read_stamped_header(whole[:15])
