"""What image decoders write on stderr and tell nobody else: libjpeg invents missing pixels and calls that a warning."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2
_LOCK = threading.Lock()
# Cameras pad their data by a few bytes; where more is left over, the decoder lost its way before.
_HARMLESS = re.compile(
    rb"Corrupt JPEG data: (\d extraneous bytes before marker|bad ICC marker)|Warning: unknown JFIF revision|"
    rb"Unknown Adobe color transform|Invalid SOS parameters for sequential JPEG|libpng warning: |"
    rb"\[ *(WARN|ERROR|INFO):.*(imgcodecs|grfmt_|loadsave|imdecode)"
)
_DAMAGE = re.compile(
    rb"Corrupt JPEG data: |Premature end of JPEG|Inconsistent progression sequence|"
    rb"Application transferred too|libpng error: "
)


@contextmanager
def decoder_messages() -> Iterator[list[str]]:
    """Collects complaints of decoders about missing or wrong pixels; the list is filled on leaving.

    Harmless remarks of theirs vanish. Whatever else was written on stderr meanwhile, by any thread, is written there on
    leaving; what a thread is just writing at that moment, when the next image has been decoded. One decoder at a time:
    stderr belongs to the process. libjpeg prints the first warning of an image only, so damage behind a harmless one is
    not noticed.
    """
    damage: list[str] = []
    with _LOCK:
        aside = _turn_aside()
        if aside is None:
            yield damage
            return
        stderr, scratch = aside
        try:
            yield damage
        finally:
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            others = _sort(scratch.take(), damage)
            with suppress(OSError):  # nobody listens any more
                while others:
                    others = others[os.write(_STDERR, others) :]


class _Scratch:
    """A file that is stderr for a while. It is kept: a write that began before stderr was given back may end after."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.file = _open_unnamed()
        self._taken = 0

    def take(self) -> bytes:
        """What was written since the last time."""
        size = os.fstat(self.file).st_size
        written = os.pread(self.file, size - self._taken, self._taken) if size > self._taken else b""
        self._taken += len(written)
        return written


def _turn_aside() -> tuple[int, _Scratch] | None:
    """(the stderr that was, the file that is stderr now), None where the process has no stderr or no room for files."""
    try:
        stderr = os.dup(_STDERR)
    except OSError:
        return None
    try:
        scratch = _scratch()
    except OSError:
        os.close(stderr)
        return None
    os.dup2(scratch.file, _STDERR)
    return stderr, scratch


_kept: list[_Scratch] = []


def _scratch() -> _Scratch:
    """This process's file; a process that was forked must not share that of its parent."""
    if not _kept or _kept[0].process != os.getpid():
        _kept[:] = [_Scratch()]
    return _kept[0]


def _open_unnamed() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("decoder_messages")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _sort(written: bytes, damage: list[str]) -> bytes:
    """Takes complaints out; what remains is somebody else's."""
    others = []
    for line in written.splitlines(keepends=True):
        if _HARMLESS.match(line):
            continue
        if _DAMAGE.match(line):
            damage.append(line.decode("utf-8", "replace").strip())
        else:
            others.append(line)
    return b"".join(others)
