"""What became of the images, and the last minute's times."""

from __future__ import annotations

import pytest
from answers import answer_of, fixed_answer

from vpr_ros.core.records import Rejected
from vpr_ros.ros.worker.track_record import AGE, ALL, TrackRecord


def test_times_are_those_of_the_last_minute() -> None:
    record = TrackRecord()
    record.hear(answer_of(1, latency_ms={"features": 900.0}), 5000.0, now_s=100.0)
    for number in range(101):
        record.hear(answer_of(1, latency_ms={"features": float(number), "retrieve": 2.0}), 150.0, now_s=159.0)
    lately = record.snapshot(now_s=165.0).lately
    assert (lately["features"].p50, lately["features"].p95) == (50.0, 95.0)
    assert lately[ALL].p50 == 52.0
    assert lately[AGE].p95 == pytest.approx(150.0)
    assert record.snapshot(now_s=300.0).lately == {}


def test_fixes_and_places_are_counted_and_refusals_by_reason() -> None:
    record = TrackRecord(told_reasons=3)
    record.hear(fixed_answer(1), 1.0)
    record.hear(fixed_answer(2, fix=None, held_back="moved too little"), 1.0)
    record.hear(fixed_answer(3, fix=None, sound=None, held_back="on floor 'first'"), 1.0)
    for inliers in (3.0, 4.0):
        record.hear(answer_of(4, pose=Rejected("too few inliers", {"inliers": inliers})), 1.0)
    for _ in range(3):
        record.hear(answer_of(5, refusal=Rejected("too dark")), 1.0)
    told = record.snapshot()
    assert (told.places, told.fixes) == (5, 1)
    assert told.reasons == (("too dark", 3), ("pose: too few inliers", 2), ("pose held back: on floor 'first'", 1))
