"""What a robot needs of the localizer: settings that change while it runs, and a GPU that is full."""

from __future__ import annotations

import dataclasses

import pytest

from vpr_ros.core.errors import GpuMemoryError
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.settings import Settings
from vpr_ros.ros.worker.serving_localizer import ServingLocalizer

FULL = "the GPU's memory is too small for a batch of 1x224x224"


class Gpu:
    """Has no memory for as many images as it is told."""

    def __init__(self, full: int) -> None:
        self.full, self.freed, self.top_k = full, 0, 0

    def under(self, settings: Settings) -> Gpu:
        self.top_k = settings.retrieval.top_k
        return self

    def localize(self, _frame, _further=()) -> str:
        if self.full > 0:
            self.full -= 1
            raise GpuMemoryError(FULL)
        return f"gpu, {self.top_k}"

    def free(self) -> None:
        self.freed += 1


class Cpu(Gpu):
    def localize(self, _frame, _further=()) -> str:
        return f"cpu, {self.top_k}"


class Robot:
    """Serves with a GPU that is full `full` times."""

    def __init__(self, full: int, allow_cpu: bool = False) -> None:
        self.settings = override_settings(Settings(), [f"node.allow_cpu={str(allow_cpu).lower()}"])
        self.gpu, self.said = Gpu(full), []
        self.serving = ServingLocalizer(self.gpu, lambda: self.settings, self._cpu, self.gpu.free, self.said.append)
        self.made = 0

    def _cpu(self) -> Cpu:
        self.made += 1
        return Cpu(0)

    def see(self) -> str:
        return self.serving.localize(None)


def test_a_full_gpu_is_freed_and_tried_once_more() -> None:
    robot = Robot(full=1)
    assert robot.see() == "gpu, 20"
    assert (robot.gpu.freed, robot.said) == (1, [])


def test_a_gpu_that_stays_full_is_an_error_and_the_next_image_is_tried() -> None:
    robot = Robot(full=2)
    with pytest.raises(GpuMemoryError, match=f"^{FULL}; or set node.allow_cpu"):
        robot.see()
    assert robot.see() == "gpu, 20"


def test_where_it_is_allowed_the_cpu_takes_over_for_good_and_says_so_once() -> None:
    robot = Robot(full=2, allow_cpu=True)
    assert [robot.see(), robot.see()] == ["cpu, 20", "cpu, 20"]
    assert robot.made == 1
    assert robot.serving.why_on_cpu == FULL
    (said,) = robot.said
    assert said.startswith("localizing on the CPU")
    assert said.endswith(FULL)


def test_settings_are_obeyed_from_image_to_image() -> None:
    robot = Robot(full=0)
    assert robot.see() == "gpu, 20"
    retrieval = dataclasses.replace(robot.settings.retrieval, top_k=7)
    robot.settings = dataclasses.replace(robot.settings, retrieval=retrieval)
    assert robot.see() == "gpu, 7"
