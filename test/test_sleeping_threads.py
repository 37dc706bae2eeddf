from __future__ import annotations

import os
import subprocess
import sys

import pytest

from vpr_ros.sleeping_threads import TIMEOUT, let_threads_sleep


def test_what_somebody_said_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TIMEOUT[0], "20")
    let_threads_sleep()
    assert os.environ[TIMEOUT[0]] == "20"


@pytest.mark.parametrize("door", ["vpr_ros.cli.main", "vpr_ros.ros.start_localizer"])
def test_the_doors_of_the_processes_load_nothing_that_would_be_told_too_late(door: str) -> None:
    if "ros." in door.removeprefix("vpr_ros."):
        pytest.importorskip("rclpy")
    code = f"import sys, {door}; print('numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_threads_do_not_spin_after_a_product() -> None:
    """Processor time of a process that multiplies once and then waits: with and without."""
    code = (
        "import sys\n"
        "if sys.argv[1] == 'asleep':\n"
        "    from vpr_ros.sleeping_threads import let_threads_sleep; let_threads_sleep()\n"
        "import time, numpy as np\n"
        "a = np.ones((600, 600), np.float32); a @ a; time.sleep(0.3)\n"
        "began = time.process_time()\n"
        "for _ in range(10): a @ a; time.sleep(0.05)\n"
        "print(time.process_time() - began)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != TIMEOUT[0]}

    def spent(how: str) -> float:
        argv = [sys.executable, "-c", code, how]
        return float(subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout)

    asleep = spent("asleep")
    assert asleep < 0.25  # ten products and half a second of waiting between them
    assert asleep < 0.5 * spent("as it comes") or (os.cpu_count() or 1) < 2
