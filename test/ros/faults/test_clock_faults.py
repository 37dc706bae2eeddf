"""A bag that loops: simulated time jumps back, stands still, and goes on; what came before is of another time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from robot import message_class, message_from_fields, wait_until
from stage import Stage

REPEATS = int(os.environ.get("VPR_FAULT_REPEATS", "1"))
CLOCK = "rosgraph_msgs/msg/Clock"
BEGIN_NS = 1_700_000_000 * 10**9


class SimulatedClock:
    """Runs from when it is told to; read by the camera as the node reads it, published for the node."""

    def __init__(self, stage: Stage) -> None:
        self._publisher = stage.client.node.create_publisher(message_class(CLOCK), "/clock", 10)
        self._begin_ns, self._began = BEGIN_NS, time.monotonic()
        self._stands = False
        stage.client.node.create_timer(0.01, self._tick)

    def now_ns(self) -> int:
        if self._stands:
            return self._begin_ns
        return self._begin_ns + round((time.monotonic() - self._began) * 1e9)

    def jump(self, to_ns: int) -> None:
        self._begin_ns, self._began = to_ns, time.monotonic()

    def stand(self, still: bool) -> None:
        self._begin_ns, self._began = self.now_ns(), time.monotonic()
        self._stands = still

    def _tick(self) -> None:
        seconds, nanoseconds = divmod(self.now_ns(), 10**9)
        self._publisher.publish(message_from_fields(CLOCK, {"clock": {"sec": seconds, "nanosec": nanoseconds}}))


@pytest.fixture(scope="module")
def stage(domain: int, room_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(domain, room_map, tmp_path_factory.mktemp("clock"), use_sim_time=True)
    try:
        yield stage
    finally:
        stage.close()


@pytest.fixture(scope="module")
def clock(stage: Stage) -> SimulatedClock:
    clock = SimulatedClock(stage)
    stage.camera.clock = clock.now_ns
    stage.start()
    stage.camera.showing.set()
    stage.wait_for_fix()
    return clock


def _epoch_told(stage: Stage) -> int:
    told = {value.key: value.value for value in stage.health[-1].status[0].values} if stage.health else {}
    return int(told.get("epoch", 0))


@pytest.mark.parametrize("time_number", range(REPEATS))
def test_time_jumps_back(stage: Stage, clock: SimulatedClock, time_number: int) -> None:
    stage.wait_for_fix()
    epoch = _epoch_told(stage)
    stage.camera.stop()
    clock.jump(BEGIN_NS + 997 * (time_number + 1))  # no stamp comes twice, so that each has one truth
    stage.camera.showing.set()
    stage.wait_for_fix()
    assert stage.judge() > 0
    wait_until(lambda: _epoch_told(stage) > epoch, "diagnostics to count the jump")


@pytest.mark.parametrize("time_number", range(REPEATS))
def test_time_stands_still_and_goes_on(stage: Stage, clock: SimulatedClock, time_number: int) -> None:
    stage.wait_for_fix()
    stage.camera.stop()
    clock.stand(True)
    time.sleep(0.5 + 0.01 * time_number)
    count = len(stage.health)
    wait_until(lambda: len(stage.health) > count, "diagnostics in spite of it")
    clock.stand(False)
    stage.camera.showing.set()
    stage.wait_for_fix()
    assert stage.judge() > 0
