"""The demo's listener, beside a real node and a camera."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from robot import Camera, Client, NodeProcess, wait_until
from twelve_places import place_image

from vpr_ros.ros.replay.record_answers import AnswerRecorder

IMAGE = "sensor_msgs/msg/Image"


def test_answers_are_heard_with_their_stamps_and_times(
    domain: int, small_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
    parameters = {"map.path": small_map, "node.rate_hz": 100.0}
    listening = AnswerRecorder("/vpr", "/image", IMAGE)
    running = NodeProcess(domain, tmp_path / "log", parameters)
    with Client(domain) as client, listening as recorder, running as node:
        assert recorder.wait_until_active(20.0, lambda: node.process.poll() is None)
        camera = Camera(client)
        camera.wait_for_node()
        seen = [camera.show(place_image(7))]
        wait_until(lambda: len(recorder.answers) == 1, "the first answer")
        seen.append(camera.show(place_image(7) * 0 + 90))
        wait_until(lambda: len(recorder.answers) == 2, "the second answer")
    known, blank = recorder.answers
    assert [known.stamp_ns, blank.stamp_ns] == seen
    assert (known.place, known.room, known.floor, known.refusal) == ("small/place_7", "study", "first", None)
    assert blank.place == "unknown"
    assert "too few describable patches" in (blank.refusal or "")
    assert known.latency_ms is not None
    assert 0 < known.stages_ms < known.latency_ms
    assert recorder.counts["/vpr/place_id"] == 2
    assert recorder.counts["/vpr/coarse_pose"] == 1


def test_a_node_that_ended_is_not_waited_for(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
    with AnswerRecorder("/vpr_nobody", "/image", IMAGE) as recorder:
        assert not recorder.wait_until_active(20.0, lambda: False)
        assert not recorder.wait_until_active(0.2, lambda: True)
