"""What is subscribed to, given what is published."""

from __future__ import annotations

import pytest

from vpr_ros.ros.inputs.choose_stream import COMPRESSED, RAW, Offer, Stream, choose_stream, expected_stream

BASE = "/camera/image_raw"
BESIDE = f"{BASE}/compressed"
RAW_OFFER = Offer(BASE, RAW, reliable=True)
COMPRESSED_OFFER = Offer(f"{BASE}/compressed", COMPRESSED, reliable=True)


def test_auto_prefers_raw_where_both_are_published() -> None:
    assert choose_stream(BASE, BESIDE, "auto", [COMPRESSED_OFFER, RAW_OFFER]) == Stream(BASE, RAW, reliable=True)


def test_auto_takes_compressed_where_nothing_else_is() -> None:
    assert choose_stream(BASE, BESIDE, "auto", [COMPRESSED_OFFER]) == Stream(
        f"{BASE}/compressed", COMPRESSED, reliable=True
    )


def test_a_compressed_topic_may_be_named_itself() -> None:
    named = f"{BASE}/compressed"
    assert choose_stream(named, f"{named}/compressed", "auto", [Offer(named, COMPRESSED, reliable=False)]) == Stream(
        named, COMPRESSED, reliable=False
    )


@pytest.mark.parametrize(("transport", "expected"), [("raw", RAW), ("compressed", COMPRESSED)])
def test_a_named_transport_is_obeyed(transport: str, expected: str) -> None:
    stream = choose_stream(BASE, BESIDE, transport, [RAW_OFFER, COMPRESSED_OFFER])
    assert stream is not None
    assert stream.type_name == expected
    assert choose_stream(BASE, BESIDE, transport, [RAW_OFFER if expected == COMPRESSED else COMPRESSED_OFFER]) is None
    assert expected_stream(BASE, BESIDE, transport) == stream


def test_one_best_effort_publisher_makes_the_subscription_best_effort() -> None:
    offers = [RAW_OFFER, Offer(BASE, RAW, reliable=False)]
    assert choose_stream(BASE, BESIDE, "auto", offers) == Stream(BASE, RAW, reliable=False)
    # Another topic's reliability does not matter.
    other = [RAW_OFFER, Offer(f"{BASE}/compressed", COMPRESSED, reliable=False)]
    assert choose_stream(BASE, BESIDE, "auto", other) == Stream(BASE, RAW, reliable=True)


def test_other_types_on_the_topic_are_not_ours() -> None:
    assert choose_stream(BASE, BESIDE, "auto", [Offer(BASE, "std_msgs/msg/String", reliable=True)]) is None
    assert choose_stream(BASE, BESIDE, "auto", []) is None
