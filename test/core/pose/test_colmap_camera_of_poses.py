from __future__ import annotations

import subprocess
import sys

TOLD_TO_END = """
import os, signal, threading, time
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append("told"))
from vpr_ros.core.pose.colmap_camera import import_colmap
loader = threading.Thread(target=import_colmap)
loader.start()
loader.join()
os.kill(os.getpid(), signal.SIGTERM)
while not told:
    time.sleep(0.01)
print(*told)
"""


def test_a_process_is_still_told_to_end_after_pycolmap_was_loaded_in_another_thread():
    """It puts a handler of its own in the place of whoever wanted to end cleanly."""
    done = subprocess.run([sys.executable, "-c", TOLD_TO_END], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "told\n", "")
