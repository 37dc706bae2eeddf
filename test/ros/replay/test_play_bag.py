"""`vpr play` over DDS: to a listener, and to the real node."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

pytest.importorskip("rclpy")

import robot
from robot import Client, NodeProcess, stamp_of, wait_until
from twelve_places import place_image

from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.write_bag import BagWriter

STRING, IMAGE = "std_msgs/msg/String", "sensor_msgs/msg/Image"
DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"
BEGIN_NS = 1_600_000_000 * 10**9  # in 2020: nobody's clock but the bag's
STEP_NS = 100_000_000


def _place_at(stamp_ns: int) -> int:
    return (stamp_ns - BEGIN_NS) // STEP_NS // 6


def _write_bag(path: Path, *, compressed: bool) -> Path:
    """Five places at 10 Hz for 3 s; a latched name; a transform, whose type is not on PyPI."""
    with BagWriter(path, latched=("/tf_static", "/name")) as bag:
        bag.write("/tf_static", "tf2_msgs/msg/TFMessage", {}, BEGIN_NS)
        bag.write("/name", STRING, {"data": "bag"}, BEGIN_NS)
        for stamp_ns in range(BEGIN_NS, BEGIN_NS + 30 * STEP_NS, STEP_NS):
            image, header = place_image(_place_at(stamp_ns), noise=1), header_fields(stamp_ns, "camera")
            if compressed:
                data = cv2.imencode(".jpg", image[:, :, ::-1])[1].tobytes()
                fields = {"header": header, "format": "rgb8; jpeg compressed bgr8", "data": data}
                bag.write("/camera/image_raw/compressed", "sensor_msgs/msg/CompressedImage", fields, stamp_ns)
            else:
                shape = {"height": 240, "width": 320, "step": 960, "encoding": "rgb8"}
                bag.write("/camera/image_raw", IMAGE, {"header": header, **shape, "data": image}, stamp_ns)
    return path


@pytest.fixture(scope="module")
def raw_bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write_bag(tmp_path_factory.mktemp("bags") / "raw", compressed=False)


@pytest.fixture(scope="module")
def client(domain: int) -> Iterator[Client]:
    with Client(domain) as client:
        yield client


def _play(domain: int, bag: Path | str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vpr_ros.cli.main", "play", str(bag), *options]
    environment = {**os.environ, "ROS_DOMAIN_ID": str(domain)}
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _finish(player: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        told, complained = player.communicate(timeout=robot.PATIENCE_S)
    except subprocess.TimeoutExpired:
        player.kill()
        raise
    assert "Traceback" not in complained
    return player.returncode, told, complained


def test_every_message_arrives_as_it_was_and_when_it_was(client: Client, domain: int, raw_bag: Path) -> None:
    images, arrived_s = client.listen("/camera/image_raw", IMAGE, 100), []
    client.hear("/camera/image_raw", IMAGE, lambda _: arrived_s.append(time.monotonic()), 100)
    player = _play(domain, raw_bag, "--rate", "2", "--wait", "10", "--topics", "/camera/image_raw")
    code, told, _ = _finish(player)
    wait_until(lambda: len(images) == len(arrived_s) == 30, "all images")
    assert code == 0
    assert "      30  /camera/image_raw" in told
    assert [stamp_of(image) for image in images] == [BEGIN_NS + step * STEP_NS for step in range(30)]
    assert images[7].data.tobytes() == place_image(1, noise=1).tobytes()
    assert 0.9 < arrived_s[-1] - arrived_s[0] < 2.6  # 2.9 s at double speed; the first may be heard late
    client.forget()


def test_latched_messages_reach_late_subscribers_and_missing_types_are_noted(
    client: Client, domain: int, raw_bag: Path
) -> None:
    seen = client.listen("/camera/image_raw", IMAGE)
    player = _play(domain, raw_bag, "--wait", "0.2")
    wait_until(lambda: seen, "the bag to play")
    names = client.listen("/name", STRING, robot.LATCHED)
    assert wait_until(lambda: names, "the latched name")[0].data == "bag"
    player.send_signal(signal.SIGINT)
    code, told, complained = _finish(player)
    assert code == 130
    assert "       1  /name" in told
    assert "note: /tf_static: not played" in complained
    client.forget()


def test_a_node_on_the_bags_clock_finds_every_place_it_answers_for(
    client: Client, domain: int, raw_bag: Path, small_map: Path, tmp_path: Path
) -> None:
    matches = client.listen("/vpr/match", DIAGNOSTICS, 100)
    parameters = {"map.path": small_map, "use_sim_time": True, "node.rate_hz": 30.0}
    with NodeProcess(domain, tmp_path / "log", parameters, ["image:=/camera/image_raw"]) as node:
        client.wait_for_state(robot.ACTIVE)
        code, told, _ = _finish(_play(domain, raw_bag, "--clock", "--wait", "15", "--topics", "/camera/image_raw"))
        assert code == 0
        assert "subscribed: /camera/image_raw, /clock" in told
        wait_until(lambda: len(matches) >= 15, f"answers to half of the 30 images; the node says {node.log}")
    for match in matches:
        assert match.status[1].message == f"small/place_{_place_at(stamp_of(match))}"
    client.forget()


def test_a_looping_compressed_bag_is_found_and_its_jumps_survived(
    client: Client, domain: int, small_map: Path, tmp_path: Path
) -> None:
    bag = _write_bag(tmp_path / "compressed", compressed=True)
    matches, health = client.listen("/vpr/match", DIAGNOSTICS), client.listen("/diagnostics", DIAGNOSTICS)
    parameters = {"map.path": small_map, "use_sim_time": True}
    with NodeProcess(domain, tmp_path / "log", parameters, ["image:=/camera/image_raw"]) as node:
        client.wait_for_state(robot.ACTIVE)
        player = _play(domain, bag, "--clock", "--loop", "--rate", "3", "--wait", "1")

        def jumped() -> bool:
            values = {value.key: value.value for value in health[-1].status[0].values} if health else {}
            return int(values.get("epoch", 0)) >= 1

        wait_until(jumped, f"the clock to jump; the node says {node.log}")
        matches.clear()
        wait_until(lambda: len(matches) >= 2, "answers after the jump")
        player.send_signal(signal.SIGINT)
        assert _finish(player)[0] == 130
        assert "looking at /camera/image_raw/compressed (sensor_msgs/msg/CompressedImage, reliable)" in node.log
    client.forget()


def test_a_recorder_of_other_topics_can_be_waited_for(client: Client, domain: int, raw_bag: Path) -> None:
    images = client.listen("/camera/image_raw", IMAGE, 100)
    options = ("--wait", "60", "--wait-for", "/camera/image_raw", "--until-heard", "/answers")
    player = _play(domain, raw_bag, "--rate", "20", *options)
    with pytest.raises(subprocess.TimeoutExpired):
        player.wait(1.0)
    assert not images
    client.listen("/answers", STRING)
    assert _finish(player)[0] == 0
    client.forget()


def test_only_the_awaited_topics_are_waited_for(client: Client, domain: int, raw_bag: Path) -> None:
    """A node subscribes to images and not to all else that a bag holds; it may take its time to load a map."""
    player = _play(domain, raw_bag, "--rate", "20", "--wait", "60", "--wait-for", "/camera/image_raw")
    with pytest.raises(subprocess.TimeoutExpired):
        player.wait(1.0)
    images = client.listen("/camera/image_raw", IMAGE, 100)
    code, told, _ = _finish(player)  # patient for 20 s only, and nobody listens to /name
    assert code == 0
    assert "subscribed: /camera/image_raw" in told
    wait_until(lambda: len(images) == 30, "all images")
    client.forget()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--topics", "/camera"], 2, "has no topic /camera; it has"),
        (["--rate", "0"], 2, "--rate 0: expected a finite number above 0"),
        (["--rate", "inf"], 2, "--rate inf: expected a finite number above 0"),
        (["--wait", "nan"], 2, "--wait nan: expected a finite number of seconds, 0 or more"),
        (["--wait", "-5"], 2, "--wait -5: expected a finite number of seconds, 0 or more"),
        (["--topics", "/tf_static"], 2, "nothing to play; /tf_static: not played"),
        (["--topics", "/name", "--wait", "0.1", "--wait-for", "/name"], 2, "nobody listens to /name after 0.1 s"),
        (["--topics", "/name", "--wait", "0", "--until-heard", "/a"], 2, "nobody listens to /name, /a after 0 s"),
        (["--topics", "/name", "--wait-for", "/camera/image_raw"], 2, "nothing of /camera/image_raw or /camera/image"),
    ],
)
def test_what_cannot_be_played_is_one_line(
    domain: int, raw_bag: Path, options: list[str], code: int, said: str
) -> None:
    returned, _, complained = _finish(_play(domain, raw_bag, *options))
    assert returned == code
    assert said in complained
    assert len(complained.splitlines()) == 1


def test_a_bag_that_is_not_there_is_one_line(domain: int, tmp_path: Path) -> None:
    returned, _, complained = _finish(_play(domain, tmp_path / "nowhere"))
    assert returned == 3
    assert len(complained.splitlines()) == 1


def test_a_home_that_is_not_there_is_one_line(domain: int) -> None:
    returned, _, complained = _finish(_play(domain, "~nosuchperson/bag"))
    assert returned == 2
    assert "no home directory of that user" in complained
    assert len(complained.splitlines()) == 1


def test_a_domain_that_is_none_is_one_line(raw_bag: Path) -> None:
    returned, _, complained = _finish(_play(9999, raw_bag))
    assert returned == 2
    assert complained == "vpr: error: ROS_DOMAIN_ID='9999': expected a whole number 0..232\n"
