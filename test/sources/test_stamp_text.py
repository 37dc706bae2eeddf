"""Names that are stamps, and names that only look like it."""

from __future__ import annotations

import pytest

from vpr_ros.sources.stamp_text import seconds_to_ns, stamps_from_names


@pytest.mark.parametrize(
    ("stems", "expected"),
    [
        (["1305031102.175304", "1305031102.2"], [1305031102175304000, 1305031102200000000]),
        (["1403636579763555584"], [1403636579763555584]),
        (["1403636579763555"], [1403636579763555000]),
        (["1403636579763", "1403636579764"], [1403636579763000000, 1403636579764000000]),
        (["1305031102"], [1305031102000000000]),
        (["0.5", "12.25"], [500_000_000, 12_250_000_000]),
        (["1", "2", "10"], None),
        (["000001", "000002"], None),
        (["1305031102", "1403636579763"], None),
        (["1305031102.1", "7"], None),
        (["frame 1305031102.1"], None),
        (["1305031102", "left"], None),
        ([], None),
    ],
)
def test_names(stems: list[str], expected: list[int] | None) -> None:
    assert stamps_from_names(stems) == expected


def test_nanoseconds_are_exact_where_a_float_would_not_be() -> None:
    assert seconds_to_ns("1700000000.123456789") == 1700000000123456789


@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "-1e30", "twelve", ""])
def test_what_is_no_stamp_is_refused(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        seconds_to_ns(text)
