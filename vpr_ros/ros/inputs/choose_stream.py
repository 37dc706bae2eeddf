"""Which topic, type and reliability to subscribe to, from what publishers offer. Knows no rclpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RAW = "sensor_msgs/msg/Image"
COMPRESSED = "sensor_msgs/msg/CompressedImage"
TRANSPORTS = ("auto", "raw", "compressed")
COMPRESSED_SUFFIX = "compressed"
"""Where image_transport puts the compressed images of a topic: `<topic>/compressed`."""


@dataclass(frozen=True)
class Offer:
    """One publisher."""

    topic: str
    type_name: str
    reliable: bool


@dataclass(frozen=True)
class Stream:
    """What to subscribe to."""

    topic: str
    type_name: str
    reliable: bool


def expected_stream(image_topic: str, compressed_topic: str, transport: str) -> Stream:
    """What to subscribe to while nobody publishes: reliable, for best effort loses large frames."""
    if transport == "compressed":
        return Stream(compressed_topic, COMPRESSED, reliable=True)
    return Stream(image_topic, RAW, reliable=True)


def choose_stream(image_topic: str, compressed_topic: str, transport: str, offers: Sequence[Offer]) -> Stream | None:
    """The stream among the offers, None when none fits. `auto` prefers raw images: on one machine they cost least.

    `image_topic` may itself carry compressed images. Reliable only if every publisher of the stream is: a reliable
    subscription gets nothing from a best-effort publisher.
    """
    wanted = [(image_topic, RAW), (image_topic, COMPRESSED), (compressed_topic, COMPRESSED)]
    for topic, type_name in wanted:
        if transport not in ("auto", "raw" if type_name == RAW else "compressed"):
            continue
        found = [offer for offer in offers if (offer.topic, offer.type_name) == (topic, type_name)]
        if found:
            return Stream(topic, type_name, all(offer.reliable for offer in found))
    return None
