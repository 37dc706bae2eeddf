"""Stretches of a drive that are drawn together: what lies side by side looks alike and fails alike."""

from __future__ import annotations

from collections.abc import Sequence

LARGEST_GAP_S = 10.0


def sequence_numbers(numbers: Sequence[int], stamps_ns: Sequence[int], longest_s: float) -> list[int]:
    """For each frame the number of its sequence, from 0.

    A new one begins where frame numbers jump (a slice of --frames ends), where stamps jump by more than 10 s or go
    back, and where the sequence has lasted `longest_s`.
    """
    found: list[int] = []
    began_ns = 0
    for place, (number, stamp_ns) in enumerate(zip(numbers, stamps_ns, strict=True)):
        step_ns = stamp_ns - stamps_ns[place - 1] if place else 0
        joined = bool(place) and number == numbers[place - 1] + 1 and 0 <= step_ns <= LARGEST_GAP_S * 1e9
        if joined and stamp_ns - began_ns < longest_s * 1e9:
            found.append(found[-1])
            continue
        found.append(found[-1] + 1 if found else 0)
        began_ns = stamp_ns
    return found
