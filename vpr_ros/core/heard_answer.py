"""The node's answer as somebody else hears it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeardAnswer:
    """One message on `~/match`. `stages_ms` is the localizer's own time, `latency_ms` from our hearing the image."""

    stamp_ns: int
    place: str
    room: str
    floor: str
    refusal: str | None
    stages_ms: float
    latency_ms: float | None
