"""Stamps: there, in order, by one clock, not too old."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from robot_bag import MS, START_NS

from vpr_ros.doctor.check_stamps import check_age, check_clocks, check_stamps
from vpr_ros.doctor.finding import FAIL, OK, SKIP, WARN
from vpr_ros.doctor.recording import Recording

HALF_NS = START_NS + 6 * 10**9


def test_sound_stamps(record: Callable[..., Recording]):
    recording = record()
    findings = check_stamps(recording) + check_age(recording) + check_clocks(recording)
    assert [each.level for each in findings] == [OK, OK, OK]


@pytest.mark.parametrize(
    ("stamp", "level", "told"),
    [
        (lambda _now: 0, FAIL, "no image has a stamp"),
        (lambda now: 0 if now < HALF_NS else now, WARN, "48 of 96 images have no stamp"),
        (lambda now: now if now < HALF_NS else now - 5 * 10**9, FAIL, "stamped earlier than the one before"),
        (lambda now: now - now % (250 * MS), WARN, "repeat the stamp before"),
    ],
)
def test_stamps_that_are_none(record: Callable[..., Recording], stamp: Callable[[int], int], level: str, told: str):
    (finding,) = check_stamps(record(stamp_image=stamp))
    assert finding.level == level
    assert told in finding.found


@pytest.mark.parametrize(
    ("late_ms", "level"), [(40, OK), (450, WARN), (1200, FAIL), (-100, OK), (-400, FAIL), (-100_000, SKIP)]
)
def test_the_age_of_images(record: Callable[..., Recording], late_ms: int, level: str):
    (finding,) = check_age(record(hear_image=lambda now: now + late_ms * MS))
    assert finding.level == level
    if level != SKIP:
        assert finding.numbers["median_s"] == pytest.approx(late_ms / 1000)


def test_the_age_limit_is_the_nodes(record: Callable[..., Recording]):
    recording = dataclasses.replace(record(hear_image=lambda now: now + 100 * MS), max_age_s=0.05)
    assert check_age(recording)[0].level == FAIL


def test_odometry_by_another_clock(record: Callable[..., Recording]):
    findings = check_clocks(record(stamp_odometry=lambda now: now - 3 * 10**9))
    assert [each.level for each in findings] == [FAIL]
    assert "/odom lie -3.00 s" in findings[0].found


def test_a_localizer_may_stamp_ahead(record: Callable[..., Recording]):
    """As AMCL does: map -> odom, and nothing else."""
    ahead = check_clocks(record(tf=True, stamp_tf=lambda now: now + 10**9))
    assert [each.found.split(" lie")[0] for each in ahead] == ["stamps of TF odom -> base_link"]
