"""An interruption is heard, also where imports would swallow it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

SWALLOWING_MODULE = """
import os, signal, sys
try:
    os.kill(os.getpid(), int(sys.argv[1]))
    for _ in range(100000):
        pass
except BaseException:
    print("swallowed")
"""
PROCESS = """
import sys, time
from vpr_ros.cli.heed_interruptions import heed_interruptions
heed_interruptions()
try:
    import swallowing
    time.sleep(5)
    print("forgotten")
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_during_an_import_is_heard_after_it(tmp_path, number):
    (tmp_path / "swallowing.py").write_text(SWALLOWING_MODULE)
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, str(int(number))],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")
