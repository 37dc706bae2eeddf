"""Images: kinds, rate, losses, pauses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vpr_ros.core.message_fields import header_fields
from vpr_ros.doctor.check_stream import check_images, check_rate
from vpr_ros.doctor.finding import FAIL, OK, WARN
from vpr_ros.doctor.read_recording import read_recording
from vpr_ros.doctor.recording import Offer, Recording
from vpr_ros.doctor.reference_track import Reference
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.source import SourceOptions


def raw_bag(path: Path, encodings: list[str], widths: list[int]) -> Recording:
    with BagWriter(path) as bag:
        for number, (encoding, width) in enumerate(zip(encodings, widths, strict=True)):
            fields = {
                "header": header_fields(10**18 + number * 10**8, "cam"),
                "width": width,
                "height": 4,
                "encoding": encoding,
                "step": 3 * width,
                "data": np.zeros(12 * width, np.uint8),
            }
            bag.write("/image", "sensor_msgs/msg/Image", fields, 10**18 + number * 10**8)
    return read_recording(BagFile(path), SourceOptions(), 1.0)


def test_an_encoding_nobody_reads_fails(tmp_path: Path):
    (finding,) = check_images(raw_bag(tmp_path / "bag", ["bayer_xtrans8"] * 3, [8] * 3))
    assert finding.level == FAIL
    assert "bayer_xtrans8 is not supported" in finding.found


@pytest.mark.parametrize(("encodings", "widths"), [(["rgb8", "bgr8"], [8, 8]), (["rgb8", "rgb8"], [8, 16])])
def test_images_that_change_on_the_way_are_told_of(tmp_path: Path, encodings: list[str], widths: list[int]):
    (finding,) = check_images(raw_bag(tmp_path / "bag", encodings, widths))
    assert finding.level == WARN
    assert "changes on the way" in finding.found


def test_even_images_of_one_kind_are_fine(record: Callable[..., Recording]):
    recording = record()
    assert [each.level for each in check_images(recording)] == [OK]
    (finding,) = check_rate(recording, None)
    assert finding.level == OK
    assert finding.numbers["rate_hz"] == pytest.approx(8.0)
    assert finding.numbers["lost_share"] == 0


def test_lost_images_are_counted_and_the_transport_is_blamed(record: Callable[..., Recording]):
    recording = record(sent=lambda number: number % 8 != 3)
    (finding,) = check_rate(recording, None)
    assert finding.level == WARN
    assert finding.numbers["lost_share"] == pytest.approx(1 / 8, abs=0.01)
    assert "the driver skips them" in finding.todo
    recording = dataclasses.replace(recording, offers=(Offer(recording.camera.image.name, reliable=False),))
    (finding,) = check_rate(recording, None)
    assert "best effort" in finding.todo
    assert "fastdds_large_images.xml" in finding.todo


def test_a_pause_counts_only_while_the_robot_drives(record: Callable[..., Recording], reference: Reference):
    recording = record(sent=lambda number: not 20 <= number < 44)
    assert [each.check for each in check_rate(recording, None)] == ["rate"]
    rate, pause = check_rate(recording, reference.track)
    assert (rate.level, pause.level) == (OK, WARN)
    assert "in 3.1 s" in pause.found
    standing = dataclasses.replace(reference.track, poses=np.tile(np.eye(4), (len(reference.track.stamps_ns), 1, 1)))
    assert [each.check for each in check_rate(recording, standing)] == ["rate"]
