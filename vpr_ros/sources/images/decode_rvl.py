"""RVL, the lossless coding of depth images that image_transport offers where PNG is too slow.

A. D. Wilson, "Fast Lossless Depth Image Compression" (2017): 32-bit little-endian words of eight groups of four bits,
most significant first. A group holds three bits of a number, least significant first, below one that says whether
another group follows. Numbers are, in turn, how many zeros come, how many values, and these values as differences to
the value before, with the sign in the lowest bit.
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array

_MORE, _BITS = 0b1000, 0b0111
_SHIFTS = np.arange(28, -1, -4, dtype=np.uint32)
_LONGEST = 11
"""Groups of a number of 32 bits; longer ones are damage, and would overflow."""


def decode_rvl(data: bytes, width: int, height: int, name: str) -> Array:
    """uint16 [height, width]. Raises ImageError where the data ends early or contradicts the size."""
    numbers = _read_numbers(data, name)
    quick = numbers.tolist()
    is_value = np.zeros(width * height, dtype=bool)
    is_difference = np.zeros(len(quick), dtype=bool)
    filled, at = 0, 0
    while filled < len(is_value):
        zeros, values = quick[at : at + 2] if at + 2 <= len(quick) else (0, 0)
        start, filled = filled + zeros, filled + zeros + values
        at += 2 + values
        if zeros + values == 0 or filled > len(is_value) or at > len(quick):
            raise ImageError(f"{name}: the RVL depth is cut off or damaged; {width}x{height} pixels are not in it")
        is_value[start:filled] = True
        is_difference[at - values : at] = True
    folded = numbers[is_difference]
    stored = np.cumsum((folded >> 1) ^ -(folded & 1))
    if len(stored) and not 0 <= stored.min() <= stored.max() <= np.iinfo(np.uint16).max:
        raise ImageError(f"{name}: the RVL depth is damaged: a value in it does not fit 16 bits")
    depth = np.zeros(width * height, dtype=np.uint16)
    depth[is_value] = stored
    return depth.reshape(height, width)


def _read_numbers(data: bytes, name: str) -> Array:
    """All numbers, int64; a last one that does not end is left out."""
    words = np.frombuffer(data, "<u4", count=len(data) // 4)
    groups = ((words[:, None] >> _SHIFTS) & 0b1111).astype(np.int64).ravel()
    ends = np.flatnonzero((groups & _MORE) == 0)
    if not len(ends):
        return np.zeros(0, dtype=np.int64)
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST:
        raise ImageError(f"{name}: the RVL depth is damaged: a number in it has no end")
    places = np.arange(ends[-1] + 1) - np.repeat(starts, lengths)
    numbers: Array = np.add.reduceat((groups[: ends[-1] + 1] & _BITS) << (3 * places), starts)
    return numbers
