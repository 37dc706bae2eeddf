"""`vpr record` over DDS: what a node says, as it came."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

import robot
from rclpy.qos import QoSProfile
from robot import Camera, Client, NodeProcess, wait_until
from rosbags.interfaces import QosDurability
from twelve_places import place_image

from vpr_ros.ros.plumbing.messages import message_from_fields
from vpr_ros.sources.bags.bag_file import BagFile

STRING, CLOCK, IMAGE = "std_msgs/msg/String", "rosgraph_msgs/msg/Clock", "sensor_msgs/msg/Image"


@pytest.fixture(scope="module")
def client(domain: int) -> Iterator[Client]:
    with Client(domain) as client:
        yield client


class Recording:
    """`vpr record` as a child process."""

    def __init__(self, domain: int, bag: Path, *options: str) -> None:
        command = [sys.executable, "-m", "vpr_ros.cli.main", "record", "-o", str(bag), *options]
        environment = {**os.environ, "ROS_DOMAIN_ID": str(domain)}
        self.process = subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def wait_until_it_began(self) -> None:
        assert self.process.stdout is not None
        assert "recording" in self.process.stdout.readline()

    def end(self, number: int | None = signal.SIGINT) -> tuple[int, str, str]:
        if number is not None:
            self.process.send_signal(number)
        try:
            told, complained = self.process.communicate(timeout=robot.PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert "Traceback" not in complained
        return self.process.returncode, told, complained


def _recorded(bag: Path) -> dict[str, list[int]]:
    """Topics, and the bag times of their messages."""
    file = BagFile(bag)
    times: dict[str, list[int]] = {topic: [] for topic in file.topics}
    for message in file.messages(file.topics):
        times[message.topic].append(message.bag_ns)
    return times


def test_what_the_node_says_is_recorded_whenever_it_comes(
    client: Client, domain: int, small_map: Path, tmp_path: Path
) -> None:
    recording = Recording(domain, tmp_path / "answers")
    recording.wait_until_it_began()  # before there is a node
    matches = client.listen("/vpr/match", "diagnostic_msgs/msg/DiagnosticArray")
    with NodeProcess(domain, tmp_path / "log", {"map.path": small_map, "node.rate_hz": 100.0}) as node:
        camera = Camera(client)
        wait_until(lambda: _heard_by_two(client), f"the recorder to listen; the node says {node.log}")
        camera.wait_for_node()
        for count in (1, 2):
            camera.show(place_image(4))
            wait_until(lambda count=count: len(matches) == count, "an answer")
        code, told, _ = recording.end()
    assert code == 0
    times = _recorded(tmp_path / "answers")
    assert len(times["/vpr/match"]) == len(times["/vpr/place_id"]) == 2
    assert "       2  /vpr/match" in told
    assert "/rosout" not in times
    assert not [topic for topic in times if topic.startswith("/vpr/debug_image")]
    (qos,) = BagFile(tmp_path / "answers").offered_qos("/vpr/room")
    assert qos.durability == QosDurability.TRANSIENT_LOCAL
    client.forget()


def _heard_by_two(client: Client) -> bool:
    return len(client.node.get_subscriptions_info_by_topic("/vpr/match")) == 2


def test_named_topics_are_recorded_with_the_time_of_the_clock(client: Client, domain: int, tmp_path: Path) -> None:
    names = client.advertise("/name", STRING, robot.LATCHED)
    names.publish(message_from_fields(STRING, {"data": "before the clock"}))
    pictures, clock = client.advertise("/picture", IMAGE, 10), client.advertise("/clock", CLOCK, QoSProfile(depth=1))
    recording = Recording(domain, tmp_path / "named", "--clock", "--topics", "/name", "/picture")
    recording.wait_until_it_began()
    wait_until(lambda: names.get_subscription_count() and pictures.get_subscription_count(), "the recorder")
    wait_until(clock.get_subscription_count, "the recorder to want the time")
    wait_until(lambda: _say_time_and_show(clock, pictures), "both topics to be recorded")
    code, _, _ = recording.end(signal.SIGTERM)
    assert code == 0
    times = _recorded(tmp_path / "named")
    assert set(times) == {"/name", "/picture"}
    assert {time for each in times.values() for time in each} == {1_600_000_000 * 10**9}
    client.forget()


_said = iter(range(50))


def _say_time_and_show(clock: object, pictures: object) -> bool:
    """Fifty times: who hears the clock a moment later than the pictures still hears both."""
    clock.publish(message_from_fields(CLOCK, {"clock": {"sec": 1_600_000_000, "nanosec": 0}}))  # type: ignore[attr-defined]
    pictures.publish(message_from_fields(IMAGE, {"height": 1, "width": 1, "data": b"\0"}))  # type: ignore[attr-defined]
    return next(_said) == 40


def test_a_bag_that_is_there_is_not_touched(domain: int, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    code, told, complained = Recording(domain, tmp_path / "old").end(None)
    assert (code, told) == (2, "")
    assert f"{tmp_path / 'old'} exists" in complained
    assert len(complained.splitlines()) == 1


def test_nothing_recorded_is_said(domain: int, tmp_path: Path) -> None:
    recording = Recording(domain, tmp_path / "empty", "--node", "r7/nobody")
    recording.wait_until_it_began()
    code, _, complained = recording.end()
    assert (code, complained) == (0, "note: nothing was recorded\n")
