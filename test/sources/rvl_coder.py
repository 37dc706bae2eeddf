"""RVL as its paper has it, number by number: slow, and written without a look at the decoder."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array


class _Words:
    """Groups of four bits, eight to a word, the first in the highest bits."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    def put(self, number: int) -> None:
        while True:
            bits, number = number & 7, number >> 3
            self.groups.append(bits | (8 if number else 0))
            if not number:
                return

    def as_bytes(self) -> bytes:
        padded = self.groups + [0] * (-len(self.groups) % 8)
        words = [
            sum(group << (28 - 4 * place) for place, group in enumerate(padded[at : at + 8]))
            for at in range(0, len(padded), 8)
        ]
        return np.array(words, dtype="<u4").tobytes()


def encode_rvl(depth: Array) -> bytes:
    """uint16 of any shape -> RVL."""
    words, pixels, previous, at = _Words(), [int(pixel) for pixel in depth.ravel()], 0, 0
    while at < len(pixels):
        start = at
        while at < len(pixels) and pixels[at] == 0:
            at += 1
        words.put(at - start)
        start = at
        while at < len(pixels) and pixels[at] != 0:
            at += 1
        words.put(at - start)
        for pixel in pixels[start:at]:
            difference, previous = pixel - previous, pixel
            words.put((difference << 1) ^ (difference >> 31))
    return words.as_bytes()
