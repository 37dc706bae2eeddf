from __future__ import annotations

import gc
import subprocess
import sys
import threading

import pytest

from vpr_ros.core.side_by_side import SideBySide


@pytest.mark.parametrize("most", [1, 2, 4])
def test_every_job_is_done_once(most):
    done = []
    SideBySide(most).run([lambda number=number: done.append(number) for number in range(50)])
    assert sorted(done) == list(range(50))


def test_nothing_to_do():
    SideBySide(4).run([])


def test_jobs_run_at_the_same_time(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    meet = threading.Barrier(2, timeout=20)
    SideBySide(2).run([meet.wait, meet.wait])


def test_what_a_job_raises_is_raised_after_the_others_are_done():
    done = []

    def fail():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        SideBySide(2).run([fail, *[lambda: done.append(1)] * 20])
    assert len(done) == 20


def test_threads_end_with_their_owner(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    before = set(threading.enumerate())
    owner = SideBySide(4)
    owner.run([lambda: None] * 8)
    threads = set(threading.enumerate()) - before
    assert len(threads) == 3
    del owner
    gc.collect()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_a_process_that_ends_in_the_middle_does_not_wait():
    code = (
        "import os, signal, threading, time; os.cpu_count = lambda: 2\n"
        "from vpr_ros.core.side_by_side import SideBySide\n"
        "kept = SideBySide(2)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # shells have jobs in the background ignore it
        "threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "kept.run([lambda: time.sleep(0.6)] * 2)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert "KeyboardInterrupt" in ended.stderr
