"""One frame that cannot be used ends a build; its error says which frame it is and how to do without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vpr_ros.core.errors import ImageError


@contextmanager
def naming_frame(number: int, length: int) -> Iterator[None]:
    """An ImageError within is said to be of this frame of a source of `length` frames, as `--frames` counts them."""
    try:
        yield
    except ImageError as error:
        rest = f"; leave it out with --frames {_all_but(number, length)}" if length > 1 else ""
        raise ImageError(f"{error} (frame {number} of the source{rest})") from error


def _all_but(number: int, length: int) -> str:
    slices = [f"{start}:{stop}" for start, stop in ((0, number), (number + 1, length)) if start < stop]
    return ",".join(slices)
