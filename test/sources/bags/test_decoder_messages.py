"""Whose words on stderr are taken, and that nobody else's are lost."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from vpr_ros.sources.bags.decoder_messages import decoder_messages


def say(text: bytes) -> None:
    os.write(2, text)


def test_complaints_are_taken_and_the_rest_is_written_after_all(capfd: pytest.CaptureFixture[str]) -> None:
    with decoder_messages() as damage:
        say(b"before\nCorrupt JPEG data: bad Huffman code\nPremature end of JPEG file\nno end of line")
    assert damage == ["Corrupt JPEG data: bad Huffman code", "Premature end of JPEG file"]
    assert capfd.readouterr().err == "before\nno end of line"


@pytest.mark.parametrize(
    "remark",
    [
        b"Corrupt JPEG data: 1 extraneous bytes before marker 0xd9\n",
        b"Warning: unknown JFIF revision number 2.01\n",
        b"libpng warning: iCCP: known incorrect sRGB profile\n",
    ],
)
def test_harmless_remarks_vanish(remark: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with decoder_messages() as damage:
        say(remark)
    assert damage == []
    assert capfd.readouterr().err == ""


def test_much_left_over_is_damage(capfd: pytest.CaptureFixture[str]) -> None:
    with decoder_messages() as damage:
        say(b"Corrupt JPEG data: 1042 extraneous bytes before marker 0xd9\n")
    assert len(damage) == 1
    assert capfd.readouterr().err == ""


def test_nothing_that_other_threads_say_is_lost(capfd: pytest.CaptureFixture[str]) -> None:
    lines, done = 2000, threading.Event()

    def speak() -> None:
        for number in range(lines):
            say(f"line {number}\n".encode())
        done.set()

    speaker = threading.Thread(target=speak)
    speaker.start()
    while not done.is_set():
        with decoder_messages():
            pass
    speaker.join()
    with decoder_messages():
        pass
    # Which of two threads comes first on stderr is nobody's promise.
    heard = capfd.readouterr().err.splitlines()
    assert sorted(heard) == sorted(f"line {number}" for number in range(lines))


def test_an_exception_gives_stderr_back(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with decoder_messages():
            say(b"before the failure\n")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    say(b"after it\n")
    assert capfd.readouterr().err == "before the failure\nafter it\n"


def test_files_do_not_pile_up() -> None:
    with decoder_messages():
        pass
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with decoder_messages():
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_process_without_stderr_decodes_all_the_same() -> None:
    kept = os.dup(2)
    os.close(2)
    try:
        with decoder_messages() as damage:
            pass
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    assert damage == []
