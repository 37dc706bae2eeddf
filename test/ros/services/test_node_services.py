"""The services of a real node, over DDS: in every state an answer with a reason."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

import robot
from robot import Camera, Client, NodeProcess, wait_until
from std_srvs.srv import Empty, SetBool, Trigger
from twelve_places import place_image

STRING = "std_msgs/msg/String"


@pytest.fixture(scope="module")
def node(domain: int, small_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """One node for the module, not configured; every test leaves it so."""
    log = tmp_path_factory.mktemp("node") / "log.txt"
    given = {"map.path": small_map, "node.rate_hz": 50.0, "autostart": False, "node.relocalize_timeout_s": 20.0}
    with NodeProcess(domain, log, given) as process:
        yield process


@pytest.fixture(scope="module")
def module_client(domain: int, node: NodeProcess) -> Iterator[Client]:
    with Client(domain) as client:
        wait_until(lambda: node.process.poll() is None and client.state() == robot.UNCONFIGURED, "the node")
        yield client


@pytest.fixture
def client(module_client: Client) -> Iterator[Client]:
    yield module_client
    module_client.forget()


@pytest.fixture
def active(client: Client, small_map: Path) -> Iterator[Client]:
    """The same, with the node active."""
    assert client.set_parameters(map__path=str(small_map)) == (True, "")
    assert client.change_state(robot.CONFIGURE)
    assert client.change_state(robot.ACTIVATE)
    yield client
    client.change_state(robot.DEACTIVATE)
    assert client.change_state(robot.CLEANUP)


def _trigger(client: Client, name: str) -> tuple[bool, str]:
    response = client.call(Trigger, f"/vpr/{name}", Trigger.Request())
    return response.success, response.message


def _enable(client: Client, wanted: bool) -> tuple[bool, str]:
    response = client.call(SetBool, "/vpr/enable", SetBool.Request(data=wanted))
    return response.success, response.message


@contextmanager
def _showing(client: Client, place: int) -> Iterator[Camera]:
    """A camera that looks at the place all the while."""
    camera, done = Camera(client), threading.Event()
    camera.wait_for_node()
    thread = threading.Thread(target=lambda: _show(camera, place, done))
    thread.start()
    try:
        yield camera
    finally:
        done.set()
        thread.join()


def _show(camera: Camera, place: int, done: threading.Event) -> None:
    while not done.wait(0.03):
        camera.show(place_image(place, noise=1))


def test_a_node_that_is_not_configured_says_so(client: Client) -> None:
    assert _trigger(client, "relocalize") == (False, "the node is not active; activate it first")
    assert _enable(client, True) == (False, "the node is not active; activate it first")
    assert _trigger(client, "reload_map") == (False, "the node is not configured; configure loads the map")
    assert _trigger(client, "reset") == (True, "nothing is remembered while the node is not active")
    assert client.call(Empty, "/vpr/reinitialize", Empty.Request()) is not None


def test_relocalize_tells_the_place(active: Client) -> None:
    with _showing(active, 8):
        success, text = _trigger(active, "relocalize")
    assert success
    assert text == "place small/place_8; room study; floor first; no pose: none is sought"


def test_relocalize_does_not_wait_for_a_slow_rate(active: Client) -> None:
    assert active.set_parameters(node__rate_hz=0.02) == (True, "")
    with _showing(active, 2):
        for _ in range(3):  # the first image is taken at once at any rate, the next one 50 s later
            assert _trigger(active, "relocalize")[1].startswith("place small/place_2")
    assert active.set_parameters(node__rate_hz=50.0) == (True, "")


def test_relocalize_without_images_ends_in_time_with_the_reason(active: Client) -> None:
    assert active.set_parameters(node__relocalize_timeout_s=0.3) == (True, "")
    assert _trigger(active, "relocalize") == (
        False,
        "no position within 0.3 s; no image that was taken since was localized",
    )
    assert active.set_parameters(node__relocalize_timeout_s=20.0) == (True, "")


def test_those_who_wait_block_nobody_and_are_told_when_the_node_is_deactivated(active: Client) -> None:
    service = active.node.create_client(Trigger, "/vpr/relocalize")
    assert service.wait_for_service(robot.PATIENCE_S)
    waiting = [service.call_async(Trigger.Request()) for _ in range(8)]
    began = time.monotonic()
    for _ in range(20):
        assert active.set_parameters(node__max_age_s=1.0) == (True, "")
    assert (time.monotonic() - began) / 20 < 0.25  # a blocked executor would take until the timeout of 20 s
    assert not any(future.done() for future in waiting)
    assert active.change_state(robot.DEACTIVATE)
    wait_until(lambda: all(future.done() for future in waiting), "everybody to be told")
    assert {future.result().message for future in waiting} == {"the node was deactivated"}
    active.node.destroy_client(service)


def test_enable_pauses_and_continues(active: Client) -> None:
    rooms = active.listen("/vpr/room", STRING, robot.LATCHED)
    with _showing(active, 7) as camera:
        wait_until(lambda: rooms and rooms[-1].data == "study", "the room")
        assert _enable(active, False)[0]
        assert _enable(active, False) == (True, "paused already")
        wait_until(lambda: not camera.watched(), "the node to look away")
        assert rooms[-1].data == "unknown"
        assert _trigger(active, "relocalize") == (False, "the node is paused; call ~/enable with true first")
        assert _enable(active, True) == (True, "localizing")
        wait_until(lambda: rooms[-1].data == "study", "the room again")


def test_reload_map_takes_the_map_that_is_named_now(active: Client, world_map: Path) -> None:
    places = active.listen("/vpr/place_id", STRING)
    with _showing(active, 4):
        wait_until(lambda: places and places[-1].data == "small/place_4", "the place")
        assert active.set_parameters(map__path=str(world_map)) == (True, "")
        success, text = _trigger(active, "reload_map")
        assert success
        assert text.startswith("map elsewhere: 12 places, loaded in")
        wait_until(lambda: places[-1].data == "elsewhere/place_4", "the place of the other map")


def test_a_map_that_is_no_map_leaves_the_old_one_at_work(active: Client, small_map: Path, tmp_path: Path) -> None:
    shutil.copytree(small_map, tmp_path / "broken")
    for file in (tmp_path / "broken").iterdir():
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    places = active.listen("/vpr/place_id", STRING)
    for path, said in ((tmp_path / "nowhere", "there is no such map"), (tmp_path / "broken", str(tmp_path / "broken"))):
        assert active.set_parameters(map__path=str(path)) == (True, "")
        success, text = _trigger(active, "reload_map")
        assert not success
        assert said in text
        assert text.endswith("; map small goes on")
    with _showing(active, 4):
        wait_until(lambda: places and places[-1].data == "small/place_4", "the place of the old map")


def test_reset_forgets_what_was_said(active: Client) -> None:
    rooms = active.listen("/vpr/room", STRING, robot.LATCHED)
    with _showing(active, 3):
        wait_until(lambda: rooms and rooms[-1].data == "kitchen", "the room")
    assert _trigger(active, "reset") == (True, "forgotten: what was heard and said before")
    wait_until(lambda: rooms[-1].data == "unknown", "the withdrawn room")


def test_a_setting_that_is_live_is_obeyed_by_the_next_image(active: Client) -> None:
    rooms = active.listen("/vpr/room", STRING, robot.LATCHED)
    with _showing(active, 3):
        wait_until(lambda: rooms and rooms[-1].data == "kitchen", "the room")
        assert active.set_parameters(rooms__enabled=False) == (True, "")
        wait_until(lambda: rooms[-1].data == "unknown", "no room")
        assert active.set_parameters(rooms__enabled=True) == (True, "")
        wait_until(lambda: rooms[-1].data == "kitchen", "the room again")
