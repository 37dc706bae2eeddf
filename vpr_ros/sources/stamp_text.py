"""Stamps that are written as text: in trajectory files, and as the names of images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

_SECONDS = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")
_LARGEST_S = 9 * 10**9  # what nanoseconds in 64 bits hold
# Times since 1970 of the years 2001 to 2286, told apart by their number of digits: seconds, milli, micro, nano.
_UNIT_NS = {10: 10**9, 13: 10**6, 16: 10**3, 19: 1}


def stamps_from_names(stems: Sequence[str]) -> list[int] | None:
    """Nanoseconds of file names without suffix, or None where they are not all stamps of one kind.

    A stamp has a decimal point (seconds), or is a whole number of 10, 13, 16 or 19 digits (s, ms, us, ns since 1970).
    """
    if stems and all(_SECONDS.fullmatch(stem) for stem in stems):
        return [seconds_to_ns(stem) for stem in stems]
    lengths = {len(stem) for stem in stems if re.fullmatch("[0-9]+", stem)}
    if len(lengths) != 1 or not all(re.fullmatch("[0-9]+", stem) for stem in stems):
        return None
    unit_ns = _UNIT_NS.get(lengths.pop())
    return None if unit_ns is None else [int(stem) * unit_ns for stem in stems]


def seconds_to_ns(text: str) -> int:
    """Decimal seconds to nanoseconds without the loss a float would bring. Raises ArithmeticError or ValueError."""
    seconds = Decimal(text)
    if not seconds.is_finite() or abs(seconds) > _LARGEST_S:
        raise ValueError(f"{text} is no stamp")
    return int(seconds * 10**9)
