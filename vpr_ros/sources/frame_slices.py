"""`--frames 0:20,40:60`: which frames of a source, counted from 0, the end of a slice left out."""

from __future__ import annotations

import re

from vpr_ros.core.errors import UsageError

_SLICE = re.compile(r"(\d{0,9}):(\d{0,9})|(\d{1,9})")


def parse_frames(text: str, length: int) -> list[int]:
    """Ascending frame numbers of comma-separated slices `a:b`, `a:`, `:b` or single numbers of a source of `length`.

    Raises UsageError where a part cannot be read, is empty, goes past the end or does not follow the one before.
    """
    numbers: list[int] = []
    for part in text.split(","):
        start, stop = _bounds(part.strip(), length)
        if stop > length or start >= length:
            raise UsageError(f"--frames {part.strip()}: the source holds {length} frames, 0 to {length - 1}")
        if stop <= start:
            raise UsageError(f"--frames {part.strip()}: no frame lies in this slice; `a:b` counts from a to b - 1")
        if numbers and start <= numbers[-1]:
            raise UsageError(
                f"--frames {text}: {part.strip()} goes back; give slices in ascending order, each frame once"
            )
        numbers.extend(range(start, stop))
    return numbers


def _bounds(part: str, length: int) -> tuple[int, int]:
    found = _SLICE.fullmatch(part)
    if found is None or part == ":":
        raise UsageError(f"--frames {part!r}: expected slices such as 0:20,40:60, or single numbers")
    if found[3] is not None:
        return int(found[3]), int(found[3]) + 1
    return int(found[1] or 0), int(found[2]) if found[2] else length
