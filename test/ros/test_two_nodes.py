"""Two robots in one domain: namespaces, maps and cameras of their own, each node a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from robot import Camera, Client, NodeProcess, stamp_of, wait_until
from twelve_places import place_image

STRING, DIAGNOSTICS, POSE = (
    "std_msgs/msg/String",
    "diagnostic_msgs/msg/DiagnosticArray",
    "geometry_msgs/msg/PoseWithCovarianceStamped",
)


@pytest.fixture(scope="module")
def client(domain: int) -> Iterator[Client]:
    with Client(domain) as client:
        yield client


def _wait_until_active(client: Client, name: str) -> None:
    def active() -> bool:
        state = client.call(GetState, f"{name}/get_state", GetState.Request()).current_state
        return bool(state.id == State.PRIMARY_STATE_ACTIVE)

    wait_until(active, f"{name} to be active")


def test_each_answers_for_its_own_camera_by_its_own_map(
    client: Client, domain: int, small_map: Path, world_map: Path, tmp_path: Path
) -> None:
    first = NodeProcess(domain, tmp_path / "1", {"map.path": small_map, "node.rate_hz": 100.0}, ["__ns:=/r1"])
    second = NodeProcess(
        domain,
        tmp_path / "2",
        {"map.path": world_map, "node.rate_hz": 100.0},
        ["__ns:=/fleet/r2", "image:=/gate/image_raw", "__node:=eye"],
    )
    with first, second:
        heard = {
            name: (client.listen(f"{name}/match", DIAGNOSTICS), client.listen(f"{name}/coarse_pose", POSE))
            for name in ("/r1/vpr", "/fleet/r2/eye")
        }
        for name in heard:
            _wait_until_active(client, name)
        cameras = {"/r1/vpr": Camera(client, "/r1/image"), "/fleet/r2/eye": Camera(client, "/gate/image_raw")}
        for camera in cameras.values():
            camera.wait_for_node()
        for place in (3, 8):
            shown = {name: camera.show(place_image(place + (name != "/r1/vpr"))) for name, camera in cameras.items()}
            for name, (matches, poses) in heard.items():
                wait_until(lambda m=matches, s=shown[name]: m and stamp_of(m[-1]) == s, f"{name} to answer")
                wait_until(lambda p=poses, s=shown[name]: p and stamp_of(p[-1]) == s, f"{name} to say about where")
        places = {name: [match.status[1].message for match in matches] for name, (matches, _) in heard.items()}
        frames = {name: {pose.header.frame_id for pose in poses} for name, (_, poses) in heard.items()}
    assert places["/r1/vpr"] == ["small/place_3", "small/place_8"]
    assert places["/fleet/r2/eye"] == ["elsewhere/place_4", "elsewhere/place_9"]
    assert frames == {"/r1/vpr": {"map"}, "/fleet/r2/eye": {"world"}}
    client.forget()


def test_diagnostics_tell_two_nodes_apart(client: Client, domain: int, small_map: Path, tmp_path: Path) -> None:
    """/diagnostics is one topic for all."""
    health = client.listen("/diagnostics", DIAGNOSTICS)
    parameters = {"map.path": small_map, "autostart": False}
    with (
        NodeProcess(domain, tmp_path / "1", parameters, ["__ns:=/r1"]),
        NodeProcess(domain, tmp_path / "2", parameters, ["__ns:=/r2"]),
    ):

        def names() -> set[str]:
            return {status.name for message in health for status in message.status}

        wait_until(lambda: len(names()) >= 2, "two nodes' diagnostics", 60.0)
        assert len(names()) == 2
    client.forget()
