"""Transitions again and again: nothing is left behind, whatever the order."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.context import Context
from rclpy.parameter import Parameter
from robot import Camera, Client, wait_until
from twelve_places import place_image

from vpr_ros.ros import load_map
from vpr_ros.ros.localizer_node import SUCCESS, LocalizerNode
from vpr_ros.ros.plumbing.steadfast_executor import SteadfastExecutor

LEGAL = {
    "unconfigured": {"configure": "inactive"},
    "inactive": {"activate": "active", "cleanup": "unconfigured"},
    "active": {"deactivate": "inactive"},
}


class Spun:
    """The node with an executor's thread, and a camera that shows it places."""

    def __init__(self, domain: int, path: Path) -> None:
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain)
        given = {"map.path": str(path), "autostart": False, "node.rate_hz": 100.0}
        overrides = [Parameter(name, value=value) for name, value in given.items()]
        self.node = LocalizerNode(context=self.context, parameter_overrides=overrides)
        self.executor = SteadfastExecutor(4, context=self.context)
        self.executor.add_node(self.node)
        self.thread = threading.Thread(target=self.executor.spin)
        self.thread.start()
        self.state = "unconfigured"
        self.held: list[weakref.ref] = []  # what only an active node needs, and what only a configured one does

    def change(self, transition: str) -> None:
        self.state = LEGAL[self.state][transition]
        assert getattr(self.node, f"trigger_{transition}")() == SUCCESS

    def cycle(self, camera: Camera) -> None:
        """Once around, with images on their way and one being worked on when it is deactivated."""
        for transition in ("configure", "activate", "deactivate", "activate"):
            self.change(transition)
            camera.show(place_image(3))
        localization = self.node._localization
        self.held += [weakref.ref(localization.looking), weakref.ref(localization.loaded.localizer)]
        self.change("deactivate")
        self.change("cleanup")

    def close(self) -> None:
        self.node.close()
        self.executor.shutdown()
        self.thread.join()
        self.node.destroy_node()
        self.context.try_shutdown()


@pytest.fixture
def spun(domain: int, small_map: Path) -> Iterator[Spun]:
    spun = Spun(domain, small_map)
    yield spun
    spun.close()


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _back_to(count: Callable[[], int], before: int, what: str) -> None:
    """rclpy lets go of what its executor still waits for with the next round."""
    wait_until(lambda: gc.collect() >= 0 and count() <= before, f"no more {what} than {before}; there are {count()}")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts as Linux does")
def test_thirty_cycles_leave_no_threads_files_or_memory(spun: Spun, domain: int) -> None:
    with Client(domain) as client:
        camera = Camera(client)
        for _ in range(3):  # libraries make their pools of threads
            spun.cycle(camera)
        threads, files = threading.active_count(), _open_files()
        for _ in range(27):
            spun.cycle(camera)
        _back_to(threading.active_count, threads, "threads")
        _back_to(_open_files, files, "open files")
        _back_to(lambda: sum(held() is not None for held in spun.held), 0, "maps and workers")


@pytest.mark.parametrize("state", ["inactive", "active"])
def test_a_map_that_was_replaced_is_let_go(spun: Spun, state: str) -> None:
    spun.change("configure")
    if state == "active":
        spun.change("activate")
    for _ in range(3):
        old = weakref.ref(spun.node._localization.loaded.localizer)
        assert spun.node._on_request._reload_map().startswith("map small: 12 places")
        assert old() is None
        assert (spun.node._localization.looking is not None) == (state == "active")


@pytest.mark.parametrize("seed", range(3))
def test_any_legal_order_works(spun: Spun, seed: int) -> None:
    order = random.Random(seed)
    for _ in range(12):
        spun.change(order.choice(sorted(LEGAL[spun.state])))
    if spun.state == "active":
        spun.change("deactivate")
    if spun.state == "unconfigured":
        spun.change("configure")
    spun.change("activate")


def test_a_map_that_vanishes_under_a_running_node_is_missed_at_the_next_configure_only(
    domain: int, small_map: Path, tmp_path: Path
) -> None:
    path = tmp_path / "office"
    path.symlink_to(small_map)
    spun = Spun(domain, path)
    try:
        with Client(domain) as client:
            camera, places = Camera(client), client.listen("/vpr/place_id", "std_msgs/msg/String")
            spun.change("configure")
            path.unlink()
            spun.change("activate")
            camera.wait_for_node()
            wait_until(lambda: (camera.show(place_image(3)), places)[-1], "an answer from the map in memory")
            spun.change("deactivate")
            spun.change("cleanup")
            assert spun.node.trigger_configure() != SUCCESS
            path.symlink_to(small_map)
            spun.change("configure")
    finally:
        spun.close()


def test_a_defect_leaves_a_node_that_says_so_and_can_be_configured_again(
    spun: Spun, domain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("whatever")

    with Client(domain) as client, monkeypatch.context() as broken:
        health = client.listen("/diagnostics", "diagnostic_msgs/msg/DiagnosticArray")
        broken.setattr(load_map, "load_localizer", fail)
        assert spun.node.trigger_configure() != SUCCESS
        wait_until(lambda: health and "configure failed by a defect" in health[-1].status[0].message, "the reason")
    spun.change("configure")
    spun.change("activate")
