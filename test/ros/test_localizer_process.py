"""The executable: how it starts, how it fails, how it ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

import robot
from robot import Client, NodeProcess, wait_until


@pytest.fixture(scope="module")
def client(domain: int) -> Iterator[Client]:
    with Client(domain) as client:
        yield client


def test_a_bad_map_fails_configure_with_the_reason_and_can_be_configured_again(
    client: Client, domain: int, small_map: Path, tmp_path: Path
) -> None:
    with NodeProcess(domain, tmp_path / "log", {"map.path": tmp_path / "nowhere"}) as node:
        wait_until(lambda: "cannot configure" in node.log, "the reason")
        assert client.state() == robot.UNCONFIGURED
        assert client.change_state(robot.CONFIGURE) is False
        assert f"{tmp_path}/nowhere: there is no such map" in node.log
        assert "Traceback" not in node.log
        assert client.set_parameters(map__path=str(small_map))[0]
        assert client.change_state(robot.CONFIGURE) is True
        assert client.change_state(robot.ACTIVATE) is True
        assert client.state() == robot.ACTIVE
        assert node.end(signal.SIGTERM) == 0


def test_a_map_of_other_features_is_refused_by_name(
    client: Client, domain: int, small_map: Path, tmp_path: Path
) -> None:
    parameters = {"map.path": small_map, "features.dense_sift.step_px": 5, "autostart": False}
    with NodeProcess(domain, tmp_path / "log", parameters) as node:
        assert client.state() == robot.UNCONFIGURED
        assert client.change_state(robot.CONFIGURE) is False
        assert "features.dense_sift.step_px" in node.log
        assert "Traceback" not in node.log
        assert client.change_state(robot.SHUTDOWN_UNCONFIGURED) is True
        assert client.state() == robot.FINALIZED
        assert node.end() == 0


@pytest.mark.parametrize(
    ("parameters", "said"),
    [({"retreival.top_k": 3}, "did you mean retrieval.top_k"), ({"map.path": "{"}, "Failed to parse ROS arguments")],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(domain: int, tmp_path: Path, parameters: dict, said: str) -> None:
    with NodeProcess(domain, tmp_path / "log", parameters) as node:
        assert node.process.wait(robot.PATIENCE_S) == 2
        assert said in node.log
        assert len(node.log.splitlines()) == 1


def test_signals_that_come_again_and_again_end_the_process_once(domain: int, small_map: Path, tmp_path: Path) -> None:
    """Ctrl-C under launch is two SIGINTs: the terminal's and launch's. A handler that locks would wait for itself."""
    with NodeProcess(domain, tmp_path / "log", {"map.path": small_map}) as node:
        wait_until(lambda: "looking at" in node.log, "the node to be active")

        def ended() -> bool:
            for _ in range(50):
                node.process.send_signal(signal.SIGINT)
            return node.process.poll() is not None

        wait_until(ended, "the process to end")
        assert node.process.returncode == 0


def test_a_domain_that_is_none_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with NodeProcess(9999, tmp_path / "log", {}) as node:
        assert node.process.wait(robot.PATIENCE_S) == 2
        assert "ROS_DOMAIN_ID='9999': expected a whole number 0..232" in node.log
        assert len(node.log.splitlines()) == 1


def test_a_map_in_a_home_that_is_not_there_fails_configure_with_the_reason(
    client: Client, domain: int, tmp_path: Path
) -> None:
    with NodeProcess(domain, tmp_path / "log", {"map.path": "~nosuchperson/m"}) as node:
        wait_until(lambda: "cannot configure: " in node.log, "the reason")
        assert "~nosuchperson/m" in node.log
        assert "Traceback" not in node.log
        assert client.state() == robot.UNCONFIGURED


def test_what_is_said_of_a_change_is_what_happens(client: Client, domain: int, small_map: Path, tmp_path: Path) -> None:
    with NodeProcess(domain, tmp_path / "log", {"map.path": small_map}) as node:
        client.wait_for_state(robot.ACTIVE)
        assert client.set_parameters(image_transport="compressed")[0]
        wait_until(lambda: "image_transport: takes effect with the next activate" in node.log, "the log")
        assert client.change_state(robot.DEACTIVATE)
        assert "looking at /image/compressed" not in node.log
        assert client.change_state(robot.ACTIVATE)
        wait_until(lambda: "looking at /image/compressed" in node.log, "the new transport")
