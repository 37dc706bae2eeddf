"""RVL: what its coder writes comes back, and nothing else is taken for depth."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rvl_coder import encode_rvl

from vpr_ros.core.errors import ImageError
from vpr_ros.sources.images.decode_rvl import decode_rvl

pixels = st.lists(st.one_of(st.just(0), st.integers(0, 65535), st.integers(1000, 1010)), min_size=1, max_size=120)


@settings(deadline=None)
@given(pixels)
def test_what_is_coded_comes_back(values: list[int]) -> None:
    depth = np.array([values], np.uint16)
    assert np.array_equal(decode_rvl(encode_rvl(depth), len(values), 1, "depth"), depth)


def test_a_worked_example() -> None:
    """No zeros, two values, +5 and -1: the numbers 0 2 10 1, of which 10 takes two groups (2 and more, 1)."""
    assert encode_rvl(np.array([5, 4])) == np.array([0x02A11000], "<u4").tobytes()
    assert decode_rvl(np.array([0x02A11000], "<u4").tobytes(), 2, 1, "depth").tolist() == [[5, 4]]


def test_a_frame_of_a_depth_camera() -> None:
    rows, columns = np.mgrid[:480, :640]
    depth = (1500 + rows + columns // 2).astype(np.uint16)
    depth[np.random.default_rng(0).random(depth.shape) < 0.05] = 0
    coded = encode_rvl(depth)
    assert len(coded) < depth.nbytes / 2
    assert np.array_equal(decode_rvl(coded, 640, 480, "depth"), depth)


@given(pixels, st.data())
def test_what_is_cut_off_is_refused(values: list[int], data: st.DataObject) -> None:
    coded = encode_rvl(np.array(values))
    cut = data.draw(st.integers(0, max(len(coded) // 4 - 1, 0))) * 4
    with pytest.raises(ImageError, match="depth: the RVL depth is cut off or damaged"):
        decode_rvl(coded[:cut], len(values), 1, "depth")


@settings(deadline=None)
@given(st.binary(max_size=80), st.integers(1, 12), st.integers(1, 12))
def test_anything_else_is_depth_or_refused(data: bytes, width: int, height: int) -> None:
    with contextlib.suppress(ImageError):
        assert decode_rvl(data, width, height, "depth").shape == (height, width)


@pytest.mark.parametrize(
    ("word", "told"),
    [(0xFFFFFFFF, "cut off or damaged"), (0x02100000, "does not fit 16 bits")],
)
def test_damage_is_named(word: int, told: str) -> None:
    with pytest.raises(ImageError, match=told):
        decode_rvl(np.array([word, word], "<u4").tobytes(), 2, 1, "depth")


def test_a_number_without_end() -> None:
    words = np.array([0xFFFFFFFF, 0xFFFFFFF0], "<u4").tobytes()
    with pytest.raises(ImageError, match="a number in it has no end"):
        decode_rvl(words, 2, 1, "depth")
